"""Requests of `useDataStreamRuntime`: the whole history as model messages.

The older form of the Python client's `messages` is read, too. Source: spec/assistant-ui.md, b, c.1.
"""

from collections.abc import Callable
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
from jackfield_assistant_ui.serve.history import HistoryBuilder
from jackfield_assistant_ui.serve.media import file_part, image_part
from jackfield_assistant_ui.serve.refusal import RefusalError, wrong


def read_data_stream(body: Json) -> Asked:
    """Read a request whose history is a list of model messages.

    Raises:
        RefusalError: A field has a wrong type, or there is nothing to answer.
    """
    asked = Asked(form="data-stream", thread_id=optional_identifier(body, "threadId"))
    read_common(body, asked)
    asked.message_id = optional_identifier(body, "unstable_assistantMessageId") or ""
    builder, system = HistoryBuilder(), [asked.system]
    for number, message in enumerate(array(body.get("messages"), "messages")):
        place = f"messages[{number}]"
        found = table(message, place)
        if found.get("role") == "system":
            system.append(text(found.get("content"), f"{place}.content"))
        else:
            _add(builder, found, place)
    asked.pending, asked.messages = builder.end(), builder.messages
    asked.system = "\n\n".join(each for each in system if each)
    if not asked.messages:
        raise RefusalError(422, "messages has nothing to answer.")
    return asked


def _add(builder: HistoryBuilder, message: Json, place: str) -> None:
    role = message.get("role")
    read = _ROLES.get(role) if isinstance(role, str) else None
    if read is None:
        raise wrong(f"{place}.role", "system, user, assistant or tool")
    content = message.get("content")
    if isinstance(content, str):
        content = [{"type": "text", "text": content}]
    parts = array(content, f"{place}.content")
    read(builder, [table(part, f"{place}.content[{n}]") for n, part in enumerate(parts)], place)


def _user(builder: HistoryBuilder, parts: list[Json], place: str) -> None:
    builder.user([_user_part(part, f"{place}.content[{n}]") for n, part in enumerate(parts)])


def _user_part(part: Json, place: str) -> TextContent | ImageContent:
    match part.get("type"):
        case "text":
            return TextContent(text=text(part.get("text"), f"{place}.text"))
        case "image":
            return image_part(text(part.get("image"), f"{place}.image"))
        case "file":
            mime_type = part.get("mediaType") or part.get("mimeType") or ""
            return file_part(
                text(part.get("data"), f"{place}.data"),
                text(mime_type, f"{place}.mediaType"),
                optional_text(part, "filename", f"{place}."),
            )
    raise wrong(f"{place}.type", "text, image or file")


def _assistant(builder: HistoryBuilder, parts: list[Json], place: str) -> None:
    for number, part in enumerate(parts):
        where = f"{place}.content[{number}]"
        if part.get("type") == "text":
            builder.text(text(part.get("text"), f"{where}.text"))
        elif part.get("type") == "tool-call":
            arguments = part.get("input", part.get("args"))
            builder.call(
                identifier(part.get("toolCallId"), f"{where}.toolCallId"),
                identifier(part.get("toolName"), f"{where}.toolName"),
                dict(table({} if arguments is None else arguments, f"{where}.input")),
            )


def _tool(builder: HistoryBuilder, parts: list[Json], place: str) -> None:
    for number, part in enumerate(parts):
        where = f"{place}.content[{number}]"
        call_id = identifier(part.get("toolCallId"), f"{where}.toolCallId")
        result, is_error = _outcome(part, where)
        if not builder.result(call_id, result, is_error=is_error):
            raise RefusalError(422, f"{where} is the result of a call that is not there.")


def _outcome(part: Json, place: str) -> tuple[Any, bool]:
    if "output" not in part:
        return part.get("result"), part.get("isError") is True
    output = table(part["output"], f"{place}.output")
    return output.get("value"), str(output.get("type", "")).startswith("error")


_ROLES: dict[str, Callable[[HistoryBuilder, list[Json], str], None]] = {
    "user": _user,
    "assistant": _assistant,
    "tool": _tool,
}
