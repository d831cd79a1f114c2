"""The protocol `data-stream`: one line for each event, `<code>:<JSON>`.

Source: spec/assistant-ui.md, c.1.
"""

import logging
from collections.abc import Callable
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
    StreamError,
    Text,
)
from jackfield_assistant_ui.wire.parts import (
    error_of,
    file_of,
    json_text,
    source_of,
    step_finish_of,
)
from jackfield_assistant_ui.wire.state_events import StateReader
from jackfield_httpx.service.json_values import from_json

MAX_LINE_BYTES = 16 * 1024 * 1024

_log = logging.getLogger(__name__)


class Decoder(Decoding):
    """Decodes one answer; implements `EventDecoder`.

    Lines that cannot be read are passed over; an unknown code, a line that was cut off and what
    contradicts an earlier line end the stream.

    Args:
        state: What the operations of the stream begin from.
    """

    def __init__(self, state: Any = None) -> None:
        super().__init__()
        self._calls = OpenCalls()
        self._state = StateReader(state)
        self._kept: list[bytes] = []
        self._kept_bytes = 0

    def _read(self, data: bytes) -> None:
        first, *others = data.split(b"\n")
        self._keep(first)
        for line in others:
            self._take(b"".join(self._kept))
            self._kept.clear()
            self._kept_bytes = 0
            self._keep(line)

    def _end(self) -> None:
        self._found += self._calls.end_all()
        self.is_done = True
        if b"".join(self._kept).strip():
            raise StreamBroken("The stream ended with an incomplete line.")

    def _keep(self, piece: bytes) -> None:
        self._kept.append(piece)
        self._kept_bytes += len(piece)
        if self._kept_bytes > MAX_LINE_BYTES:
            raise StreamBroken(f"A line of the stream exceeds {MAX_LINE_BYTES:,} bytes.")

    def _take(self, line: bytes) -> None:
        code, colon, body = line.strip().partition(b":")
        if not colon:
            if code:
                _log.warning("A line of the stream has no code: %.80r", line)
            return
        name = code.decode("utf-8", "replace")
        if name not in self._readers:
            raise StreamBroken(f"The stream has a line of the unknown code {name!r}.")
        try:
            self._found += self._readers[name](self, from_json(body))
        except (ValueError, RecursionError) as error:
            _log.warning("A line of the stream is not readable: %.80r (%s)", line, error)

    def _text(self, value: Any) -> list[Event]:
        return [Text(_string(value))]

    def _reasoning(self, value: Any) -> list[Event]:
        return [Reasoning(_string(value))]

    def _text_under(self, value: Any) -> list[Event]:
        return [Text(fields.text(value, "textDelta"), fields.optional_text(value, "parentId"))]

    def _reasoning_under(self, value: Any) -> list[Event]:
        text = fields.text(value, "reasoningDelta")
        return [Reasoning(text, fields.optional_text(value, "parentId"))]

    def _call(self, value: Any) -> list[Event]:
        parent = fields.optional_text(value, "parentId")
        return self._calls.start(_id(value), fields.text(value, "toolName"), parent)

    def _call_args(self, value: Any) -> list[Event]:
        found = self._calls.args(_id(value), fields.text(value, "argsTextDelta"))
        return found + (self._calls.end_args(_id(value)) if value.get("isFinal") is True else [])

    def _whole_call(self, value: Any) -> list[Event]:
        text = json_text(fields.mapping(fields.mapping(value).get("args")))
        begun = self._call(value)
        return begun + self._calls.args(_id(value), text) + self._calls.end_args(_id(value))

    def _result(self, value: Any) -> list[Event]:
        call_id, is_error = _id(value), value.get("isError") is True
        result = CallResult(call_id, value.get("result"), is_error, value.get("artifact"))
        return self._calls.result(result)

    def _source(self, value: Any) -> list[Event]:
        return [source_of(value)]

    def _file(self, value: Any) -> list[Event]:
        return [file_of(value)]

    def _named_data(self, value: Any) -> list[Event]:
        return [Data(fields.text(value, "name"), value.get("data"))]

    def _data(self, value: Any) -> list[Event]:
        return [Data("", fields.listed(value))]

    def _annotations(self, value: Any) -> list[Event]:
        return [Annotations(fields.listed(value))]

    def _operations(self, value: Any) -> list[Event]:
        return [self._state.read(fields.listed(value))]

    def _step_start(self, value: Any) -> list[Event]:
        return [*self._calls.end_all(), StepStart(fields.optional_text(value, "messageId"))]

    def _step_finish(self, value: Any) -> list[Event]:
        return [*self._calls.end_all(), step_finish_of(value)]

    def _finish(self, value: Any) -> list[Event]:
        value = fields.mapping(value)
        return [*self._calls.end_all(), Finish(fields.reason(value), fields.usage(value))]

    def _error(self, value: Any) -> list[Event]:
        if isinstance(value, str):
            return [StreamError(value)]
        return [error_of(value)]

    def _nothing(self, value: Any) -> list[Event]:
        del value
        return []

    _readers: ClassVar[dict[str, Callable[[Any, Any], list[Event]]]] = {
        "0": _text,
        "g": _reasoning,
        "b": _call,
        "c": _call_args,
        "9": _whole_call,
        "a": _result,
        "h": _source,
        "k": _file,
        "aui-data": _named_data,
        "aui-text-delta": _text_under,
        "aui-reasoning-delta": _reasoning_under,
        "aui-reasoning-part-start": _nothing,
        "2": _data,
        "8": _annotations,
        "aui-state": _operations,
        "f": _step_start,
        "e": _step_finish,
        "d": _finish,
        "3": _error,
        "i": _nothing,
        "j": _nothing,
    }


def _string(value: Any) -> str:
    return fields.text({"value": value}, "value")


def _id(value: Any) -> str:
    return fields.text(fields.mapping(value), "toolCallId")
