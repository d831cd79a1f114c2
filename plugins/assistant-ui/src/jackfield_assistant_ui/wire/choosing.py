"""Which protocol an answer is written in. Source: spec/assistant-ui.md, a.7."""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from jackfield_assistant_ui.wire import data_stream, transport, ui_messages
from jackfield_assistant_ui.wire.decoder import Decoding, EventDecoder, StreamBroken
from jackfield_assistant_ui.wire.frames import Frames, object_of
from jackfield_assistant_ui.wire.whole import WholeDecoder

ProtocolName: TypeAlias = Literal["data-stream", "assistant-transport", "ui-message-stream"]

DATA_STREAM_HEADER = "x-vercel-ai-data-stream"
UI_MESSAGES_HEADER = "x-vercel-ai-ui-message-stream"

_OF_TRANSPORT = ("path", "operations", "part")
_TYPES_OF_TRANSPORT = frozenset(
    {"update-state", "step-start", "step-finish", "message-finish", "data", "annotations"}
)


def decoder_of(name: ProtocolName, state: Any = None) -> EventDecoder:
    """Return a decoder for a protocol.

    Args:
        name: Of the protocol.
        state: What state operations begin from.

    Raises:
        ValueError: There is no such protocol.
    """
    if name == "data-stream":
        return data_stream.Decoder(state)
    if name == "assistant-transport":
        return transport.Decoder(state)
    if name == "ui-message-stream":
        return ui_messages.Decoder()
    raise ValueError(
        f"Unknown protocol {name!r}: use data-stream, assistant-transport or ui-message-stream."
    )


def decoder_for(headers: Mapping[str, str], state: Any = None) -> EventDecoder | None:
    """Return the decoder for an answer; None if it is of a kind that nobody knows.

    Args:
        headers: Of the answer, names in lower case.
        state: What state operations begin from.
    """
    media_type = media_type_of(headers)
    if stated := _stated(headers, media_type):
        return decoder_of(stated, state)
    if media_type == "text/event-stream":
        return SniffingDecoder(state)
    if media_type == "application/json" or media_type.endswith("+json"):
        return WholeDecoder()
    return None


def media_type_of(headers: Mapping[str, str]) -> str:
    """Return the content type without parameters, in lower case; empty when there is none."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _stated(headers: Mapping[str, str], media_type: str) -> ProtocolName | None:
    if headers.get(DATA_STREAM_HEADER) == "v1":
        return "data-stream"
    if headers.get(UI_MESSAGES_HEADER) == "v1":
        return "ui-message-stream"
    return "data-stream" if media_type == "text/plain" else None


class SniffingDecoder(Decoding):
    """Looks at the first frame of an event stream, and decodes it as what that is.

    Args:
        state: What state operations begin from.
    """

    def __init__(self, state: Any = None) -> None:
        super().__init__()
        self._state = state
        self._frames = Frames()
        self._kept: list[bytes] = []
        self._chosen: EventDecoder | None = None

    def _read(self, data: bytes) -> None:
        if self._chosen is None:
            self._kept.append(data)
            first = next(self._frames.feed(data), None)
            if first is None and not self._frames.is_done:
                return
            self._choose(first)
            data = b"".join(self._kept)
            self._kept.clear()
        self._go_on(data)

    def _end(self) -> None:
        if self._chosen is None:
            self._choose(next(self._frames.close(), None))
            self._go_on(b"".join(self._kept))
        self._go_on(None)

    def _choose(self, frame: str | None) -> None:
        value = (frame and object_of(frame)) or {}
        is_transport = (
            any(name in value for name in _OF_TRANSPORT)
            or value.get("type") in _TYPES_OF_TRANSPORT
            or (value.get("type") == "error" and "error" in value)
        )
        name: ProtocolName = "assistant-transport" if is_transport else "ui-message-stream"
        self._chosen = decoder_of(name, self._state)

    def _go_on(self, data: bytes | None) -> None:
        chosen = self._chosen
        assert chosen is not None  # noqa: S101 - whoever calls this has chosen
        self._found += chosen.close() if data is None else chosen.feed(data)
        self.is_done = chosen.is_done
        if chosen.problem:
            raise StreamBroken(chosen.problem)
