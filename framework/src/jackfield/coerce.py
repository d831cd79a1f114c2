"""Dictionaries of the right shape become our types here, at the boundary and nowhere else.

What is ours already is passed through, and then nothing is imported; dictionaries cost the
import of pydantic. Source: spec/agent.md, 3.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from functools import partial
from typing import Any, get_args

from jackfield.errors import ToolError
from jackfield.events import AssistantMessageEvent
from jackfield.messages import (
    AgentMessage,
    AssistantMessage,
    CustomAgentMessage,
    TextContent,
    ToolResultMessage,
    UserMessage,
    UserPart,
    normalise_stop_reason,
    now_ms,
)
from jackfield.partial_json import json_type
from jackfield.record import Record
from jackfield.schema.problems import place_of, shown
from jackfield.shapes import as_part, as_parts, build, fields_of, given_fields, is_part, wrong
from jackfield.tools import MAX_RESULT_CHARS, AgentToolResult

_ROLES: dict[str, type[Any]] = {
    "user": UserMessage,
    "assistant": AssistantMessage,
    "tool_result": ToolResultMessage,
}
_OF_USER = ("text", "image")
_OF_ROLE = {
    "user": _OF_USER,
    "assistant": ("text", "thinking", "tool_call"),
    "tool_result": _OF_USER,
}
_SLIP = 0.85  # a role this like one of ours is a misspelling, not an application's own


def as_message(value: Any, place: str = "message") -> AgentMessage:
    """Return a message of one of our types; a string is what the user says.

    Our own messages come back as the same object, with dictionaries in their content turned
    into parts. An unknown role makes a `CustomAgentMessage` with all other fields in `data`.

    Args:
        value: A message, a mapping of its fields, an object with `model_dump()`, or a string.
        place: What to call the value in errors.

    Raises:
        ValidationError: It is none of these; `place` names the wrong field.
    """
    if isinstance(value, UserMessage | AssistantMessage | ToolResultMessage):
        _convert_content(value, place)
        return value
    if isinstance(value, CustomAgentMessage):
        return value
    if isinstance(value, str):
        return UserMessage(content=[TextContent(text=value)], timestamp=now_ms())
    data = fields_of(value, place, "a message")
    role = data.get("role")
    if not isinstance(role, str):
        raise wrong(place_of(place, "role"), f"expected one of {', '.join(_ROLES)}")
    if role not in _ROLES:
        return _custom_message(role, data, place)
    return _message(role, data, place)


def as_messages(values: Any, place: str = "messages") -> list[AgentMessage]:
    """Return a new list of messages; a single message or string makes a list of one.

    Raises:
        ValidationError: See `as_message`.
    """
    if isinstance(values, str | Mapping | Record):
        return [as_message(values, place)]
    if not isinstance(values, Iterable):
        raise wrong(place, f"expected messages, got {json_type(values)}")
    return [as_message(value, f"{place}[{at}]") for at, value in enumerate(values)]


def as_user_parts(values: Any, place: str = "content") -> list[UserPart]:
    """Return text and image parts; strings become text parts.

    Raises:
        ValidationError: Something is no part, or no part that a user may send.
    """
    return as_parts(values, place, _OF_USER)


def as_tool_result(value: Any, *, max_chars: int | None = MAX_RESULT_CHARS) -> AgentToolResult:
    """Return what a tool's `execute` returned as a result with parts.

    Args:
        value: An `AgentToolResult`, a mapping of its fields, or a string.
        max_chars: Longest text in all; what is over is cut, with a note. None for no limit.

    Raises:
        ToolError: It is none of these; the text names the type. Source: spec/agent.md, 7.2.
        ValidationError: Its content is not made of text and image parts.
    """
    if isinstance(value, AgentToolResult):
        result = value
        result.content = as_parts(value.content, "content", _OF_USER)
    elif isinstance(value, str):
        result = AgentToolResult(content=[TextContent(text=value)])
    elif isinstance(value, Mapping) and "content" in value:
        data = given_fields(AgentToolResult, dict(value), "result")
        data["content"] = as_parts(data.get("content"), "content", _OF_USER)
        result = build(AgentToolResult, data, "result")
    else:
        raise ToolError(
            f"The tool returned {type(value).__name__}; "
            "expected AgentToolResult, a dictionary of that shape, or str."
        )
    return result if max_chars is None else _cut(result, max_chars)


def _message(role: str, data: dict[str, Any], place: str) -> AgentMessage:
    cls = _ROLES[role]
    data = given_fields(cls, data, place)
    if "content" in data or role == "user":
        inside = place_of(place, "content")
        data["content"] = as_parts(data.get("content"), inside, _OF_ROLE[role])
    if isinstance(data.get("stop_reason"), str):
        data["stop_reason"] = normalise_stop_reason(data["stop_reason"])
    return build(cls, data, place)  # type: ignore[no-any-return]  # the class is from _ROLES


def _custom_message(role: str, data: dict[str, Any], place: str) -> CustomAgentMessage:
    slip = get_close_matches(role.casefold().replace("-", "_"), _ROLES, n=1, cutoff=_SLIP)
    if slip:
        raise wrong(place_of(place, "role"), f'"{role}" is unknown; did you mean {slip[0]}?')
    rest = {key: item for key, item in data.items() if key not in ("role", "content", "timestamp")}
    if isinstance(rest.get("data"), dict):
        rest |= rest.pop("data")
    return CustomAgentMessage(
        role=role, content=data.get("content"), timestamp=data.get("timestamp"), data=rest
    )


def _convert_content(message: Any, place: str) -> None:
    """Turn what is not a part in the content of our own message into one."""
    content, allowed = message.content, _OF_ROLE[message.role]
    if isinstance(content, list) and all(is_part(part, allowed) for part in content):
        return
    message.content = as_parts(content, place_of(place, "content"), allowed)


def as_event(value: Any) -> AssistantMessageEvent | None:
    """Return an assistant event made of a mapping or a look-alike; ours is passed through.

    Messages inside are converted too; `partial`, `message` and `error` may be missing and are
    None then. Source: spec/agent.md, 4.5.

    Returns:
        The event; None when its type is missing or unknown.

    Raises:
        ValidationError: A field has the wrong type.
    """
    if type(value) in _OUR_EVENTS:
        return value  # type: ignore[no-any-return]  # one of the union's classes
    get = value.get if isinstance(value, Mapping) else partial(_attribute, value)
    kind = get("type")
    cls = _EVENTS.get(kind) if isinstance(kind, str) else None
    if cls is None:
        return None
    names = cls.field_names()
    built = {name: read(get(name), name) for name, read in _READERS.items() if name in names}
    if "message" in built or "error" in built:
        final = "message" if "message" in built else "error"
        live = built.pop("partial")
        built[final] = built[final] or live
    if built.get("tool_call", True) is None:
        content = built["partial"].content if built["partial"] else []
        built["tool_call"] = next(iter(content[built["content_index"] :]), None)
    return cls(**built)  # type: ignore[no-any-return]  # as above


def _attribute(value: Any, name: str) -> Any:
    return getattr(value, name, None)


def _live_message(value: Any, name: str) -> AssistantMessage | None:
    if value is None or isinstance(value, AssistantMessage):
        return value
    message = as_message(value, f"event.{name}")
    if not isinstance(message, AssistantMessage):
        raise wrong(f"event.{name}", f'expected an assistant message, got role "{message.role}"')
    return message


def _index(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise wrong(f"event.{name}", f"expected the index of a part, got {shown(value)}")
    return value


def _text(value: Any, name: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise wrong(f"event.{name}", f"expected string, got {shown(value)}")
    return value


def _call(value: Any, name: str) -> Any:
    return None if value is None else as_part(value, f"event.{name}", ("tool_call",))


def _reason(value: Any, name: str) -> str:
    return normalise_stop_reason(_text(value, name))


_EVENTS: dict[str, Any] = {each.type: each for each in get_args(AssistantMessageEvent)}
_OUR_EVENTS = frozenset(_EVENTS.values())
_READERS: dict[str, Callable[[Any, str], Any]] = {
    "content_index": _index,
    "delta": _text,
    "content": _text,
    "reason": _reason,
    "tool_call": _call,
    "message": _live_message,
    "error": _live_message,
    "partial": _live_message,
}


def _cut(result: AgentToolResult, max_chars: int) -> AgentToolResult:
    lengths = [len(part.text) for part in result.content if isinstance(part, TextContent)]
    excess = sum(lengths) - max_chars
    if excess <= 0:
        return result
    left, content = max_chars, []
    for part in result.content:
        if isinstance(part, TextContent):
            content.append(replace(part, text=part.text[:left]))
            left = max(0, left - len(part.text))
        else:
            content.append(part)
    content.append(TextContent(text=f"(cut: {excess:,} more characters)"))
    return replace(result, content=content)
