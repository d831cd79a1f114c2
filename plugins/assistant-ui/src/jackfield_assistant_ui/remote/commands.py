"""Messages of ours -> commands. Source: spec/assistant-ui.md, a.4 and c.2."""

import json
from collections.abc import Sequence
from typing import Any

from jackfield.messages import (
    AssistantMessage,
    ImageContent,
    TextContent,
    ToolCallContent,
    ToolResultMessage,
    UserMessage,
)
from jackfield_assistant_ui.remote.model_messages import result_value

Json = dict[str, Any]


def commands_of(messages: Sequence[Any]) -> list[Json]:
    """Return the commands that add messages to a thread.

    Results of calls that are not among the messages belong to an answer of the server. Other
    calls cannot be said: they and their results become text.
    """
    told = {
        part.id
        for message in messages
        if isinstance(message, AssistantMessage)
        for part in message.tool_calls()
    }
    found: list[Json] = []
    for message in messages:
        if isinstance(message, ToolResultMessage):
            found.append(
                _result_text(message) if message.tool_call_id in told else tool_result(message)
            )
        elif isinstance(message, UserMessage):
            found += add_message("user", user_parts(message))
        elif isinstance(message, AssistantMessage):
            found += add_message("assistant", _spoken(message))
    return found


def add_message(role: str, parts: list[Json]) -> list[Json]:
    """Return the command for a message; none if it has no parts."""
    if not parts:
        return []
    return [{"type": "add-message", "message": {"role": role, "parts": parts}}]


def user_parts(message: UserMessage) -> list[Json]:
    """Return the parts of what a user says."""
    parts: list[Json] = []
    for part in message.content:
        if isinstance(part, ImageContent):
            parts.append({"type": "image", "image": part.url})
        elif part.text:
            parts.append({"type": "text", "text": part.text})
    return parts


def tool_result(message: ToolResultMessage) -> Json:
    """Return the command for the result of a call that the server knows."""
    return {
        "type": "add-tool-result",
        "toolCallId": message.tool_call_id,
        "toolName": message.tool_name,
        "result": result_value(message),
        "isError": message.is_error,
    }


def text_parts(message: AssistantMessage) -> list[Json]:
    """Return the texts of an answer as parts."""
    return [
        {"type": "text", "text": part.text}
        for part in message.content
        if isinstance(part, TextContent) and part.text
    ]


def _spoken(message: AssistantMessage) -> list[Json]:
    calls = [part for part in message.content if isinstance(part, ToolCallContent)]
    return text_parts(message) + [
        {"type": "text", "text": f"[Called {call.name} with {json.dumps(call.arguments)}]"}
        for call in calls
    ]


def _result_text(message: ToolResultMessage) -> Json:
    value = result_value(message)
    text = value if isinstance(value, str) else json.dumps(value)
    part = {"type": "text", "text": f"[Result of {message.tool_name}] {text}"}
    return add_message("user", [part])[0]
