"""What a loaded model can do, as a value that both its loader and its users know."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What a loaded model can do.

    Attributes:
        context_tokens: Size of the context window of one answer.
        tools: Whether its chat template knows tools.
    """

    context_tokens: int
    tools: bool
