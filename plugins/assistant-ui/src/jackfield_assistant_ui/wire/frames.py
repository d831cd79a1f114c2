"""Server-sent events that carry one JSON object each, and end with `[DONE]`."""

from collections.abc import Iterator
from typing import Any

from jackfield.errors import ProtocolError
from jackfield_assistant_ui.wire.decoder import StreamBroken
from jackfield_httpx.service.json_values import from_json
from jackfield_httpx.sse import SseDecoder, SseEvent

DONE = "[DONE]"
NO_DONE = "Stream ended abruptly without receiving [DONE] marker."


class Frames:
    """Reads frames; comments, with which servers keep a connection alive, are passed over.

    Attributes:
        is_done: Whether `[DONE]` has come.
    """

    def __init__(self) -> None:
        self.is_done = False
        self._events = SseDecoder()

    def feed(self, data: bytes) -> Iterator[str]:
        """Give the text of each frame that the bytes complete, up to `[DONE]`.

        Raises:
            StreamBroken: An event has another name than `message`, or is too long.
        """
        try:
            yield from self._texts(self._events.feed(data))
        except ProtocolError as error:
            raise StreamBroken(error.message) from error

    def close(self) -> Iterator[str]:
        """Give the frame that the end of the body cut off, if it has data.

        Raises:
            StreamBroken: As in `feed`.
        """
        yield from self._texts(self._events.close())

    def _texts(self, events: list[SseEvent]) -> Iterator[str]:
        for event in events:
            if event.event not in ("", "message"):
                raise StreamBroken(f"The stream has an event of the name {event.event!r}.")
            if event.data == DONE:
                self.is_done = True
                return
            yield event.data


def object_of(frame: str) -> dict[str, Any] | None:
    """Return the JSON object of a frame; None if it is none."""
    try:
        value = from_json(frame.encode())
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
