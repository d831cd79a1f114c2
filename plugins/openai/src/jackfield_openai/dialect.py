"""How endpoints of the same API differ: by setting, not by the vendor's name.

Source: spec/openrouter.md, 16.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeAlias

from jackfield.models import ThinkingLevel

ReasoningRequest: TypeAlias = Literal[
    "reasoning_effort", "reasoning", "enable_thinking", "thinking", "chat_template_kwargs", "none"
]
FinishReason: TypeAlias = Literal["stop", "length", "tool_calls", "content_filter", "error"]

REASONING_FIELDS = ("reasoning", "reasoning_content", "reasoning_text")
"""Fields of a delta in which thinking arrives, by one name or another."""

_ALIASES: Mapping[str, FinishReason] = MappingProxyType(
    {"end": "stop", "eos": "stop", "function_call": "tool_calls"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What an endpoint wants and how it answers.

    Attributes:
        max_tokens_field: Field of the longest answer.
        system_role: Role of the system prompt.
        usage_in_stream: Ask for usage at the end of the stream (`stream_options`).
        reasoning_request: How to ask for thinking; `none` never does.
        reasoning_levels: Levels that the endpoint knows; others are clamped to these.
        reasoning_off: Say so when no thinking is wanted, instead of saying nothing.
        reasoning_fields: Fields of a delta that hold thinking; the first with text counts.
        replay_reasoning: Send a model's own thinking back in the field in which it came.
        cache_control: Send prompt cache breakpoints.
        images: Send images; without, a text says what is missing.
        tool_images: Where images of tool results go: into a user message behind the results,
            or into the result itself.
        strict_tools: Value of `strict` in tool definitions; None leaves it out.
        result_names: Send the tool's name with its result.
        empty_tools: Send `tools: []` when the history has calls but no tool is offered.
        parallel_tool_calls: Sent along with tools; None leaves it out.
        finish_aliases: Other words for finish reasons.
        unknown_finish: What an unknown finish reason means.
    """

    max_tokens_field: str = "max_tokens"
    system_role: str = "system"
    usage_in_stream: bool = True
    reasoning_request: ReasoningRequest = "reasoning_effort"
    reasoning_levels: tuple[ThinkingLevel, ...] = (
        ThinkingLevel.MINIMAL,
        ThinkingLevel.LOW,
        ThinkingLevel.MEDIUM,
        ThinkingLevel.HIGH,
    )
    reasoning_off: bool = False
    reasoning_fields: tuple[str, ...] = REASONING_FIELDS
    replay_reasoning: bool = True
    cache_control: bool = False
    images: bool = True
    tool_images: Literal["user", "tool"] = "user"
    strict_tools: bool | None = None
    result_names: bool = False
    empty_tools: bool = False
    parallel_tool_calls: bool | None = None
    finish_aliases: Mapping[str, FinishReason] = field(default_factory=lambda: _ALIASES)
    unknown_finish: Literal["stop", "error"] = "stop"
