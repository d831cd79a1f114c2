"""A bound on a whole answer: the service may go on writing for ever."""

import asyncio
import math
from collections.abc import AsyncGenerator, AsyncIterator
from typing import TypeVar

from jackfield.errors import ProviderError

T = TypeVar("T")


async def until(
    items: AsyncIterator[T], total_s: float | None, *, provider: str
) -> AsyncGenerator[T, None]:
    """Give the items that come within some seconds of the first question for one.

    Args:
        items: Where they come from.
        total_s: Seconds for all of them; None for no bound.
        provider: Our name, for the error.

    Raises:
        ProviderError: The time is over; its kind is `timeout`.
    """
    total_s = math.inf if total_s is None else total_s
    now = asyncio.get_running_loop().time()
    ends = now + total_s if math.isfinite(total_s) else None
    while True:
        try:
            async with asyncio.timeout_at(ends) as bound:
                item = await anext(items)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            if not bound.expired():
                raise
            raise ProviderError(
                f"{provider}: the answer is not complete after {total_s:g} s (`timeouts.total_s`).",
                kind="timeout",
                provider=provider,
                retryable=True,
            ) from error
        yield item
