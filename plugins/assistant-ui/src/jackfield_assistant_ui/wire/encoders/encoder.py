"""What the encoders of the three protocols have in common."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Protocol

from jackfield_assistant_ui.wire.events import Event, Finish, StepFinish

NO_BUFFERING: Mapping[str, str] = {"cache-control": "no-cache", "x-accel-buffering": "no"}
"""Headers that keep proxies from holding the stream back. Source: c.0."""

HEARTBEAT = b": heartbeat\n\n"
"""A comment of an event stream."""

DONE = b"data: [DONE]\n\n"
"""The last event of an event stream."""


class StreamEncoder(Protocol):
    """Writes events; keeps what it needs to know of those before."""

    content_type: ClassVar[str]
    headers: ClassVar[Mapping[str, str]]
    heartbeat: ClassVar[bytes]

    def encode(self, event: Event) -> bytes:
        """Return an event as bytes; empty if the protocol has no word for it.

        Raises:
            UnfitValueError: The event has a value that is not JSON.
        """

    def encode_all(self, events: Iterable[Event]) -> bytes:
        """Return several events in one piece."""

    def end(self) -> bytes:
        """Return what closes the stream."""


def counts(event: StepFinish | Finish) -> dict[str, int]:
    """Return the token counts that every end of a step or message must have."""
    return {"inputTokens": 0, "outputTokens": 0, **event.usage}


def given(**fields: Any) -> dict[str, Any]:
    """Return the fields that are not None and not empty texts."""
    return {name: value for name, value in fields.items() if value is not None and value != ""}
