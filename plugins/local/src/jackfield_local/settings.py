"""The settings of `[providers.local]`."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class LocalSettings(BaseModel):
    """How models are loaded and asked. Every field has a default that works.

    Attributes:
        context_tokens: Size of the context window; by default the model's own, at most 16,384,
            because each token of it costs memory. llama.cpp rounds it up to a multiple of 256.
        parallel_answers: Answers computed at once; further ones wait their turn. Each has a
            context window of its own, and its memory.
        threads: CPU threads; by default the physical cores that this process may use.
        gpu_layers: Layers of the model to put on a GPU; -1 for all. Needs a build of
            `xllamacpp` for that GPU.
        batch_tokens: Tokens of a prompt computed in one go. An abort waits for so many at
            most; larger is a little faster.
        temperature: Used when the call names none. Small models need a low one.
        max_tokens: Longest answer in tokens when the call names none; None for as long as
            the context allows.
        seed: Makes answers repeatable, at the price of computing every prompt anew.
        chat_template: File with a Jinja chat template that replaces the model's own.
        tools_without_template: What to do with tools when the chat template knows none:
            `json` has the model answer in JSON that is constrained to a call or an answer,
            `refuse` ends with an error.
        log_level: Of llama.cpp's own log on stderr, from 0 (nothing) over 1 (errors), 2
            (warnings) and 3 (what it does) to 5 (everything).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    context_tokens: int | None = Field(default=None, ge=256)
    parallel_answers: int = Field(default=1, ge=1, le=64)
    threads: int | None = Field(default=None, ge=1, le=512)
    gpu_layers: int = Field(default=0, ge=-1)
    batch_tokens: int = Field(default=128, ge=32, le=4096)
    temperature: float = Field(default=0.2, ge=0, le=2)
    max_tokens: int | None = Field(default=2048, ge=1)
    seed: int | None = Field(default=None, ge=0, lt=2**32 - 1)
    chat_template: Path | None = None
    tools_without_template: Literal["json", "refuse"] = "json"
    log_level: int = Field(default=0, ge=0, le=5)
