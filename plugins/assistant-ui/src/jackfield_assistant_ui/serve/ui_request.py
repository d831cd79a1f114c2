"""Requests of `useChatRuntime`: the whole history as UI messages of the AI SDK.

Source: spec/assistant-ui.md, c.3.
"""

from typing import Any

from jackfield import ImageContent, TextContent
from jackfield_assistant_ui.serve.asked import Asked, read_common
from jackfield_assistant_ui.serve.fields import (
    Json,
    array,
    identifier,
    optional_identifier,
    optional_text,
    table,
    text,
)
from jackfield_assistant_ui.serve.history import Decision, HistoryBuilder
from jackfield_assistant_ui.serve.media import file_part
from jackfield_assistant_ui.serve.refusal import RefusalError, wrong


def read_ai_sdk(body: Json) -> Asked:
    """Read a request whose history is a list of UI messages.

    Raises:
        RefusalError: A field has a wrong type, or there is nothing to answer.
    """
    asked = Asked(form="ai-sdk", thread_id=optional_identifier(body, "id"))
    read_common(body, asked)
    builder, system, last = HistoryBuilder(), [asked.system], ("", "")
    for number, message in enumerate(array(body.get("messages"), "messages")):
        place = f"messages[{number}]"
        found = table(message, place)
        parts = [
            table(part, f"{place}.parts[{n}]")
            for n, part in enumerate(array(found.get("parts"), f"{place}.parts"))
        ]
        role = found.get("role")
        last = (str(role), optional_text(found, "id", f"{place}."))
        if role == "system":
            system += [str(part.get("text", "")) for part in parts]
        elif role == "user":
            builder.user([part for each in parts for part in _user_part(each, place)])
        elif role == "assistant":
            _assistant(builder, parts, place)
        else:
            raise wrong(f"{place}.role", "system, user or assistant")
    asked.pending, asked.messages = builder.end(), builder.messages
    asked.system = "\n\n".join(each for each in system if each)
    if last[0] == "assistant":
        asked.message_id = last[1]  # the page goes on in that message
    if not asked.messages:
        raise RefusalError(422, "messages has nothing to answer.")
    return asked


def _user_part(part: Json, place: str) -> list[TextContent | ImageContent]:
    kind = part.get("type")
    if kind == "text":
        return [TextContent(text=text(part.get("text"), f"{place}.text"))]
    if kind == "file":
        url = text(part.get("url"), f"{place}.url")
        media_type = optional_text(part, "mediaType", f"{place}.")
        return [file_part(url, media_type, optional_text(part, "filename", f"{place}."))]
    return []


def _assistant(builder: HistoryBuilder, parts: list[Json], place: str) -> None:
    builder.end_turn()
    for number, part in enumerate(parts):
        where = f"{place}.parts[{number}]"
        kind = text(part.get("type"), f"{where}.type")
        if kind == "text":
            builder.text(text(part.get("text"), f"{where}.text"))
        elif kind == "step-start":
            builder.end_turn()
        elif kind == "dynamic-tool" or kind.startswith("tool-"):
            name = kind[5:] if kind != "dynamic-tool" else part.get("toolName")
            _call(builder, part, identifier(name, f"{where}.toolName"), where)


def _call(builder: HistoryBuilder, part: Json, name: str, place: str) -> None:
    if part.get("state") == "input-streaming":
        return  # it was never complete
    call_id = identifier(part.get("toolCallId"), f"{place}.toolCallId")
    arguments = part.get("input")
    builder.call(call_id, name, dict(arguments) if isinstance(arguments, dict) else {})
    match part.get("state"):
        case "output-available":
            builder.result(call_id, part.get("output"))
        case "output-error":
            builder.result(call_id, str(part.get("errorText", "")), is_error=True)
        case "output-denied":
            builder.result(call_id, "The user denied this call.", is_error=True)
        case "approval-responded":
            builder.decision(call_id, _decision(part.get("approval"), f"{place}.approval"))


def _decision(value: Any, place: str) -> Decision:
    approval = table(value, place)
    return Decision(
        approval_id=identifier(approval.get("id"), f"{place}.id"),
        approved=approval.get("approved") is True,
        reason=optional_text(approval, "reason", f"{place}."),
    )
