"""One response of the transport `httpx`: its body as it arrives, bounded in time and size."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from types import AsyncGeneratorType
from typing import Any

from jackfield.errors import ProtocolError, ProviderError, StateError
from jackfield.http import Timeouts
from jackfield_httpx.decoding import Inflater
from jackfield_httpx.failures import network_error, timed_out
from jackfield_httpx.lingering import Lingering
from jackfield_httpx.ports import AnyAnswer
from jackfield_httpx.transfer_errors import TransferError

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
        answer: What was received.
        bounds: Of time and size.
        lingering: Keeps the task that `linger` starts while it runs.

    Attributes:
        status: The status code.
        headers: Names in lower case; repeated ones joined with a comma.
    """

    def __init__(
        self,
        answer: AnyAnswer,
        bounds: Bounds,
        lingering: Lingering,
    ) -> None:
        self.status = answer.status
        self.headers = answer.headers
        self._answer = answer
        self._bounds = bounds
        self._reading: AsyncGeneratorType[bytes, None] | None = None
        self._lingering = lingering
        self._is_closed = False
        self._is_lingering = False

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
        if self._reading is None or self._answer.is_over or self._is_closed or self._is_lingering:
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
        await self._answer.aclose()

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
        receive = self._answer.next if self._bounds.deadline is None else self._in_time
        try:
            while part := await receive():
                yield part
        except TransferError as error:
            raise network_error(
                error, where=self._bounds.where, timeouts=self._bounds.timeouts
            ) from error

    async def _inflated(self, encoding: str) -> AsyncGenerator[bytes, None]:
        inflater = Inflater(encoding, max_bytes=self._bounds.max_decoded_bytes)
        async with aclosing(self._raw()) as parts:
            async for part in parts:
                for piece in inflater.feed(part):
                    yield piece
        inflater.close()

    async def _in_time(self) -> bytes:
        try:
            async with asyncio.timeout_at(self._bounds.deadline):
                return await self._answer.next()
        except TimeoutError:
            raise timed_out(
                f"{self._bounds.where} had not sent its whole answer when the time of the call "
                "was over."
            ) from None
