"""The settings of `[providers.fallback]`."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

EVERY_ERROR = "*"
DEFAULT_KINDS = (
    "authentication",
    "configuration",
    "conflict",
    "connection",
    "context_overflow",
    "contract",
    "empty",
    "internal",
    "not_found",
    "overloaded",
    "payment",
    "permission",
    "plugin",
    "protocol",
    "rate_limit",
    "redirect",
    "server",
    "timeout",
    "unavailable",
    "unsupported",
)
"""Kinds of errors that another model may not have."""

ModelName = Annotated[str, Field(pattern=r"^\s*[^:\s][^:]*:\s*\S")]


class FallbackSettings(BaseModel):
    """Which models, and which errors lead from one to the next."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    models: list[ModelName] = Field(
        min_length=1,
        description='The models in the order in which they are asked, as "provider:model id".',
    )
    on: list[str] = Field(
        default=list(DEFAULT_KINDS),
        description='Kinds of errors after which the next model is asked; "*" for every error. '
        "By default those that another model may not have: not `invalid_request` and "
        "`content_filter`.",
    )

    @field_validator("models")
    @classmethod
    def _are_different(cls, models: list[str]) -> list[str]:
        if len(set(models)) < len(models):
            raise ValueError("a model is named twice")
        return models
