"""The one retry policy: what is sent again, how often, after what wait.

`RetryPolicy` holds the numbers, `Schedule` is one call's use of them, `Attempts` is the loop that
a provider writes. Source: spec/openrouter.md, 13.4; spec/rulings.md.
"""

import asyncio
import logging
import random
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Protocol, Self

from jackfield.errors import ProviderError
from jackfield.events import NoticeEvent
from jackfield.http import Request, Response
from jackfield.record import Record

_log = logging.getLogger(__name__)


class Clock:
    """Time and chance; a test hands in its own and waits for nothing."""

    def now(self) -> float:
        """Return seconds since some moment; never goes back."""
        return time.monotonic()

    def random(self) -> float:
        """Return a number from 0 to 1."""
        return random.random()  # noqa: S311 - spreads retries, protects nothing

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    def sleep_blocking(self, seconds: float, woken: threading.Event) -> None:
        """Wait, in a thread without an event loop, but not on once `woken` is set."""
        woken.wait(seconds)


@dataclass(slots=True, frozen=True, kw_only=True)
class RetryPolicy(Record):
    """How often a call is tried and how long it waits in between.

    Attributes:
        max_retries: Retries; 0 for a single attempt.
        max_delay_s: Longest wait: a server that asks for more ends the call.
        base_s: The first wait is drawn between 0 and this, the second between 0 and twice
            this ...
        cap_s: ... but never beyond this.
        jitter: The share of each wait that is left to chance, from 0 to 1.
    """

    max_retries: int = 2
    max_delay_s: float = 60.0
    base_s: float = 0.5
    cap_s: float = 8.0
    jitter: float = 1.0

    def backoff_s(self, retry: int, chance: float) -> float:
        """Return the wait before retry number `retry`, from 0; `chance` from 0 to 1."""
        longest = min(self.cap_s, self.base_s * 2.0 ** min(retry, 60))
        return longest * (1 - self.jitter + self.jitter * chance)


class Schedule:
    """How often and until when one call may go on.

    Args:
        request: Its `repeatable`, `max_retries`, `max_retry_delay_s`, `timeout_s`, `on_notice`.
        policy: For what the request leaves open.
        clock: Time and chance.
        max_retries: For a request that says 0 because it is for single attempts already; None
            for the request's.

    Attributes:
        retries: How many there were.
    """

    def __init__(
        self,
        request: Request,
        policy: RetryPolicy,
        clock: Clock,
        *,
        max_retries: int | None = None,
    ) -> None:
        self.retries = 0
        self._request = request
        self._policy = policy
        self._clock = clock
        most = request.max_retries if max_retries is None else max_retries
        most = policy.max_retries if most is None else most
        self.max_retries = most if request.repeatable else 0
        delay = request.max_retry_delay_s
        self._max_delay_s = policy.max_delay_s if delay is None else delay
        timeout = request.timeout_s
        self._deadline = None if timeout is None else clock.now() + timeout

    def single(self) -> Request:
        """Return the request for one attempt: no retries, what is left of the time."""
        if self._deadline is None:
            if self._request.max_retries != 0:
                self._request = replace(self._request, max_retries=0)
            return self._request
        left = max(self._deadline - self._clock.now(), 0.0)
        return replace(self._request, max_retries=0, timeout_s=left)

    def wait_s(self, error: ProviderError) -> float | None:
        """Return how long to wait before the next attempt; None for no further attempt."""
        if not error.retryable or self.retries >= self.max_retries:
            return None
        wait = error.retry_after_s
        if wait is None:
            wait = self._policy.backoff_s(self.retries, self._clock.random())
        elif wait > self._max_delay_s:
            return None
        if self._deadline is not None and self._clock.now() + wait >= self._deadline:
            return None
        return wait

    async def pause(self, error: ProviderError, wait_s: float) -> None:
        """Tell about the retry and wait; a cancellation ends the wait at once."""
        self.tell(error, wait_s)
        await self._clock.sleep(wait_s)

    def tell(self, error: ProviderError, wait_s: float) -> None:
        """Count the retry and tell about it; for callers that wait in their own way."""
        self.retries += 1
        _log.info("Retry %d of %d in %.2f s: %s", self.retries, self.max_retries, wait_s, error)
        if self._request.on_notice is not None:
            self._request.on_notice(self._notice(error, wait_s))

    async def again(self, error: ProviderError) -> None:
        """Wait for the next attempt.

        Raises:
            ProviderError: The one given; there is no next attempt.
        """
        wait = self.wait_s(error)
        if wait is None:
            raise error
        await self.pause(error, wait)

    def _notice(self, error: ProviderError, wait_s: float) -> NoticeEvent:
        return NoticeEvent(
            "retry",
            f"Retry {self.retries} of {self.max_retries} in {wait_s:.1f} s: {error.message}",
            {
                "attempt": self.retries,
                "max_retries": self.max_retries,
                "wait_s": wait_s,
                "reason": error.kind,
                "status": error.status,
            },
        )


class Exchange(Protocol):
    """A response that is open; whoever opened it closes it."""

    response: Response

    async def close(self, error: BaseException | None) -> None:
        """Release the connection; `error` is what ended its use, if anything did."""

    def told(self, error: ProviderError) -> ProviderError:
        """Return the error as the caller may see it."""


class Attempts:
    """The attempts of one call, as a loop; made by `Caller.attempts`.

        async for attempt in caller.attempts(request):
            async with attempt as response:
                async for lines in read_sse(response):
                    reader.feed(lines)              # may raise ProviderError
                    if answer.events:
                        attempt.delivered = True    # from here on nothing is repeated
                        yield

    The loop goes round again only if the body raised a `ProviderError` with `retryable`, nothing
    was delivered, the request is repeatable, and retries and time are left: the wait and the
    notice happen in between. Otherwise the error comes out of the loop as it was raised. A body
    that ends without an error ends the loop. Whatever the body built up for an answer it must
    build anew in each round.

    Args:
        open_: Sends a request once and returns the exchange, or raises `ProviderError`.
        schedule: Retries and deadline.
    """

    def __init__(self, open_: Callable[[Request], Awaitable[Exchange]], schedule: Schedule) -> None:
        self._open = open_
        self._schedule = schedule
        self._error: ProviderError | None = None
        self._is_over = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> "Attempt":
        if self._is_over:
            raise StopAsyncIteration
        while True:
            if self._error is not None:
                error, self._error = self._error, None
                await self._schedule.again(error)
            try:
                exchange = await self._open(self._schedule.single())
            except ProviderError as error:
                self._error = error
            else:
                self._is_over = True  # unless the attempt says otherwise
                return Attempt(self, exchange)

    def repeat(self, error: ProviderError) -> bool:
        """Note a failure of the body; return whether there will be another attempt."""
        if self._schedule.wait_s(error) is None:
            return False
        self._error = error
        self._is_over = False
        return True


class Attempt:
    """One response of `Attempts`, open while its context is.

    Attributes:
        delivered: Set it to True once something of the answer has reached the caller.
    """

    def __init__(self, attempts: Attempts, exchange: Exchange) -> None:
        self.delivered = False
        self._attempts = attempts
        self._exchange = exchange

    async def __aenter__(self) -> Any:
        return self._exchange.response

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        await self._exchange.close(exc)
        if not isinstance(exc, ProviderError):
            return False
        told = self._exchange.told(exc)
        if not self.delivered and self._attempts.repeat(told):
            return True
        if told is not exc:
            raise told from exc
        return False
