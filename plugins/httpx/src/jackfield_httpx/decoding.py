"""Bodies that were compressed on their way: bytes in, bytes out, bounded."""

import zlib
from collections.abc import Iterator

from jackfield.errors import ProtocolError

PIECE_BYTES = 1024 * 1024
"""Largest piece that comes out at once."""

ACCEPTED = "gzip, deflate"


class Inflater:
    """Undoes `gzip` or `deflate`.

    Args:
        encoding: The value of `content-encoding`, in lower case.
        max_bytes: Most bytes that may come out in all.

    Raises:
        ProtocolError: The encoding is another one, or several.
    """

    def __init__(self, encoding: str, *, max_bytes: int) -> None:
        if encoding not in ("gzip", "x-gzip", "deflate"):
            raise ProtocolError(
                f"The server compressed its answer with {encoding!r}, which was not asked for.",
                hint=f"Only these are understood: {ACCEPTED}.",
            )
        self._is_deflate = encoding == "deflate"
        self._unpack = zlib.decompressobj(15 if self._is_deflate else 31)
        self._begun = False
        self._left = max_bytes
        self._max_bytes = max_bytes

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what `data` expands to, in pieces of at most `PIECE_BYTES`.

        Raises:
            ProtocolError: It is not what it says it is, or expands beyond the limit.
        """
        while data:
            piece = self._step(data)
            self._left -= len(piece)
            if self._left < 0:
                raise ProtocolError(
                    f"A compressed answer became larger than {self._max_bytes:,} bytes.",
                    hint="Set max_decoded_bytes of the transport higher if it is to be trusted.",
                )
            if piece:
                yield piece
            data = self._unpack.unconsumed_tail
            if self._unpack.eof and self._unpack.unused_data:  # a further gzip member
                data = self._unpack.unused_data
                self._unpack = zlib.decompressobj(31)

    def close(self) -> None:
        """Check that nothing is missing.

        Raises:
            ProtocolError: The compressed data ended too early.
        """
        if self._begun and not self._unpack.eof:
            raise ProtocolError("The server's compressed answer was cut off.", retryable=True)

    def _step(self, data: bytes) -> bytes:
        try:
            piece = self._unpack.decompress(data, PIECE_BYTES)
        except zlib.error as error:
            if self._is_deflate and not self._begun:  # some servers leave out the zlib header
                self._begun = True
                self._unpack = zlib.decompressobj(-15)
                return self._step(data)
            raise ProtocolError(f"The server's answer is not well compressed: {error}.") from error
        self._begun = True
        return piece
