"""Ending an answer when the caller says so by a flag, and not by cancelling the read."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any, TypeAlias

from jackfield.answer import Answer
from jackfield.stream import AnswerSource

Signal: TypeAlias = asyncio.Event | Callable[[], bool]
"""Says whether the answer is to be aborted."""

ABORTED_BY_USER = "Request aborted by user"
POLL_S = 0.05
"""How often a function is asked, in seconds; an event needs no asking."""


async def until_aborted(
    source: AnswerSource, answer: Answer, signal: Signal
) -> AsyncGenerator[None, None]:
    """Fill the answer as `source` does, until `signal` says so: the read is cancelled at once."""
    steps = source(answer)
    watch = asyncio.ensure_future(_until_set(signal))
    try:
        while not _is_set(signal) and await _step(steps, watch):
            yield
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)
        await steps.aclose()
    if not answer.finished and _is_set(signal):
        answer.abort()
        answer.message.error_message = ABORTED_BY_USER


async def _step(steps: AsyncGenerator[None, None], watch: "asyncio.Future[None]") -> bool:
    """Read once; return whether there was something. An abort is as good as an end."""
    reading = asyncio.ensure_future(_next(steps))
    both: set[asyncio.Future[Any]] = {reading, watch}
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        if not reading.done():
            reading.cancel()
            await asyncio.wait({reading})
    if reading.cancelled():
        watch.result()  # what a function raised is the stream's failure
        return False
    return reading.result()


async def _next(steps: AsyncGenerator[None, None]) -> bool:
    async for _ in steps:
        return True
    return False


async def _until_set(signal: Signal) -> None:
    if isinstance(signal, asyncio.Event):
        await signal.wait()
        return
    while not signal():  # noqa: ASYNC110 - a function has nothing to wait for
        await asyncio.sleep(POLL_S)


def _is_set(signal: Signal) -> bool:
    return signal.is_set() if isinstance(signal, asyncio.Event) else signal()
