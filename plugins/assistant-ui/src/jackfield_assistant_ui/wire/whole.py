"""An answer that is one JSON document -> the same events. Source: spec/assistant-ui.md, c.4."""

from collections.abc import Mapping
from typing import Any

from jackfield_assistant_ui.wire import fields
from jackfield_assistant_ui.wire.decoder import Decoding, StreamBroken
from jackfield_assistant_ui.wire.events import (
    CallArgs,
    CallArgsEnd,
    CallResult,
    CallStart,
    Data,
    Event,
    File,
    Finish,
    FinishReason,
    MessageStart,
    Reasoning,
    Source,
    StateOps,
    StreamError,
    Text,
)
from jackfield_assistant_ui.wire.parts import json_text
from jackfield_assistant_ui.wire.state import set_value
from jackfield_httpx.service.json_values import from_json

MAX_BYTES = 64 * 1024 * 1024

RESULT = "result"
"""Name of the data event for a document of another form."""


class WholeDecoder(Decoding):
    """Reads the document at its end; implements `EventDecoder`."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []
        self._size = 0

    def _read(self, data: bytes) -> None:
        self._pieces.append(data)
        self._size += len(data)
        if self._size > MAX_BYTES:
            raise StreamBroken(f"The answer exceeds {MAX_BYTES:,} bytes.")

    def _end(self) -> None:
        self.is_done = True
        body = b"".join(self._pieces)
        if not body.strip():
            return
        try:
            document = from_json(body)
        except (ValueError, RecursionError) as error:
            raise StreamBroken("The answer is not JSON.") from error
        self._found += events_of(document)


def events_of(document: Any) -> list[Event]:
    """Return the events of a document `{"message", "state", "status"}`; of others, its data."""
    if not isinstance(document, Mapping) or not isinstance(document.get("message"), Mapping):
        return [Data(RESULT, document)]
    message = document["message"]
    found: list[Event] = [MessageStart(str(message.get("id") or ""))]
    parts = message.get("parts")
    for part in parts if isinstance(parts, list) else ():
        found += _events_of_part(part)
    if document.get("state") is not None:
        state = document["state"]
        found.append(StateOps([set_value([], state)], state))
    return found + _end(document.get("status"))


def _events_of_part(part: Any) -> list[Event]:
    try:
        return _known(fields.mapping(part))
    except fields.WrongFieldError:
        return [Data(RESULT, part)]


def _known(part: Mapping[str, Any]) -> list[Event]:
    match part.get("type"):
        case "text":
            return [Text(fields.text(part, "text"))]
        case "reasoning":
            return [Reasoning(fields.text(part, "text"))]
        case "source":
            title = fields.optional_text(part, "title")
            return [Source(fields.text(part, "id"), fields.text(part, "url"), title)]
        case "file":
            return [File(fields.text(part, "data"), fields.text(part, "mimeType"))]
        case "image":
            return [File(fields.text(part, "image"), "image/*")]
        case "data":
            return [Data(fields.text(part, "name"), part.get("data"))]
        case "tool-call":
            return _call(part)
    return [Data(RESULT, part)]


def _call(part: Mapping[str, Any]) -> list[Event]:
    call_id = fields.text(part, "toolCallId")
    text = fields.optional_text(part, "argsText") or json_text(part.get("args") or {})
    found: list[Event] = [
        CallStart(call_id, fields.text(part, "toolName")),
        CallArgs(call_id, text),
        CallArgsEnd(call_id),
    ]
    if "result" in part:
        is_error = part.get("isError") is True
        found.append(CallResult(call_id, part["result"], is_error, part.get("artifact")))
    return found


def _end(status: Any) -> list[Event]:
    if not isinstance(status, Mapping):
        return [Finish()]
    if status.get("reason") == "error":
        error = status.get("error")
        return [StreamError(error if isinstance(error, str) else "The run failed.")]
    reason: FinishReason = fields.reason({"finishReason": status.get("reason")})
    return [Finish(reason, fields.usage(status))]
