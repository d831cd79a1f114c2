r"""Server-sent events: bytes in, events out, however the bytes are cut.

No I/O. Lines end in `\n`, `\r\n` or `\r` and nothing else; text is decoded per event, so that
no cut can hurt a character. Source: spec/openrouter.md, 9 (F1 to F7, F10, F11).
"""

import math
import re
import time
from dataclasses import dataclass
from typing import Self

from jackfield.errors import ProtocolError, ProviderError
from jackfield.http import Response
from jackfield.record import Record

MAX_LINE_BYTES = 16 * 1024 * 1024
MAX_EVENT_BYTES = 16 * 1024 * 1024
STALL_S = 600.0

_BOM = b"\xef\xbb\xbf"
_DATA = re.compile(rb"^data: ?(.*)", re.MULTILINE)


@dataclass(slots=True, kw_only=True)
class SseEvent(Record):
    """One event.

    Attributes:
        data: The `data` lines, joined with line feeds; bytes that are not UTF-8 are U+FFFD.
        event: The field `event`; empty for none.
        id: The field `id` of this event; None for none.
        retry_ms: The field `retry` of this event in milliseconds; None for none.
    """

    data: str
    event: str = ""
    id: str | None = None
    retry_ms: int | None = None


class SseDecoder:
    """Decodes one stream. Use either `feed` or `data_lines` for it, not both.

    Args:
        max_line_bytes: Longest line.
        max_event_bytes: Most data of one event; `feed` only.
    """

    __slots__ = (
        "_event",
        "_kept",
        "_kept_bytes",
        "_lines",
        "_max_event",
        "_max_line",
        "_skips_lf",
        "_started",
    )

    def __init__(
        self,
        *,
        max_line_bytes: int = MAX_LINE_BYTES,
        max_event_bytes: int = MAX_EVENT_BYTES,
    ) -> None:
        self._max_line = max_line_bytes
        self._max_event = max_event_bytes
        self._started = False  # the place of a BOM is behind us
        self._skips_lf = False  # the last byte was a CR: an LF now is its second half
        self._kept: list[bytes] = []  # pieces of the line that has not ended yet
        self._kept_bytes = 0
        self._lines: list[bytes] = []  # data lines of the event that has not ended yet
        self._event = _Fields()

    def data_lines(self, chunk: bytes) -> list[bytes]:
        """Return the values of the `data` lines that `chunk` completes.

        For protocols with one line of JSON per event: no object is made per event, and blank
        lines, comments and all other fields are passed over. The same as `feed` for events with
        one `data` line each; an event of several gives several items. `close_lines` gives what
        is left at the end.

        Raises:
            ProtocolError: A line is longer than the limit.
        """
        if (
            chunk[-1:] == b"\n"
            and self._started
            and not self._kept
            and not self._skips_lf
            and b"\r" not in chunk
            and len(chunk) <= self._max_line
        ):
            return _DATA.findall(chunk)  # a read of whole lines: nothing to keep
        return _DATA.findall(self._whole_lines(chunk))

    def close_lines(self) -> list[bytes]:
        """Return the value of a `data` line that the end of the stream cut off."""
        return _DATA.findall(self._rest())

    def feed(self, chunk: bytes) -> list[SseEvent]:
        """Return the events that `chunk` completes.

        Raises:
            ProtocolError: A line or an event is longer than the limit.
        """
        events: list[SseEvent] = []
        whole = self._whole_lines(chunk)
        for line in whole.split(b"\n")[:-1]:
            self._take(line, events)
        return events

    def close(self) -> list[SseEvent]:
        """Return the event that the end of the stream cut off, if it has data (F7)."""
        events: list[SseEvent] = []
        for line in (self._rest(), b""):
            self._take(line, events)
        return events

    def _whole_lines(self, chunk: bytes) -> bytes:
        """Return the lines that `chunk` completes, each ended by LF; keep what follows them."""
        if not self._started:
            chunk = self._without_bom(chunk)
        if self._skips_lf and chunk:
            chunk = chunk.removeprefix(b"\n")
            self._skips_lf = False
        if b"\r" in chunk:
            self._skips_lf = chunk[-1:] == b"\r"
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        end = chunk.rfind(b"\n") + 1
        if not end:
            self._keep(chunk)
            return b""
        whole = b"".join([*self._kept, chunk[:end]]) if self._kept else chunk[:end]
        if len(whole) > self._max_line:
            self._check(whole)
        self._kept.clear()
        self._kept_bytes = 0
        self._keep(chunk[end:])
        return whole

    def _keep(self, piece: bytes) -> None:
        if piece:
            self._kept.append(piece)
            self._kept_bytes += len(piece)
            if self._kept_bytes > self._max_line:
                raise _too_long("line", self._max_line)

    def _check(self, whole: bytes) -> None:
        if any(len(line) > self._max_line for line in whole.split(b"\n")):
            raise _too_long("line", self._max_line)

    def _without_bom(self, chunk: bytes) -> bytes:
        start = b"".join([*self._kept, chunk])
        self._kept.clear()
        if len(start) < len(_BOM) and _BOM.startswith(start):
            if start:
                self._kept.append(start)  # may still become a BOM
            return b""
        self._started = True
        return start.removeprefix(_BOM)

    def _rest(self) -> bytes:
        rest = b"".join(self._kept)
        self._kept.clear()
        return rest

    def _take(self, line: bytes, events: list[SseEvent]) -> None:
        if line:
            self._field(line)
        elif self._lines:
            events.append(self._event.made(self._lines))
            self._lines = []
            self._event = _Fields()
        else:
            self._event = _Fields()

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._lines.append(value)
            self._event.bytes += len(value) + 1
            if self._event.bytes > self._max_event:
                raise _too_long("event", self._max_event)
        elif name == b"event":
            self._event.name = value
        elif name == b"id" and b"\x00" not in value:
            self._event.id = value
        elif name == b"retry" and value.isdigit():
            self._event.retry_ms = int(value[:18])


class _Fields:
    """What the lines of an event have said so far, but its data."""

    __slots__ = ("bytes", "id", "name", "retry_ms")

    def __init__(self) -> None:
        self.bytes = 0
        self.name = b""
        self.id: bytes | None = None
        self.retry_ms: int | None = None

    def made(self, lines: list[bytes]) -> SseEvent:
        return SseEvent(
            data=b"\n".join(lines).decode("utf-8", "replace"),
            event=self.name.decode("utf-8", "replace"),
            id=None if self.id is None else self.id.decode("utf-8", "replace"),
            retry_ms=self.retry_ms,
        )


def _too_long(what: str, limit: int) -> ProtocolError:
    return ProtocolError(
        f"The server sent an event stream with a {what} of more than {limit:,} bytes.",
        hint="Nothing sane is that long; the connection was closed.",
    )


def read_sse(
    response: Response, *, decoder: SseDecoder | None = None, stall_s: float | None = STALL_S
) -> "SseReads":
    """Return an iterator over a streamed answer: lists of `data` lines, one list per network read.

    Reads without any are passed over: comments keep the connection alive, but not for ever.
    What the end of the stream cuts off comes last, if it is a `data` line.

    Args:
        response: Its body is read.
        decoder: Another one than the default, for other limits.
        stall_s: Longest time without any data, in seconds; None for no limit. Checked when
            something else arrives, so that it may take the read timeout longer.
    """
    return SseReads(response, decoder or SseDecoder(), stall_s)


class SseReads:
    """The iterator of `read_sse`; leaving it early needs no closing, that of the response does."""

    def __init__(self, response: Response, decoder: SseDecoder, stall_s: float | None) -> None:
        self._chunks = aiter(response.chunks())
        self._decoder = decoder
        self._stall_s = math.inf if stall_s is None else stall_s
        self._last = time.monotonic()
        self._is_over = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> list[bytes]:
        """Return the next list, never an empty one.

        Raises:
            ProtocolError: A line is too long.
            ProviderError: Of kind `timeout`: only comments came for `stall_s`; or as `chunks`.
        """
        while not self._is_over:
            try:
                chunk = await anext(self._chunks)
            except StopAsyncIteration:
                self._is_over = True
                lines = self._decoder.close_lines()
            else:
                lines = self._decoder.data_lines(chunk)
            if lines:
                self._last = time.monotonic()
                return lines
            if time.monotonic() - self._last > self._stall_s and not self._is_over:
                raise ProviderError(
                    f"The server sent no event for {self._stall_s:g} s, only signs of life.",
                    kind="timeout",
                    retryable=True,
                )
        raise StopAsyncIteration
