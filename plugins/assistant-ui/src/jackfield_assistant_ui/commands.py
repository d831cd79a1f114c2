"""Messages -> the commands that say the same. Source: spec/assistant-ui.md, a.4."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Converted:
    """What became of some messages.

    Attributes:
        commands: In the order of the messages.
        system: The texts of the system messages, joined by blank lines; None without any.
        lost: What no command can say, in words.
    """

    commands: list[dict[str, Any]] = field(default_factory=list)
    system: str | None = None
    lost: list[str] = field(default_factory=list)


def converted(messages: Iterable[Mapping[str, Any]]) -> Converted:
    """Return the commands for messages.

    Args:
        messages: See `types.Message`; the content may also be a plain string.

    Raises:
        ValueError: A role or a part is unknown.
    """
    found = Converted()
    systems: list[str] = []
    calls: list[str] = []
    for message in messages:
        role, parts = message.get("role"), _parts(message)
        if role == "system":
            systems += [_text(part, role) for part in parts]
        elif role == "user":
            _add_message(found, "user", [_user_part(part) for part in parts])
        elif role == "assistant":
            calls += [str(part.get("toolName")) for part in parts if _is_call(part)]
            spoken = [part for part in parts if not _is_call(part)]
            texts = [{"type": "text", "text": _text(part, role)} for part in spoken]
            _add_message(found, "assistant", texts)
        elif role == "tool":
            found.commands += [_tool_result(part) for part in parts]
        else:
            raise ValueError(
                f"Unknown role {role!r}: messages are of system, user, assistant or tool."
            )
    found.system = "\n\n".join(systems) if systems else None
    if calls:
        found.lost.append(
            f"Commands cannot say tool calls of the assistant ({', '.join(calls)}): they are "
            "sent in `messages` only."
        )
    return found


def _add_message(found: Converted, role: str, parts: list[dict[str, Any]]) -> None:
    if parts:
        found.commands.append({"type": "add-message", "message": {"role": role, "parts": parts}})


def _parts(message: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    content = message.get("content")
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    if content is None:
        return []
    if not isinstance(content, Sequence) or not all(isinstance(each, Mapping) for each in content):
        raise ValueError(
            f"The content of a message is a text or a list of parts, not {content!r:.80}."
        )
    return content


def _is_call(part: Mapping[str, Any]) -> bool:
    return part.get("type") == "tool-call"


def _text(part: Mapping[str, Any], role: str) -> str:
    if part.get("type") != "text":
        raise _unknown(part, role)
    return str(part.get("text") or "")


def _user_part(part: Mapping[str, Any]) -> dict[str, Any]:
    match part.get("type"):
        case "text":
            return {"type": "text", "text": part.get("text") or ""}
        case "image":
            return {"type": "image", "image": part.get("image") or ""}
        case "file":
            return _file(part)
    raise _unknown(part, "user")


def _file(part: Mapping[str, Any]) -> dict[str, Any]:
    mime_type = str(part.get("mimeType") or "")
    if mime_type.startswith("image/"):
        return {"type": "image", "image": part.get("data") or ""}
    names = ("data", "mimeType", "filename")
    return {"type": "file"} | {name: part[name] for name in names if name in part}


def _tool_result(part: Mapping[str, Any]) -> dict[str, Any]:
    if part.get("type") != "tool-result":
        raise _unknown(part, "tool")
    command = {
        "type": "add-tool-result",
        "toolCallId": part.get("toolCallId"),
        "toolName": part.get("toolName"),
        "result": part.get("result"),
        "isError": part.get("isError", False),
    }
    return command | ({"artifact": part["artifact"]} if part.get("artifact") is not None else {})


def _unknown(part: Mapping[str, Any], role: str) -> ValueError:
    return ValueError(f"A message of the role {role} has a part of type {part.get('type')!r}.")
