"""The transport `replay`: answers from a cassette, without opening a socket."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Self

from jackfield.errors import ProviderError, StateError
from jackfield.http import Request, Response
from jackfield_httpx.cassette import COMPLETE, Exchange, read_cassette
from jackfield_httpx.matching import as_recorded, differences, nearest
from jackfield_httpx.retry import Clock, RetryPolicy
from jackfield_httpx.scrubbing import Scrubber
from jackfield_httpx.settings import ReplaySettings


class ReplayTransport:
    """Answers each request with the first recorded exchange of the same request not yet used.

    The cassette is read with the first request.

    Args:
        settings: The file, and how to use it.
        clock: Waits between the pieces, if `timing` is on.

    Attributes:
        policy: The ordinary retry policy, so that a recorded refusal is tried again as it was.
        clock: For the waits between attempts: there are none unless `timing` is on.
    """

    def __init__(self, settings: ReplaySettings, *, clock: Clock | None = None) -> None:
        self.policy = RetryPolicy()
        self.clock = clock or (Clock() if settings.timing else _NoWaits())
        self._settings = settings
        self._scrubber = Scrubber()
        self._exchanges: list[Exchange] | None = None
        self._used: Counter[int] = Counter()

    def stream(self, request: Request) -> AbstractAsyncContextManager[Response]:
        """Answer the request when the context is entered.

        Raises:
            ProviderError: What was recorded as a failure; or, of kind `replay`, that no such
                request was recorded: the message shows the nearest one.
            ConfigError: The cassette is missing or damaged.
        """
        return _Replaying(self, request)

    async def aclose(self) -> None:
        """Do nothing."""

    def answer(self, request: Request) -> "ReplayedResponse":
        """Return the recorded answer; raises as `stream` says."""
        if self._exchanges is None:
            self._exchanges = read_cassette(self._settings.path)
        index = self._find(request, self._exchanges)
        self._used[index] += 1
        exchange = self._exchanges[index]
        if exchange.status is None:
            raise _again(exchange.failure)
        return ReplayedResponse(exchange, self._pieces(exchange, index), self.clock)

    def _find(self, request: Request, exchanges: list[Exchange]) -> int:
        asked = as_recorded(request, self._scrubber)
        same = [
            index
            for index, exchange in enumerate(exchanges)
            if not differences(asked, exchange, self._settings)
        ]
        for index in same:
            if not self._used[index]:
                return index
        if same and self._settings.repeat:
            return same[-1]
        raise self._unmatched(asked, exchanges, len(same))

    def _unmatched(self, asked: Exchange, exchanges: list[Exchange], same: int) -> ProviderError:
        told = f"{self._settings.path} has no answer to {asked.method} {asked.url}"
        if same:
            return ProviderError(
                f"{told}: what was recorded ({same} x) was replayed already.",
                kind="replay",
                hint="Record it anew, or set `repeat = true` for the transport.",
            )
        found = nearest(asked, exchanges, self._settings)
        if found is None:
            return ProviderError(f"{told}: the cassette is empty.", kind="replay")
        index, how = found
        return ProviderError(
            f"{told}. The nearest is exchange {index + 1} of {len(exchanges)}, which differs in: "
            f"{'; '.join(how)}.",
            kind="replay",
            details={"nearest": index + 1, "differences": how},
            hint="Record it anew, or compare less with `match`.",
        )

    def _pieces(self, exchange: Exchange, index: int) -> list[tuple[float, bytes]]:
        seed = self._settings.resplit_seed
        if seed is None:
            return exchange.chunks
        chance = random.Random(f"{seed}/{index}/{self._used[index]}")  # noqa: S311 - cuts only
        return _recut(exchange.chunks, chance)


class ReplayedResponse:
    """A recorded response; implements `jackfield.http.Response`.

    Attributes:
        status: The status code.
        headers: Names in lower case.
    """

    def __init__(self, exchange: Exchange, pieces: list[tuple[float, bytes]], clock: Clock) -> None:
        self.status = exchange.status or 0
        self.headers = exchange.headers
        self._exchange = exchange
        self._pieces = iter(pieces)
        self._clock = clock
        self._at_s = 0.0
        self._is_read = False

    def chunks(self) -> AsyncIterator[bytes]:
        """Return the pieces of the body.

        Raises:
            StateError: It was read already.
        """
        if self._is_read:
            raise StateError("The body of a response can be read once only.")
        self._is_read = True
        return self

    async def read(self) -> bytes:
        """Return the whole body."""
        return b"".join([piece async for piece in self.chunks()])

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        for at_s, piece in self._pieces:
            await self._clock.sleep(max(at_s - self._at_s, 0.0))
            self._at_s = at_s
            return piece
        if self._exchange.failure is not None:
            raise _again(self._exchange.failure)
        if self._exchange.end != COMPLETE:
            raise ProviderError(
                "The recording ends here: whoever recorded it read no further.", kind="replay"
            )
        raise StopAsyncIteration


class _Replaying:
    """The context of one replayed exchange."""

    def __init__(self, owner: ReplayTransport, request: Request) -> None:
        self._owner = owner
        self._request = request

    async def __aenter__(self) -> Response:
        return self._owner.answer(self._request)

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        return None


class _NoWaits(Clock):
    """Time that stands still."""

    async def sleep(self, seconds: float) -> None:  # noqa: ARG002 - the clock's
        """Let the others run, so that a replayed stream can be aborted as a real one."""
        await asyncio.sleep(0)


def _again(failure: ProviderError | None) -> ProviderError:
    """Return a copy of a recorded failure: an exception is raised once."""
    if failure is None:
        return ProviderError("The recording has no answer.", kind="replay")
    return ProviderError(failure.message, kind=failure.kind, retryable=failure.retryable)


def _recut(chunks: list[tuple[float, bytes]], chance: random.Random) -> list[tuple[float, bytes]]:
    """Return the same bytes in other pieces: single bytes, short ones, and several joined."""
    whole = b"".join(data for _, data in chunks)
    last = chunks[-1][0] if chunks else 0.0
    pieces, at = [], 0
    while at < len(whole):
        size = chance.choice((1, 1, 2, 3, 7, 40, 200, 5000))
        pieces.append((last, whole[at : at + size]))
        at += size
    return pieces
