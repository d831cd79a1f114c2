"""The protocol `ui-message-stream` of the AI SDK: server-sent events of one UI message.

Source: spec/assistant-ui.md, c.3.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from jackfield_assistant_ui.wire import fields
from jackfield_assistant_ui.wire.calls import OpenCalls
from jackfield_assistant_ui.wire.decoder import Decoding, StreamBroken
from jackfield_assistant_ui.wire.events import (
    Aborted,
    ApprovalRequest,
    ApprovalResponse,
    CallDenied,
    CallResult,
    Data,
    Event,
    File,
    Finish,
    MessageStart,
    Metadata,
    Reasoning,
    Source,
    StepFinish,
    StepReset,
    StepStart,
    StreamError,
    Text,
)
from jackfield_assistant_ui.wire.frames import NO_DONE, Frames, object_of
from jackfield_assistant_ui.wire.parts import json_text

_log = logging.getLogger(__name__)

_LAST = (Finish, Aborted, StreamError)


class Decoder(Decoding):
    """Decodes one answer; implements `EventDecoder`.

    Unknown types are passed over. A field of a wrong type ends the stream, and so does a result
    for a call that nobody knows. `[DONE]` may be missing after the end of the message.
    """

    def __init__(self) -> None:
        super().__init__()
        self._frames = Frames()
        self._calls = OpenCalls()
        self._is_over = False

    def _read(self, data: bytes) -> None:
        self._take(self._frames.feed(data))
        self.is_done = self._frames.is_done

    def _end(self) -> None:
        self._take(self._frames.close())
        if not (self._frames.is_done or self._is_over):
            raise StreamBroken(NO_DONE)
        self._found += self._calls.end_all()
        self.is_done = True

    def _take(self, frames: Iterator[str]) -> None:
        for frame in frames:
            value = object_of(frame)
            if value is None:
                raise StreamBroken(f"A frame of the stream is no JSON object: {frame[:80]!r}.")
            try:
                found = self._events(value)
            except fields.WrongFieldError as error:
                raise StreamBroken(f"A frame {value.get('type')!r} is wrong: {error}.") from error
            self._found += found
            self._is_over |= any(isinstance(event, _LAST) for event in found)
        if self._frames.is_done:
            self._found += self._calls.end_all()

    def _events(self, value: dict[str, Any]) -> list[Event]:
        kind = fields.text(value, "type")
        if kind.startswith("data-"):
            is_transient = value.get("transient") is True
            name = fields.optional_text(value, "id")
            return [Data(kind.removeprefix("data-"), value.get("data"), name, is_transient)]
        read = self._readers.get(kind)
        if read is None:
            _log.debug("A frame of the stream is of the unknown type %r.", kind)
            return []
        return read(self, value)

    def _start(self, value: Any) -> list[Event]:
        begun = MessageStart(fields.optional_text(value, "messageId"))
        return [begun, *_metadata(value)]

    def _step_start(self, value: Any) -> list[Event]:
        del value
        return [*self._calls.end_all(), StepStart()]

    def _step_finish(self, value: Any) -> list[Event]:
        is_continued = value.get("isContinued") is True
        end = StepFinish(fields.reason(value), fields.usage(value), is_continued)
        return [*self._calls.end_all(), end]

    def _step_reset(self, value: Any) -> list[Event]:
        del value
        return [StepReset()]

    def _text(self, value: Any) -> list[Event]:
        return [Text(fields.text(value, "delta"))]

    def _reasoning(self, value: Any) -> list[Event]:
        return [Reasoning(fields.text(value, "delta"))]

    def _input_start(self, value: Any) -> list[Event]:
        return self._calls.start(_call_id(value), fields.text(value, "toolName"))

    def _input_delta(self, value: Any) -> list[Event]:
        return self._calls.args(_call_id(value), fields.text(value, "inputTextDelta"))

    def _input(self, value: Any) -> list[Event]:
        call_id = _call_id(value)
        found = [] if call_id in self._calls else self._input_start(value)
        if not self._calls.has_args(call_id):
            found += self._calls.args(call_id, json_text(value.get("input")))
        return found + self._calls.end_args(call_id)

    def _input_error(self, value: Any) -> list[Event]:
        return self._input(value) + self._output_error(value)

    def _output(self, value: Any) -> list[Event]:
        if value.get("preliminary") is True:
            return []
        return self._calls.result(CallResult(_call_id(value), value.get("output")))

    def _output_error(self, value: Any) -> list[Event]:
        text = fields.text(value, "errorText")
        return self._calls.result(CallResult(_call_id(value), text, is_error=True))

    def _approval_request(self, value: Any) -> list[Event]:
        reason = fields.optional_text(value, "reason")
        return [ApprovalRequest(fields.text(value, "approvalId"), _call_id(value), reason)]

    def _approval_response(self, value: Any) -> list[Event]:
        approved, reason = value.get("approved") is True, fields.optional_text(value, "reason")
        return [ApprovalResponse(fields.text(value, "approvalId"), approved, reason)]

    def _denied(self, value: Any) -> list[Event]:
        return [CallDenied(_call_id(value))]

    def _source(self, value: Any) -> list[Event]:
        title = fields.optional_text(value, "title")
        return [Source(fields.text(value, "sourceId"), fields.text(value, "url"), title)]

    def _document(self, value: Any) -> list[Event]:
        return [Source(fields.text(value, "sourceId"), "", fields.text(value, "title"))]

    def _file(self, value: Any) -> list[Event]:
        return [File(fields.text(value, "url"), fields.text(value, "mediaType"))]

    def _message_metadata(self, value: Any) -> list[Event]:
        return _metadata(value)

    def _error(self, value: Any) -> list[Event]:
        return [StreamError(fields.text(value, "errorText"))]

    def _abort(self, value: Any) -> list[Event]:
        return [Aborted(fields.optional_text(value, "reason"))]

    def _finish(self, value: Any) -> list[Event]:
        about = value.get("messageMetadata")
        told = about if isinstance(about, Mapping) else {}
        usage = fields.usage(value) or fields.usage(told)
        return [*self._calls.end_all(), *_metadata(value), Finish(fields.reason(value), usage)]

    def _nothing(self, value: Any) -> list[Event]:
        del value
        return []

    _readers: ClassVar[dict[str, Callable[[Any, Any], list[Event]]]] = {
        "start": _start,
        "start-step": _step_start,
        "finish-step": _step_finish,
        "reset-step": _step_reset,
        "text-start": _nothing,
        "text-end": _nothing,
        "text-delta": _text,
        "reasoning-start": _nothing,
        "reasoning-end": _nothing,
        "reasoning-delta": _reasoning,
        "tool-input-start": _input_start,
        "tool-input-delta": _input_delta,
        "tool-input-available": _input,
        "tool-input-error": _input_error,
        "tool-output-available": _output,
        "tool-output-error": _output_error,
        "tool-approval-request": _approval_request,
        "tool-approval-response": _approval_response,
        "tool-output-denied": _denied,
        "source-url": _source,
        "source-document": _document,
        "file": _file,
        "reasoning-file": _file,
        "message-metadata": _message_metadata,
        "error": _error,
        "abort": _abort,
        "finish": _finish,
    }


def _call_id(value: Any) -> str:
    return fields.text(value, "toolCallId")


def _metadata(value: Any) -> list[Event]:
    about = value.get("messageMetadata")
    return [Metadata(about)] if isinstance(about, Mapping) and about else []
