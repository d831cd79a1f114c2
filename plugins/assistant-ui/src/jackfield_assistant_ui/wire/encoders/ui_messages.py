"""Events -> the AI SDK's UI message stream. Source: spec/assistant-ui.md, c.3.

An unknown type or a field of a wrong type fails the whole message in the browser, so nothing is
written that the table of c.3 does not have.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from jackfield_assistant_ui.wire.encoders.encoder import (
    DONE,
    HEARTBEAT,
    NO_BUFFERING,
    counts,
    given,
)
from jackfield_assistant_ui.wire.encoders.json_bytes import strict_bytes, text_bytes
from jackfield_assistant_ui.wire.events import (
    Aborted,
    ApprovalRequest,
    ApprovalResponse,
    CallArgs,
    CallArgsEnd,
    CallDenied,
    CallResult,
    CallStart,
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


class Encoder:
    """Writes a UI message stream; opens and closes the blocks of text by itself."""

    content_type: ClassVar[str] = "text/event-stream"
    headers: ClassVar[Mapping[str, str]] = {
        **NO_BUFFERING,
        "x-vercel-ai-ui-message-stream": "v1",
    }
    heartbeat: ClassVar[bytes] = HEARTBEAT

    def __init__(self) -> None:
        self._blocks = 0
        self._open = ""  # "text" or "reasoning"
        self._block_id = b""
        self._failed = False
        self._names: dict[str, str] = {}
        self._arguments: dict[str, list[str]] = {}

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

    def _start(self, event: MessageStart) -> bytes:
        return self._frame({"type": "start"} | given(messageId=event.message_id))

    def _text(self, event: Text) -> bytes:
        return self._delta("text", event.text)

    def _reasoning(self, event: Reasoning) -> bytes:
        return self._delta("reasoning", event.text)

    def _delta(self, kind: str, text: str) -> bytes:
        opened = b""
        if self._open != kind:
            opened = self._closed()
            self._blocks += 1
            self._open, self._block_id = kind, f"{kind}-{self._blocks}".encode()
            opened += b'data: {"type":"%b-start","id":"%b"}\n\n' % (kind.encode(), self._block_id)
        return opened + b'data: {"type":"%b-delta","id":"%b","delta":%b}\n\n' % (
            kind.encode(),
            self._block_id,
            text_bytes(text),
        )

    def _call_start(self, event: CallStart) -> bytes:
        self._names[event.id], self._arguments[event.id] = event.name, []
        return self._frame(
            {"type": "tool-input-start", "toolCallId": event.id, "toolName": event.name}
        )

    def _call_args(self, event: CallArgs) -> bytes:
        self._arguments.setdefault(event.id, []).append(event.text)
        return b'data: {"type":"tool-input-delta","toolCallId":%b,"inputTextDelta":%b}\n\n' % (
            text_bytes(event.id),
            text_bytes(event.text),
        )

    def _call_args_end(self, event: CallArgsEnd) -> bytes:
        text = "".join(self._arguments.pop(event.id, ()))
        value = {"toolCallId": event.id, "toolName": self._names.get(event.id, "")}
        try:
            arguments = json.loads(text) if text.strip() else {}
        except ValueError:
            why = "The arguments of this call are not valid JSON."
            return self._frame(
                {"type": "tool-input-error", **value, "input": text, "errorText": why}
            )
        return self._frame({"type": "tool-input-available", **value, "input": arguments})

    def _call_result(self, event: CallResult) -> bytes:
        value: dict[str, Any] = {"toolCallId": event.id}
        if event.is_error:
            return self._frame(
                {"type": "tool-output-error", **value, "errorText": _plain(event.result)}
            )
        return self._frame({"type": "tool-output-available", **value, "output": event.result})

    def _approval_request(self, event: ApprovalRequest) -> bytes:
        value = {"type": "tool-approval-request", "approvalId": event.id}
        return self._frame(value | {"toolCallId": event.call_id} | given(reason=event.reason))

    def _approval_response(self, event: ApprovalResponse) -> bytes:
        value = {"type": "tool-approval-response", "approvalId": event.id}
        return self._frame(value | {"approved": event.approved} | given(reason=event.reason))

    def _denied(self, event: CallDenied) -> bytes:
        return self._frame({"type": "tool-output-denied", "toolCallId": event.id})

    def _source(self, event: Source) -> bytes:
        value = {"type": "source-url", "sourceId": event.id, "url": event.url}
        return self._frame(value | given(title=event.title))

    def _file(self, event: File) -> bytes:
        return self._frame(
            {
                "type": "file",
                "url": _as_url(event.data, event.mime_type),
                "mediaType": event.mime_type,
            }
        )

    def _data(self, event: Data) -> bytes:
        value = {"type": f"data-{event.name or 'message'}", "data": event.data}
        extra = {"transient": True} if event.transient else {}
        return self._frame(value | given(id=event.id) | extra)

    def _metadata(self, event: Metadata) -> bytes:
        return self._frame({"type": "message-metadata", "messageMetadata": dict(event.values)})

    def _step_start(self, _event: StepStart) -> bytes:
        return self._frame({"type": "start-step"})

    def _step_reset(self, _event: StepReset) -> bytes:
        return self._frame({"type": "reset-step"})

    def _step_finish(self, _event: StepFinish) -> bytes:
        return self._frame({"type": "finish-step"})

    def _finish(self, event: Finish) -> bytes:
        if self._failed:
            return b""  # the error is the last word
        usage = counts(event)
        usage.setdefault("totalTokens", usage["inputTokens"] + usage["outputTokens"])
        reason = "other" if event.reason == "unknown" else event.reason
        return self._frame(
            {"type": "finish", "finishReason": reason, "messageMetadata": {"usage": usage}}
        )

    def _aborted(self, event: Aborted) -> bytes:
        return self._frame({"type": "abort"} | given(reason=event.reason))

    def _error(self, event: StreamError) -> bytes:
        self._failed = True
        return self._frame({"type": "error", "errorText": event.message})

    def _frame(self, value: Mapping[str, Any]) -> bytes:
        return self._closed() + b"data: %b\n\n" % strict_bytes(value)

    def _closed(self) -> bytes:
        if not self._open:
            return b""
        closed = b'data: {"type":"%b-end","id":"%b"}\n\n' % (self._open.encode(), self._block_id)
        self._open = ""
        return closed


def _plain(result: Any) -> str:
    return result if isinstance(result, str) else strict_bytes(result).decode()


def _as_url(data: str, mime_type: str) -> str:
    if data.startswith(("data:", "http://", "https://", "blob:")):
        return data
    return f"data:{mime_type};base64,{data}"


_WRITERS: dict[type, Callable[[Encoder, Any], bytes]] = {
    MessageStart: Encoder._start,  # noqa: SLF001 - a table of its own methods
    Text: Encoder._text,  # noqa: SLF001
    Reasoning: Encoder._reasoning,  # noqa: SLF001
    CallStart: Encoder._call_start,  # noqa: SLF001
    CallArgs: Encoder._call_args,  # noqa: SLF001
    CallArgsEnd: Encoder._call_args_end,  # noqa: SLF001
    CallResult: Encoder._call_result,  # noqa: SLF001
    ApprovalRequest: Encoder._approval_request,  # noqa: SLF001
    ApprovalResponse: Encoder._approval_response,  # noqa: SLF001
    CallDenied: Encoder._denied,  # noqa: SLF001
    Source: Encoder._source,  # noqa: SLF001
    File: Encoder._file,  # noqa: SLF001
    Data: Encoder._data,  # noqa: SLF001
    Metadata: Encoder._metadata,  # noqa: SLF001
    StepStart: Encoder._step_start,  # noqa: SLF001
    StepReset: Encoder._step_reset,  # noqa: SLF001
    StepFinish: Encoder._step_finish,  # noqa: SLF001
    Finish: Encoder._finish,  # noqa: SLF001
    Aborted: Encoder._aborted,  # noqa: SLF001
    StreamError: Encoder._error,  # noqa: SLF001
}
