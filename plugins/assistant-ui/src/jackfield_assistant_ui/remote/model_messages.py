"""A history of ours -> model messages. Source: spec/assistant-ui.md, c.1."""

from collections.abc import Iterable, Sequence
from typing import Any

from jackfield.messages import (
    AssistantMessage,
    ImageContent,
    TextContent,
    ToolCallContent,
    ToolResultMessage,
    UserMessage,
    extract_text,
)

Json = dict[str, Any]


def model_messages(messages: Sequence[Any]) -> list[Json]:
    """Return the messages; thinking is not sent, and messages of an application are not either."""
    found: list[Json] = []
    for message in messages:
        if isinstance(message, ToolResultMessage):
            _add_result(found, message)
        elif isinstance(message, UserMessage | AssistantMessage):
            parts = [part for each in message.content for part in _part(each)]
            if parts:
                found.append({"role": message.role, "content": parts})
    return found


def result_value(message: ToolResultMessage) -> Any:
    """Return what a tool gave: its text, or its parts if there are images."""
    if not any(isinstance(part, ImageContent) for part in message.content):
        return extract_text(message)
    return [
        {"type": "text", "text": part.text}
        if isinstance(part, TextContent)
        else {"type": "image", "image": part.url}
        for part in message.content
    ]


def _add_result(found: list[Json], message: ToolResultMessage) -> None:
    part = {
        "type": "tool-result",
        "toolCallId": message.tool_call_id,
        "toolName": message.tool_name,
        "output": {
            "type": "error-json" if message.is_error else "json",
            "value": result_value(message),
        },
    }
    if found and found[-1]["role"] == "tool":
        found[-1]["content"].append(part)
    else:
        found.append({"role": "tool", "content": [part]})


def _part(part: Any) -> Iterable[Json]:
    match part:
        case TextContent() if part.text:
            yield {"type": "text", "text": part.text}
        case ImageContent():
            yield {"type": "file", "data": part.url, "mediaType": part.mime_type or "image/png"}
        case ToolCallContent():
            yield {
                "type": "tool-call",
                "toolCallId": part.id,
                "toolName": part.name,
                "input": part.arguments,
            }
