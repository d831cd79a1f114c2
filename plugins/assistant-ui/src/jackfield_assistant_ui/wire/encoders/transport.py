"""Events -> assistant transport: an event stream of chunks. Source: spec/assistant-ui.md, c.2."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from jackfield_assistant_ui.wire.encoders.encoder import (
    DONE,
    HEARTBEAT,
    NO_BUFFERING,
    counts,
    given,
)
from jackfield_assistant_ui.wire.encoders.json_bytes import (
    operations_bytes,
    strict_bytes,
    text_bytes,
)
from jackfield_assistant_ui.wire.events import (
    Annotations,
    CallArgs,
    CallArgsEnd,
    CallResult,
    CallStart,
    Data,
    Event,
    File,
    Finish,
    Reasoning,
    Source,
    StateOps,
    StepFinish,
    StepStart,
    StreamError,
    Text,
)


class Encoder:
    """Writes an assistant transport stream; parts are numbered by order of their start."""

    content_type: ClassVar[str] = "text/event-stream"
    headers: ClassVar[Mapping[str, str]] = NO_BUFFERING
    heartbeat: ClassVar[bytes] = HEARTBEAT

    def __init__(self) -> None:
        self._parts = 0
        self._open: tuple[str, str] | None = None  # kind and parent of the text part that grows
        self._calls: dict[str, int] = {}

    def encode(self, event: Event) -> bytes:
        """Return an event as bytes; empty if the protocol has no word for it.

        Raises:
            UnfitValueError: The event has a value that is not JSON.
        """
        write = _WRITERS.get(type(event))
        return write(self, event) if write is not None else b""

    def encode_all(self, events: Iterable[Event]) -> bytes:
        """Return several events in one piece."""
        return b"".join([self.encode(event) for event in events])

    def end(self) -> bytes:
        """Return what closes the stream."""
        return self._closed() + DONE

    def _text(self, event: Text | Reasoning) -> bytes:
        kind = "text" if isinstance(event, Text) else "reasoning"
        opened = b""
        if self._open != (kind, event.parent_id):
            opened = self._started({"type": kind} | given(parentId=event.parent_id))
            self._open = (kind, event.parent_id)
        return opened + _delta(self._parts - 1, event.text)

    def _call_start(self, event: CallStart) -> bytes:
        part = {"type": "tool-call", "toolCallId": event.id, "toolName": event.name}
        started = self._started(part | given(parentId=event.parent_id))
        self._calls[event.id] = self._parts - 1
        return started

    def _call_args(self, event: CallArgs) -> bytes:
        return _delta(self._place(event.id), event.text)

    def _call_args_end(self, event: CallArgsEnd) -> bytes:
        return _frame({"type": "tool-call-args-text-finish", "path": [self._place(event.id)]})

    def _call_result(self, event: CallResult) -> bytes:
        value = {"type": "result", "path": [self._place(event.id)], "result": event.result}
        value |= {"isError": event.is_error}
        return _frame(value | given(artifact=event.artifact))

    def _source(self, event: Source) -> bytes:
        part = {"type": "source", "sourceType": "url", "id": event.id, "url": event.url}
        return self._whole(part | given(title=event.title, parentId=event.parent_id))

    def _file(self, event: File) -> bytes:
        part = {"type": "file", "data": event.data, "mimeType": event.mime_type}
        return self._whole(part | given(parentId=event.parent_id))

    def _data(self, event: Data) -> bytes:
        if event.name:
            return self._whole({"type": "data", "name": event.name, "data": event.data})
        values = event.data if isinstance(event.data, list) else [event.data]
        return _message({"type": "data", "data": values})

    def _step_start(self, event: StepStart) -> bytes:
        return self._closed() + _message({"type": "step-start", "messageId": event.message_id})

    def _step_finish(self, event: StepFinish) -> bytes:
        value = {"type": "step-finish", "finishReason": event.reason, "usage": counts(event)}
        return self._closed() + _message(value | {"isContinued": event.is_continued})

    def _finish(self, event: Finish) -> bytes:
        value = {"type": "message-finish", "finishReason": event.reason, "usage": counts(event)}
        return self._closed() + _message(value)

    def _state(self, event: StateOps) -> bytes:
        return b'data: {"type":"update-state","operations":%b,"path":[]}\n\n' % operations_bytes(
            event.operations
        )

    def _annotations(self, event: Annotations) -> bytes:
        return _message({"type": "annotations", "annotations": list(event.values)})

    def _error(self, event: StreamError) -> bytes:
        value = {"type": "error", "error": event.message}
        return _message(value | given(code=event.code, severity=event.severity))

    def _place(self, call_id: str) -> int:
        """Return the part of a call; one that an earlier stream began has none here."""
        return self._calls.get(call_id, self._parts)

    def _started(self, part: Mapping[str, Any]) -> bytes:
        closed = self._closed()
        self._parts += 1
        return closed + _frame({"type": "part-start", "part": part, "path": []})

    def _whole(self, part: Mapping[str, Any]) -> bytes:
        return self._started(part) + _part_finish(self._parts - 1)

    def _closed(self) -> bytes:
        if self._open is None:
            return b""
        self._open = None
        return _part_finish(self._parts - 1)


def _delta(place: int, text: str) -> bytes:
    return b'data: {"type":"text-delta","textDelta":%b,"path":[%d]}\n\n' % (text_bytes(text), place)


def _part_finish(place: int) -> bytes:
    return b'data: {"type":"part-finish","path":[%d]}\n\n' % place


def _frame(value: Mapping[str, Any]) -> bytes:
    return b"data: %b\n\n" % strict_bytes(value)


def _message(value: Mapping[str, Any]) -> bytes:
    return _frame({**value, "path": []})


_WRITERS: dict[type, Callable[[Encoder, Any], bytes]] = {
    Text: Encoder._text,  # noqa: SLF001 - a table of its own methods
    Reasoning: Encoder._text,  # noqa: SLF001
    CallStart: Encoder._call_start,  # noqa: SLF001
    CallArgs: Encoder._call_args,  # noqa: SLF001
    CallArgsEnd: Encoder._call_args_end,  # noqa: SLF001
    CallResult: Encoder._call_result,  # noqa: SLF001
    Source: Encoder._source,  # noqa: SLF001
    File: Encoder._file,  # noqa: SLF001
    Data: Encoder._data,  # noqa: SLF001
    Annotations: Encoder._annotations,  # noqa: SLF001
    StateOps: Encoder._state,  # noqa: SLF001
    StepStart: Encoder._step_start,  # noqa: SLF001
    StepFinish: Encoder._step_finish,  # noqa: SLF001
    Finish: Encoder._finish,  # noqa: SLF001
    StreamError: Encoder._error,  # noqa: SLF001
}
