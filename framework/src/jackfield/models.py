"""Which model, how hard it thinks, and what a provider says about it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

from jackfield.record import Record


class ThinkingLevel(StrEnum):
    """How much a model should think; OFF sends no reasoning field at all."""

    OFF = "off"
    MINIMAL = "minimal"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    XHIGH = "xhigh"
    MAX = "max"


@dataclass(slots=True, kw_only=True)
class ThinkingBudgets(Record):
    """Thinking budgets in tokens; `thinking_budget` wins over the numbers per level."""

    thinking_budget: int | None = None
    max_tokens: int | None = None
    minimal: int | None = None
    low: int | None = None
    medium: int | None = None
    high: int | None = None


@dataclass(kw_only=True)
class Model(Record):
    """A model at a provider; plugins subclass it to add fields.

    Attributes:
        provider: The provider's name, for example `openrouter`.
        id: The model's id at the provider.
        api: Which of the provider's APIs is spoken, for example `openai-completions`.
        thinking_level: Used when the agent's own level is OFF.

    Class attributes:
        same_apis: Other names of the same API, under which older histories may know it.
    """

    same_apis: ClassVar[frozenset[str]] = frozenset()

    provider: str = ""
    id: str = ""
    api: str = ""
    thinking_level: ThinkingLevel = ThinkingLevel.OFF


@dataclass(slots=True, kw_only=True)
class ModelInfo(Record):
    """What a provider tells about one of its models.

    Attributes:
        id: The id to use behind `<provider>:`.
        name: Name for people; empty when there is none.
        context_tokens: Size of the context window; None when unknown.
        max_output_tokens: Longest answer; None when unknown.
        input_price: Price of a million input tokens, in US dollars; None when unknown.
        output_price: Price of a million output tokens, in US dollars; None when unknown.
        description: One line for a list.
        details: Anything else, as the provider names it.
    """

    id: str
    name: str = ""
    context_tokens: int | None = None
    max_output_tokens: int | None = None
    input_price: float | None = None
    output_price: float | None = None
    description: str = ""
    details: dict[str, Any] = field(default_factory=dict)
