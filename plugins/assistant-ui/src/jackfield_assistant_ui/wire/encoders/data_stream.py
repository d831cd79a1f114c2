"""Events -> data stream: lines of a code and a JSON value. Source: spec/assistant-ui.md, c.1."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from jackfield_assistant_ui.wire.encoders.encoder import NO_BUFFERING, counts, given
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
    """Writes a data stream."""

    content_type: ClassVar[str] = "text/plain; charset=utf-8"
    headers: ClassVar[Mapping[str, str]] = {**NO_BUFFERING, "x-vercel-ai-data-stream": "v1"}
    heartbeat: ClassVar[bytes] = b""  # an empty line is ignored today, but no grammar says so

    def encode(self, event: Event) -> bytes:
        """Return an event as bytes; empty if the protocol has no word for it.

        Raises:
            UnfitValueError: The event has a value that is not JSON.
        """
        write = _WRITERS.get(type(event))
        return write(event) if write is not None else b""

    def encode_all(self, events: Iterable[Event]) -> bytes:
        """Return several events in one piece."""
        return b"".join([self.encode(event) for event in events])

    def end(self) -> bytes:
        """Return what closes the stream: nothing, the end of the body is the end."""
        return b""


def _line(code: bytes, value: Any) -> bytes:
    return b"%b:%b\n" % (code, strict_bytes(value))


def _text(event: Text) -> bytes:
    if event.parent_id:
        return _line(b"aui-text-delta", {"textDelta": event.text, "parentId": event.parent_id})
    return b"0:%b\n" % text_bytes(event.text)


def _reasoning(event: Reasoning) -> bytes:
    if event.parent_id:
        value = {"reasoningDelta": event.text, "parentId": event.parent_id}
        return _line(b"aui-reasoning-delta", value)
    return b"g:%b\n" % text_bytes(event.text)


def _call_start(event: CallStart) -> bytes:
    value = {"toolCallId": event.id, "toolName": event.name}
    return _line(b"b", value | given(parentId=event.parent_id))


def _call_args(event: CallArgs) -> bytes:
    return b'c:{"toolCallId":%b,"argsTextDelta":%b}\n' % (
        text_bytes(event.id),
        text_bytes(event.text),
    )


def _call_args_end(event: CallArgsEnd) -> bytes:
    return _line(b"c", {"toolCallId": event.id, "argsTextDelta": "", "isFinal": True})


def _call_result(event: CallResult) -> bytes:
    value = {"toolCallId": event.id, "result": event.result} | given(artifact=event.artifact)
    return _line(b"a", value | ({"isError": True} if event.is_error else {}))


def _source(event: Source) -> bytes:
    value = {"sourceType": "url", "id": event.id, "url": event.url}
    return _line(b"h", value | given(title=event.title, parentId=event.parent_id))


def _file(event: File) -> bytes:
    value = {"data": event.data, "mimeType": event.mime_type}
    return _line(b"k", value | given(parentId=event.parent_id))


def _data(event: Data) -> bytes:
    if event.name:
        return _line(b"aui-data", {"name": event.name, "data": event.data})
    return _line(b"2", event.data if isinstance(event.data, list) else [event.data])


def _step_finish(event: StepFinish) -> bytes:
    value = {"finishReason": event.reason, "usage": counts(event)}
    return _line(b"e", value | {"isContinued": event.is_continued})


_WRITERS: dict[type, Callable[[Any], bytes]] = {
    Text: _text,
    Reasoning: _reasoning,
    CallStart: _call_start,
    CallArgs: _call_args,
    CallArgsEnd: _call_args_end,
    CallResult: _call_result,
    Source: _source,
    File: _file,
    Data: _data,
    Annotations: lambda event: _line(b"8", list(event.values)),
    StateOps: lambda event: b"aui-state:%b\n" % operations_bytes(event.operations),
    StepStart: lambda event: _line(b"f", {"messageId": event.message_id}),
    StepFinish: _step_finish,
    Finish: lambda event: _line(b"d", {"finishReason": event.reason, "usage": counts(event)}),
    StreamError: lambda event: b"3:%b\n" % text_bytes(event.message),
}
