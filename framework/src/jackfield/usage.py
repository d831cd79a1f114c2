"""Token counts and reported cost of one answer.

Source: spec/agent.md, 12.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jackfield.record import Record


@dataclass(slots=True, kw_only=True)
class Cost(Record):
    """Money as reported by the provider, in its currency (US dollars where not said).

    Attributes:
        input: Share of the request.
        output: Share of the answer.
        cache_read: Share of what was read from a cache.
        cache_write: Share of what was written to one.
        total: What was charged.
        upstream: What the upstream bills beside it, when the user brought a key of their own.
    """

    input: float = 0.0
    output: float = 0.0
    cache_read: float = 0.0
    cache_write: float = 0.0
    total: float = 0.0
    upstream: float | None = None


@dataclass(slots=True, kw_only=True)
class Usage(Record):
    """Tokens of one answer; zeros when the provider reports nothing.

    Attributes:
        input: Tokens of the request, cached ones included.
        output: Tokens of the answer, reasoning included.
        cache_read: Part of `input` that was read from a cache.
        cache_write: Tokens written to a cache.
        total_tokens: As reported, else `input + output`.
        reasoning: Part of `output` that was spent on thinking.
        cost: As reported by the provider; zeros otherwise.
    """

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    total_tokens: int = 0
    reasoning: int = 0
    cost: Cost = field(default_factory=Cost)

    @classmethod
    def from_openai(cls, raw: Mapping[str, Any] | None) -> "Usage":
        """Read the usage object of an OpenAI-compatible answer; anything odd counts as zero."""
        raw = raw if isinstance(raw, Mapping) else {}
        prompt_details = _mapping(raw.get("prompt_tokens_details"))
        input_tokens = _first_number(raw.get("prompt_tokens"))
        output_tokens = _first_number(raw.get("completion_tokens"))
        return cls(
            input=input_tokens,
            output=output_tokens,
            cache_read=_first_number(
                raw.get("cache_read_input_tokens"),
                prompt_details.get("cached_tokens"),
                raw.get("prompt_cache_hit_tokens"),
                raw.get("cached_tokens"),
            ),
            cache_write=_first_number(
                raw.get("cache_creation_input_tokens"),
                prompt_details.get("cache_write_tokens"),
            ),
            total_tokens=_first_number(raw.get("total_tokens"), input_tokens + output_tokens),
            reasoning=_first_number(
                _mapping(raw.get("completion_tokens_details")).get("reasoning_tokens")
            ),
        )


def reported_usage(answer: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the usage object of an OpenAI-compatible answer or stream chunk, if it has one.

    Groq puts it into `x_groq`. Source: spec/rulings.md.
    """
    for holder in (answer, _mapping(answer.get("x_groq"))):
        if isinstance(usage := holder.get("usage"), Mapping):
            return usage
    return None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _first_number(*candidates: Any) -> int:
    """Return the first that can be a count of tokens; zero counts, and ends the search."""
    for value in candidates:
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        if 0 <= value < _NO_COUNT:  # so NaN and infinity are none either
            return int(value)
    return 0


_NO_COUNT = 2**63
