"""What the decoders of all protocols have in common."""

from typing import Protocol

from jackfield_assistant_ui.wire.events import Event


class StreamBroken(Exception):  # noqa: N818 - never seen outside: it ends the reading of a stream
    """The stream cannot be read on; the text says why."""


class EventDecoder(Protocol):
    """Makes events of the bytes of one stream, however these are cut.

    `feed` and `close` never raise: what came before a mistake is returned, and `problem` says
    what is wrong.

    Attributes:
        problem: Why the stream cannot be read on, a sentence; empty while all is well.
        is_done: Whether the last event was given.
    """

    problem: str
    is_done: bool

    def feed(self, data: bytes, /) -> list[Event]:
        """Return the events that the bytes complete."""

    def close(self) -> list[Event]:
        """Return the events that the end of the body completes."""


class Decoding:
    """The part of a decoder that keeps what was found when a mistake ends the stream.

    Attributes:
        problem: See `EventDecoder`.
        is_done: See `EventDecoder`.
    """

    def __init__(self) -> None:
        self.problem = ""
        self.is_done = False
        self._found: list[Event] = []

    def feed(self, data: bytes) -> list[Event]:
        """Return the events that the bytes complete.

        Args:
            data: As it came.
        """
        return self._guarded(lambda: self._read(data))

    def close(self) -> list[Event]:
        """Return the events that the end of the body completes."""
        return self._guarded(self._end)

    def _guarded(self, work: "_Work") -> list[Event]:
        if not (self.is_done or self.problem):
            try:
                work()
            except StreamBroken as broken:
                self.problem = str(broken)
        found, self._found = self._found, []
        return found

    def _read(self, data: bytes) -> None:
        raise NotImplementedError

    def _end(self) -> None:
        raise NotImplementedError


class _Work(Protocol):
    def __call__(self) -> None: ...
