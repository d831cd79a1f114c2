"""One response of the transport `httpx`: its body as it arrives, bounded in time and size."""

import asyncio
import math
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from types import AsyncGeneratorType
from typing import Any

import httpcore2

from jackfield.errors import ProtocolError, ProviderError, StateError
from jackfield.http import Timeouts
from jackfield_httpx.decoding import Inflater
from jackfield_httpx.failures import FAILURES, network_error, timed_out
from jackfield_httpx.lingering import Lingering

LINGER_S = 1.0
LINGER_BYTES = 64 * 1024


@dataclass(slots=True, frozen=True, kw_only=True)
class Bounds:
    """What a body may not exceed.

    Attributes:
        where: Scheme, host and port, for messages.
        timeouts: Of the request.
        deadline: When the whole call must be over, in the loop's time; None for never.
        max_body_bytes: Most bytes that `read` returns.
        max_decoded_bytes: Most bytes that a compressed body may become.
    """

    where: str
    timeouts: Timeouts
    deadline: float | None
    max_body_bytes: int
    max_decoded_bytes: int


class HttpxResponse:
    """A response whose head has arrived; implements `jackfield.http.Response`.

    Args:
        answer: httpcore2's response.
        bounds: Of time and size.
        lingering: Keeps the task that `linger` starts while it runs.

    Attributes:
        status: The status code.
        headers: Names in lower case; repeated ones joined with a comma.
    """

    def __init__(
        self,
        answer: httpcore2.Response,
        bounds: Bounds,
        lingering: Lingering,
    ) -> None:
        self.status: int = answer.status
        self.headers = header_fields(answer.headers)
        self._bounds = bounds
        stream: Any = answer.stream
        self._stream = stream
        self._parts: AsyncIterator[bytes] = aiter(stream)
        self._network: Any = answer.extensions["network_stream"]
        self._is_shared = answer.extensions.get("http_version") == b"HTTP/2"
        self._reading: AsyncGeneratorType[bytes, None] | None = None
        self._lingering = lingering
        self._at_end = False
        self._is_closed = False
        self._is_lingering = False
        if self._is_shared:
            self._network.users += 1

    def chunks(self) -> AsyncGeneratorType[bytes, None]:
        """Return the body, one item per network read or chunk, decompressed.

        Raises:
            ProviderError: While it is read: the connection broke, a timeout, bad compression.
            StateError: It was read already.
        """
        if self._reading is not None:
            raise StateError("The body of a response can be read once only.")
        encoding = self.headers.get("content-encoding", "").strip().lower()
        plain = encoding in ("", "identity")
        reading: Any = self._raw() if plain else self._inflated(encoding)
        self._reading = reading
        return self._reading

    async def read(self) -> bytes:
        """Return the whole body.

        Raises:
            ProtocolError: It is larger than the transport's limit.
            ProviderError: As `chunks`.
        """
        size, pieces, most = 0, [], self._bounds.max_body_bytes
        async for piece in self.chunks():
            pieces.append(piece)
            size += len(piece)
            if size > most:
                raise ProtocolError(
                    f"The answer of {self._bounds.where} is larger than {most:,} bytes.",
                    status=self.status,
                    hint="Set `max_body_bytes` of the transport higher if that is right.",
                )
        return b"".join(pieces)

    async def linger(self) -> None:
        """Read the few bytes that may be left, so that the connection can be used again.

        For streams whose last event comes before the end of the body. At most 1 s and 64 KiB,
        in a task if they are not there yet. Source: spec/openrouter.md, 11.
        """
        if self._reading is None or self._at_end or self._is_closed or self._is_lingering:
            return
        self._is_lingering = True
        self._lingering.add(self._bounds.where, self._drain(self._reading))
        await asyncio.sleep(0)  # mostly the end is here already, and the task over

    async def aclose(self) -> None:
        """Give the connection back if the body was read to its end, else close it. Idempotent."""
        if not self._is_closed and not self._is_lingering:
            await self._close()

    async def _close(self) -> None:
        self._is_closed = True
        if self._reading is not None and not self._reading.ag_running:
            await self._reading.aclose()
        await _close(self._parts)
        await self._stream.aclose()
        if self._is_shared:
            self._network.users -= 1
            if not self._at_end and not self._network.users:
                # httpcore2 does not reset a single stream: the server would never learn.
                self._network.abort()

    async def _drain(self, reading: AsyncIterator[bytes]) -> None:
        left = LINGER_BYTES
        try:
            async with asyncio.timeout(LINGER_S):
                async for part in reading:
                    left -= len(part)
                    if left < 0:
                        break
        except (ProviderError, TimeoutError):
            pass  # the answer was complete for whoever asked; the connection is closed below
        finally:
            await self._close()

    async def _raw(self) -> AsyncGenerator[bytes, None]:
        parts = (
            self._timed() if self._bounds.deadline is not None or self._is_shared else self._parts
        )
        try:
            async for part in parts:
                yield part
        except FAILURES as error:
            raise network_error(
                error, where=self._bounds.where, timeouts=self._bounds.timeouts
            ) from error
        self._at_end = True

    async def _inflated(self, encoding: str) -> AsyncGenerator[bytes, None]:
        inflater = Inflater(encoding, max_bytes=self._bounds.max_decoded_bytes)
        async with aclosing(self._raw()) as parts:
            async for part in parts:
                for piece in inflater.feed(part):
                    yield piece
        inflater.close()

    async def _timed(self) -> AsyncGenerator[bytes, None]:
        """Yield the body under a deadline; of HTTP/2, whose reads others do, under any timeout."""
        loop = asyncio.get_running_loop()
        idle = self._bounds.timeouts.read_s if self._is_shared else None
        while True:
            until = self._bounds.deadline if self._bounds.deadline is not None else math.inf
            until = min(until, math.inf if idle is None else loop.time() + idle)
            try:
                async with asyncio.timeout_at(None if until == math.inf else until):
                    part = await anext(self._parts, None)
            except TimeoutError:
                if until == self._bounds.deadline:
                    raise timed_out(
                        f"{self._bounds.where} had not sent its whole answer when the time of "
                        "the call was over."
                    ) from None
                raise timed_out(f"{self._bounds.where} sent nothing for {idle:g} s.") from None
            if part is None:
                return
            yield part


async def _close(parts: AsyncIterator[bytes]) -> None:
    if isinstance(parts, AsyncGenerator):
        await parts.aclose()


def header_fields(fields: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return header fields by their names in lower case; repeated ones joined with a comma."""
    found: dict[str, str] = {}
    for raw_name, raw_value in fields:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found
