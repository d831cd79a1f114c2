"""The settings of `[providers.local]`."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class LocalSettings(BaseModel):
    """How models are loaded and asked. Every field has a default that works."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    context_tokens: int | None = Field(
        default=None,
        ge=256,
        description="Size of the context window in tokens; by default the model's own, at most "
        "16,384, because each token costs memory. Rounded up to a multiple of 256.",
    )
    parallel_answers: int = Field(
        default=1,
        ge=1,
        le=64,
        description="Answers computed at once; further ones wait their turn. Each has a context "
        "window of its own, and its memory.",
    )
    threads: int | None = Field(
        default=None,
        ge=1,
        le=512,
        description="CPU threads; by default the physical cores that this process may use.",
    )
    gpu_layers: int = Field(
        default=0,
        ge=-1,
        description="Layers of the model to put on a GPU; -1 for all. Needs a build of "
        "xllamacpp for that GPU.",
    )
    batch_tokens: int = Field(
        default=128,
        ge=32,
        le=4096,
        description="Tokens of a prompt computed in one go. An abort waits for so many at most; "
        "larger is a little faster.",
    )
    temperature: float = Field(
        default=0.2,
        ge=0,
        le=2,
        description="Sampling temperature when the call names none. Small models need a low one.",
    )
    max_tokens: int | None = Field(
        default=2048,
        ge=1,
        description="Longest answer in tokens when the call names none; null for as long as the "
        "context window allows.",
    )
    seed: int | None = Field(
        default=None,
        ge=0,
        lt=2**32 - 1,
        description="Makes answers repeatable, at the price of computing every prompt anew.",
    )
    chat_template: Path | None = Field(
        default=None,
        description="File with a Jinja chat template that replaces the model's own.",
    )
    tools_without_template: Literal["json", "refuse"] = Field(
        default="json",
        description="What to do with tools when the chat template knows none: `json` constrains "
        "the answer to a call or an answer in JSON, `refuse` ends with an error.",
    )
    log_level: int = Field(
        default=0,
        ge=0,
        le=5,
        description="llama.cpp's own log on stderr: 0 nothing, 1 errors, 2 warnings, 3 what it "
        "does, 5 everything.",
    )
