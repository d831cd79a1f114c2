"""How tool calls, results and usage read in one line."""

import json
from collections.abc import Mapping
from typing import Any

from jackfield.cli.style import harmless
from jackfield.messages import AssistantMessage
from jackfield.usage import Usage


def cut(text: str, width: int) -> str:
    """Return the text as one line of at most `width` characters."""
    line = harmless(" ".join(text.split()))
    return line if len(line) <= width else line[: max(width - 3, 0)] + "..."


def call_line(name: str, args: Mapping[str, Any], width: int) -> str:
    """Return a tool call in one line: `-> name(key="value")`."""
    inside = ", ".join(f"{key}={_value(value)}" for key, value in args.items())
    return cut(f"-> {name}({inside})", width)


def result_line(name: str, result: Any, *, is_error: bool, width: int) -> str:
    """Return a tool's result in one line: `<- name: text`."""
    text = _result_text(result) or "done"
    return cut(f"<- {name}: {'error: ' if is_error else ''}{text}", width)


def usage_line(messages: list[AssistantMessage], seconds: float) -> str:
    """Return what a run cost: tokens, money if the provider says, seconds."""
    total = sum_usage(messages)
    parts = []
    if total.total_tokens:
        cached = f" ({total.cache_read:,} cached)" if total.cache_read else ""
        parts.append(f"{total.input:,} tokens in{cached}, {total.output:,} out")
    if total.cost.total:
        parts.append(f"${total.cost.total:.4f}")
    return ", ".join([*parts, f"{seconds:.1f} s"])


def sum_usage(messages: list[AssistantMessage]) -> Usage:
    """Return the usage of several answers together."""
    total = Usage()
    for message in messages:
        total.input += message.usage.input
        total.output += message.usage.output
        total.cache_read += message.usage.cache_read
        total.total_tokens += message.usage.total_tokens
        total.cost.total += message.usage.cost.total
    return total


def _value(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        return repr(value)


def _result_text(result: Any) -> str:
    """Return the text parts of an `AgentToolResult`, or of a dictionary of that shape."""
    content = result.get("content", []) if hasattr(result, "get") else []
    return " ".join(_part_text(part) for part in content)


def _part_text(part: Any) -> str:
    kind = part.get("type", "") if hasattr(part, "get") else ""
    return str(part.get("text", "")) if kind == "text" else f"[{kind or 'part'}]"
