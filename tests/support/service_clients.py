"""Clients of a service of either kind, blocking or async, used alike."""

import inspect
import threading
from operator import attrgetter
from typing import Any

from jackfield_httpx.retry import Clock


class FakeClock(Clock):
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    def random(self) -> float:
        return 1.0

    async def sleep(self, seconds: float) -> None:
        self.sleep_blocking(seconds)

    def sleep_blocking(self, seconds: float, woken: threading.Event | None = None) -> None:
        self.slept.append(seconds)
        self.time += seconds


class EitherClient:
    """Uses a client of either kind in the same way.

    Attributes:
        client: The client itself.
    """

    def __init__(self, client: Any) -> None:
        self.client = client

    @property
    def is_async(self) -> bool:
        return hasattr(self.client, "aclose")

    async def call(self, name: str, /, *args: Any, **kwargs: Any) -> Any:
        """Call a method and return what it returns, awaited."""
        return await awaited(attrgetter(name)(self.client)(*args, **kwargs))

    async def read(self, name: str, /, *args: Any, **kwargs: Any) -> list[Any]:
        """Call a method that gives several values, and return them all."""
        found = attrgetter(name)(self.client)(*args, **kwargs)
        if hasattr(found, "__aiter__"):
            return [each async for each in found]
        return list(found)

    def stream(self, name: str, /, *args: Any, **kwargs: Any) -> "EitherItems":
        """Call a method that gives several values, to be read one by one."""
        return EitherItems(attrgetter(name)(self.client)(*args, **kwargs))

    async def close(self) -> None:
        await self.call("close")


class EitherItems:
    """Reads the values of either kind of iterator.

    Attributes:
        items: The iterator itself.
    """

    def __init__(self, items: Any) -> None:
        self.items = items

    async def next(self) -> Any:
        """Return the next value; None after the last."""
        if hasattr(self.items, "__anext__"):
            return await anext(self.items, None)
        return next(self.items, None)

    async def close(self) -> None:
        close = getattr(self.items, "aclose", None) or self.items.close
        await awaited(close())


async def awaited(found: Any) -> Any:
    return await found if inspect.isawaitable(found) else found
