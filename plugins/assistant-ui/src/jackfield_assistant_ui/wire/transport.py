"""The protocol `assistant-transport`: server-sent events of a message with numbered parts.

Source: spec/assistant-ui.md, c.2.
"""

import logging
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from jackfield_assistant_ui.wire import fields
from jackfield_assistant_ui.wire.calls import OpenCalls
from jackfield_assistant_ui.wire.decoder import Decoding, StreamBroken
from jackfield_assistant_ui.wire.events import (
    Annotations,
    CallResult,
    Data,
    Event,
    Finish,
    Reasoning,
    StepStart,
    Text,
)
from jackfield_assistant_ui.wire.frames import NO_DONE, Frames, object_of
from jackfield_assistant_ui.wire.parts import error_of, file_of, source_of, step_finish_of
from jackfield_assistant_ui.wire.state_events import StateReader

_log = logging.getLogger(__name__)


class Decoder(Decoding):
    """Decodes one answer; implements `EventDecoder`.

    Frames that are unknown or cannot be read are passed over, as in the browser; an end without
    `[DONE]` and operations that do not fit the state end the stream.

    Args:
        state: What the operations of the stream begin from: that of the request.
    """

    def __init__(self, state: Any = None) -> None:
        super().__init__()
        self._frames = Frames()
        self._calls = OpenCalls()
        self._state = StateReader(state)
        self._parts: list[tuple[str, str]] = []
        """By number: the type, and the id of the call or of the parent."""

    def _read(self, data: bytes) -> None:
        self._take(self._frames.feed(data))
        self.is_done = self._frames.is_done

    def _end(self) -> None:
        self._take(self._frames.close())
        if not self._frames.is_done:
            raise StreamBroken(NO_DONE)
        self.is_done = True

    def _take(self, frames: Iterator[str]) -> None:
        for frame in frames:
            value = object_of(frame)
            read = self._readers.get(str(value.get("type"))) if value else None
            if value is None or read is None:
                _log.warning("A frame of the stream is unknown: %.80r", frame)
                continue
            try:
                self._found += read(self, value)
            except fields.WrongFieldError as error:
                _log.warning("A frame of the stream is not readable: %.80r (%s)", frame, error)
        if self._frames.is_done:
            self._found += self._calls.end_all()

    def _part_start(self, value: Any) -> list[Event]:
        part = fields.mapping(value.get("part"))
        kind, parent = fields.text(part, "type"), fields.optional_text(part, "parentId")
        found = self._begun(kind, part, parent)
        is_call = kind == "tool-call"
        self._parts.append((kind, fields.text(part, "toolCallId") if is_call else parent))
        return found

    def _begun(self, kind: str, part: Any, parent: str) -> list[Event]:
        match kind:
            case "tool-call":
                name = fields.text(part, "toolName")
                return self._calls.start(fields.text(part, "toolCallId"), name, parent)
            case "source":
                return [source_of(part)]
            case "file":
                return [file_of(part)]
            case "data":
                return [Data(fields.text(part, "name"), part.get("data"))]
        return []

    def _delta(self, value: Any) -> list[Event]:
        kind, name = self._part(value)
        text = fields.text(value, "textDelta")
        if kind == "tool-call":
            return self._calls.args(name, text)
        return [Reasoning(text, name) if kind == "reasoning" else Text(text, name)]

    def _args_finish(self, value: Any) -> list[Event]:
        kind, name = self._part(value)
        return self._calls.end_args(name) if kind == "tool-call" else []

    def _result(self, value: Any) -> list[Event]:
        kind, name = self._part(value)
        if kind != "tool-call":
            raise fields.WrongFieldError("only a tool call has a result")
        is_error = value.get("isError") is True
        return self._calls.result(
            CallResult(name, value.get("result"), is_error, value.get("artifact"))
        )

    def _part(self, value: Any) -> tuple[str, str]:
        path = fields.items(value, "path")
        number = path[0] if len(path) == 1 else None
        if not isinstance(number, int) or not 0 <= number < len(self._parts):
            raise fields.WrongFieldError(f"there is no part {path}")
        return self._parts[number]

    def _operations(self, value: Any) -> list[Event]:
        return [self._state.read(fields.items(value, "operations"))]

    def _data(self, value: Any) -> list[Event]:
        return [Data("", fields.items(value, "data"))]

    def _annotations(self, value: Any) -> list[Event]:
        return [Annotations(fields.items(value, "annotations"))]

    def _step_start(self, value: Any) -> list[Event]:
        return [*self._calls.end_all(), StepStart(fields.optional_text(value, "messageId"))]

    def _step_finish(self, value: Any) -> list[Event]:
        return [*self._calls.end_all(), step_finish_of(value)]

    def _finish(self, value: Any) -> list[Event]:
        return [*self._calls.end_all(), Finish(fields.reason(value), fields.usage(value))]

    def _error(self, value: Any) -> list[Event]:
        return [error_of(value)]

    _readers: ClassVar[dict[str, Callable[[Any, Any], list[Event]]]] = {
        "update-state": _operations,
        "error": _error,
        "step-start": _step_start,
        "step-finish": _step_finish,
        "message-finish": _finish,
        "data": _data,
        "annotations": _annotations,
        "part-start": _part_start,
        "text-delta": _delta,
        "tool-call-args-text-finish": _args_finish,
        "part-finish": _args_finish,
        "result": _result,
    }
