"""The body of an answer, piece by piece: an event stream, or one JSON object. Sans I/O.

Which of the two it is, is told by its first character: servers are careless with the
content type. Source: spec/openrouter.md, 9 (F10, F12), 14 and 16.
"""

import time
from collections.abc import Callable
from typing import Any

import orjson

from jackfield.errors import ProtocolError, ProviderError
from jackfield_httpx.payloads import PayloadReader
from jackfield_httpx.sse import MAX_EVENT_BYTES, SseDecoder
from jackfield_openai.decode import ChunkDecoder
from jackfield_openai.no_chunk import COMPLAINT

_SPACE = b" \t\r\n\xef\xbb\xbf"


class AnswerBody:
    """Reads one body for one decoder.

    Args:
        decoder: Is fed.
        max_bytes: Longest event, or whole body where it is one JSON object.
        stall_s: Longest time in seconds without any data, while comments keep the stream alive.
    """

    def __init__(
        self,
        decoder: ChunkDecoder,
        *,
        max_bytes: int = MAX_EVENT_BYTES,
        stall_s: float | None = None,
    ) -> None:
        self._decoder = decoder
        self._max_bytes = max_bytes
        self._stall_s = stall_s
        self._last = time.monotonic()
        self._lines = SseDecoder(max_line_bytes=max_bytes, max_event_bytes=max_bytes)
        self._pieces: list[bytes] = []
        self._size = 0
        self._is_json = False
        self._take: Callable[[bytes], None] = self._first

    def feed(self, piece: bytes) -> None:
        """Take what one network read gave.

        Raises:
            ProviderError: What the decoder raises; too large; only comments for too long.
        """
        self._take(piece)

    def close(self) -> None:
        """End the answer: nothing follows, or what follows does not matter.

        Raises:
            ProviderError: The answer is incomplete, empty, or not what it should be.
        """
        if self._is_json:
            self._object()
        elif not self._decoder.is_over and (lines := self._lines.close_lines()):
            self._decoder.feed(lines)
        self._decoder.close()

    def _first(self, piece: bytes) -> None:
        start = piece.lstrip(_SPACE)
        if not start:  # blank lines keep some connections alive before the answer begins
            self._check_stall()
            return
        if start[:1] == b"<":
            raise ProtocolError(
                "The server answered with a web page instead of an answer.",
                hint="Check `base_url`: it mostly ends in /v1.",
            )
        self._is_json = start[:1] in (b"{", b"[")
        self._take = self._collect if self._is_json else self._events
        self._take(start)

    def _events(self, piece: bytes) -> None:
        if lines := self._lines.data_lines(piece):
            self._last = time.monotonic()
            self._decoder.feed(lines)
        else:
            self._check_stall()

    def _check_stall(self) -> None:
        if self._stall_s is not None and time.monotonic() - self._last > self._stall_s:
            raise ProviderError(
                f"The server sent no event for {self._stall_s:g} s, only signs of life.",
                kind="timeout",
                retryable=True,
            )

    def _collect(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size > self._max_bytes:
            raise ProtocolError(f"The server's answer is larger than {self._max_bytes:,} bytes.")

    def _object(self) -> None:
        body = b"".join(self._pieces).strip(_SPACE)
        if body[:1] == b"[":  # one service wraps its errors so
            body = _first_item(body)
        reader = PayloadReader(COMPLAINT)
        found = reader.read(body)
        reader.close()
        if not found:
            raise ProtocolError("The server answered with an empty object.")
        self._decoder.chunk(found)
        if not found.get("choices"):
            raise ProtocolError(f"The server answered without `choices`: {body[:200]!r}")
        self._decoder.is_over = True


def _first_item(body: bytes) -> bytes:
    try:
        items: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body
    return orjson.dumps(items[0]) if items else body
