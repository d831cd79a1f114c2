"""Between the state that a page shows and the history that a model sees. Source: c.2."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

from jackfield import (
    ImageContent,
    TextContent,
    ThinkingContent,
    ToolCallContent,
    ToolResultMessage,
    UserMessage,
)
from jackfield.messages import AgentMessage, AssistantMessage
from jackfield_assistant_ui.serve.fields import Json, array, identifier, table, text
from jackfield_assistant_ui.serve.history import Decision, HistoryBuilder, result_value
from jackfield_assistant_ui.serve.media import file_part, image_part
from jackfield_assistant_ui.serve.refusal import wrong
from jackfield_assistant_ui.wire.encoders.json_bytes import strict_bytes


def read_state(state: Json) -> HistoryBuilder:
    """Return the history of a state.

    Raises:
        RefusalError: A message or a part of it is not of our schema.
    """
    builder = HistoryBuilder()
    for number, message in enumerate(array(state.get("messages"), "state.messages")):
        place = f"state.messages[{number}]"
        found = table(message, place)
        parts = array(found.get("parts"), f"{place}.parts")
        if found.get("role") == "user":
            builder.user([_user_part(part, place) for part in parts])
        elif found.get("role") == "assistant":
            builder.end_turn()
            for part in parts:
                _assistant_part(builder, table(part, place), place)
        else:
            raise wrong(f"{place}.role", "user or assistant")
    return builder


def _user_part(value: Any, place: str) -> TextContent | ImageContent:
    part = table(value, place)
    match part.get("type"):
        case "text":
            return TextContent(text=text(part.get("text"), f"{place}: text"))
        case "image":
            return image_part(text(part.get("image"), f"{place}: image"))
        case "file":
            data = text(part.get("data"), f"{place}: data")
            return file_part(data, str(part.get("mimeType") or ""), str(part.get("filename") or ""))
    raise wrong(f"{place}: the type of a part", "text, image or file")


def _assistant_part(builder: HistoryBuilder, part: Json, place: str) -> None:
    if part.get("type") == "text":
        builder.text(text(part.get("text"), f"{place}: text"))
    elif part.get("type") == "tool-call":
        _call(builder, part, place)


def _call(builder: HistoryBuilder, part: Json, place: str) -> None:
    call_id = identifier(part.get("toolCallId"), f"{place}: toolCallId")
    arguments = part.get("args")
    name = identifier(part.get("toolName"), f"{place}: toolName")
    builder.call(call_id, name, dict(arguments) if isinstance(arguments, dict) else {})
    approval = part.get("approval")
    if "result" in part:
        result = _model_content(part["modelContent"]) if "modelContent" in part else part["result"]
        builder.result(call_id, result, is_error=part.get("isError") is True)
    elif isinstance(approval, dict) and approval.get("state") in ("approved", "denied"):
        decision = Decision(
            approval_id=identifier(approval.get("id"), f"{place}: approval.id"),
            approved=approval["state"] == "approved",
            reason=str(approval.get("reason") or ""),
        )
        builder.decision(call_id, decision)


def _model_content(value: Any) -> str:
    parts = [table(part, "modelContent") for part in array(value, "modelContent")]
    return "\n".join(str(part["text"]) for part in parts if part.get("type") == "text")


def state_messages(messages: Sequence[AgentMessage]) -> list[dict[str, Any]]:
    """Return a history as messages of the state: one of the assistant for all of its turns."""
    found: list[dict[str, Any]] = []
    for message in messages:
        if isinstance(message, UserMessage):
            parts = [_shown(part) for part in message.content]
            found.append({"id": uuid4().hex, "role": "user", "parts": parts})
        elif isinstance(message, AssistantMessage):
            if not found or found[-1]["role"] != "assistant":
                found.append({"id": uuid4().hex, "role": "assistant", "parts": []})
            found[-1]["parts"] += [_shown(part) for part in message.content]
        elif isinstance(message, ToolResultMessage) and found:
            _show_result(found[-1]["parts"], message)
    return found


def _show_result(parts: list[dict[str, Any]], message: ToolResultMessage) -> None:
    for part in parts:
        if part.get("toolCallId") == message.tool_call_id and "result" not in part:
            part["result"] = result_value(message.content)
            if message.is_error:
                part["isError"] = True
            return


def _shown(part: Any) -> dict[str, Any]:
    show = _SHOWN.get(type(part))
    return show(part) if show is not None else {"type": "text", "text": ""}


def call_part(call: ToolCallContent) -> dict[str, Any]:
    """Return a complete tool call as a part of the state."""
    return {
        "type": "tool-call",
        "toolCallId": call.id,
        "toolName": call.name,
        "args": call.arguments,
        "argsText": strict_bytes(call.arguments).decode(),
    }


_SHOWN: dict[type, Callable[[Any], dict[str, Any]]] = {
    TextContent: lambda part: {"type": "text", "text": part.text},
    ThinkingContent: lambda part: {"type": "reasoning", "text": part.thinking},
    ImageContent: lambda part: {"type": "image", "image": part.url},
    ToolCallContent: call_part,
}
