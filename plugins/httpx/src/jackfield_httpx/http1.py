"""One connection that speaks HTTP/1.1, for one request at a time."""

import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing

from jackfield.http import Request, Timeouts
from jackfield_httpx.header_fields import closes
from jackfield_httpx.http1_answer import Answer
from jackfield_httpx.http1_request import written_head
from jackfield_httpx.network import AsyncioStream
from jackfield_httpx.targets import Target
from jackfield_httpx.transfer_errors import BadRequestError, WriteError

_SMALL_BYTES = 64 * 1024
"""Head and body of a request go out together, up to this size."""


class Connection:
    """One connection to a server.

    Args:
        where: Scheme, host and port of the server.
        over: Called when an exchange is over, or the connection closed during one.

    Attributes:
        stream: The bytes; None until it is connected.
        served: How many requests it carried to the end.
        idle_since: When the last of them ended, by `time.monotonic`.
    """

    __slots__ = ("_over", "_state", "idle_since", "served", "stream", "where")

    def __init__(self, where: str, over: "Callable[[Connection], None]") -> None:
        self.stream: AsyncioStream | None = None
        self.where = where
        self.served = 0
        self.idle_since = 0.0
        self._over = over
        self._state = "busy"

    def is_idle(self) -> bool:
        """Whether it waits for a request."""
        return self._state == "idle"

    def is_closed(self) -> bool:
        """Whether it has come to its end."""
        return self._state == "closed"

    def is_usable(self) -> bool:
        """Whether the server has neither left nor spoken since its last answer."""
        return self.stream is not None and self.stream.is_silent

    def take(self) -> None:
        """Take it for a request."""
        self._state = "busy"

    def close(self) -> None:
        """Close it at once."""
        self._state = "closed"
        if self.stream is not None:
            self.stream.abort()

    def finish(self, *, is_reusable: bool) -> None:
        """End the exchange; without effect if there is none."""
        if self._state != "busy":
            return
        if is_reusable:
            self.served += 1
            self.idle_since = time.monotonic()
            self._state = "idle"
        else:
            self.close()
        self._over(self)

    async def exchange(self, request: Request, target: Target, timeouts: Timeouts) -> Answer:
        """Send the request and return its answer, once the head of that is there.

        If it fails, the connection is to be closed.

        Raises:
            TransferError: The request cannot be sent, or there is no answer.
        """
        if self.stream is None:
            raise WriteError("The connection is not open.")
        head, length = written_head(request, target)
        answer = Answer(self, self.stream, request.method, timeouts.read_s)
        answer.keeps = not closes(request.headers)
        try:
            if request.body_stream is None:
                body = request.body or b""
                answer.is_sent = await _send(self.stream, head, body, timeouts.write_s)
            else:
                await self.stream.write(head, timeouts.write_s)
                pieces = _framed(request.body_stream(), length)
                answer.is_sent = await _upload(self.stream, answer, pieces, timeouts.write_s)
        except WriteError:
            pass  # the server may have answered before it left
        await answer.receive_head()
        return answer


async def _send(stream: AsyncioStream, head: bytes, body: bytes, write_s: float | None) -> bool:
    """Send the request; wait no longer when the server answers before it has all."""
    if len(body) < _SMALL_BYTES:
        await stream.write(head + body, write_s, until_answer=True)
    else:
        await stream.write(head, write_s)
        await stream.write(body, write_s, until_answer=True)
    return True


async def _upload(
    stream: AsyncioStream,
    answer: Answer,
    pieces: AsyncGenerator[bytes, None],
    write_s: float | None,
) -> bool:
    """Send a body as it is made; return False if the server wants no more of it."""
    async with aclosing(pieces):
        async for piece in pieces:
            await stream.write(piece, write_s, until_answer=not answer.status)
            if not answer.status and stream.has_received:
                answer.feed(stream.take())
                if answer.is_refusal:
                    return False
    return True


async def _framed(pieces: AsyncIterator[bytes], length: int | None) -> AsyncGenerator[bytes, None]:
    """Yield the pieces of a body as they are sent: as chunks, or as many bytes as announced."""
    sent = 0
    try:
        async for piece in pieces:
            sent += len(piece)
            if length is not None and sent > length:
                raise BadRequestError("The body is longer than its content-length.")
            if piece:
                yield piece if length is not None else b"%x\r\n%b\r\n" % (len(piece), piece)
    finally:
        if isinstance(pieces, AsyncGenerator):
            await pieces.aclose()
    if length is None:
        yield b"0\r\n\r\n"
    elif sent < length:
        raise BadRequestError("The body is shorter than its content-length.")
