"""Drives plans on the running event loop, over any transport."""

import asyncio
import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from jackfield.contracts import Transport
from jackfield.errors import StateError
from jackfield.http import Response
from jackfield_httpx.retry import Clock
from jackfield_httpx.service.iterators import AsyncItems
from jackfield_httpx.service.steps import (
    Ask,
    Close,
    Exclusive,
    Item,
    ItemPlan,
    Opened,
    Pause,
    Plan,
    Read,
    Send,
    Step,
    Work,
)
from jackfield_httpx.service.upload import Upload
from jackfield_httpx.settings import HttpxSettings
from jackfield_httpx.transport import HttpxTransport

T = TypeVar("T")


@dataclass(slots=True, frozen=True)
class _End:
    """A plan came to its end with this value."""

    value: Any


class AsyncDriver:
    """Drives plans on the running event loop.

    Args:
        transport: Sends the requests and stays open when the driver is closed; None for a
            transport `httpx` of its own, made when it is first needed. Its retries are not
            used: the service has its own.
        settings: Of the own transport.
        clock: Time and chance.
        reopens: Whether a request after `aclose` opens the driver again.
    """

    def __init__(
        self,
        transport: Transport | None = None,
        *,
        settings: HttpxSettings | None = None,
        clock: Clock | None = None,
        reopens: bool = False,
    ) -> None:
        self._given = transport
        self._own: HttpxTransport | None = None
        self._settings = settings
        self._clock = clock or Clock()
        self._reopens = reopens
        self._is_closed = False
        self._locks: WeakKeyDictionary[Any, WeakKeyDictionary[Any, asyncio.Lock]] = (
            WeakKeyDictionary()
        )

    @property
    def is_closed(self) -> bool:
        """Whether `aclose` was called, and no request since if the driver reopens."""
        return self._is_closed

    async def perform(self, plan: Plan[T]) -> T:
        """Drive the plan and return its value.

        Raises:
            StateError: The driver is closed.
            Exception: Whatever the plan raises.
        """
        self._check_open()
        opened: set[_Open] = set()
        try:
            end = await self._next(plan.__iter__(), opened)
        finally:
            await _close(opened)
        if isinstance(end, Item):
            raise TypeError("A plan with items is read with `iterate`, not with `perform`.")
        value: T = end.value
        return value

    def iterate(self, plan: ItemPlan[T]) -> AsyncItems[T]:
        """Return the items of the plan; it is driven as they are asked for.

        Raises:
            StateError: The driver is closed.
        """
        self._check_open()
        return AsyncItems(self._items(plan))

    async def aclose(self) -> None:
        """Close all connections; idempotent."""
        self._is_closed = True
        own, self._own = self._own, None
        if own is not None:
            await own.aclose()

    def performing(self, build: Callable[..., Plan[Any]]) -> Callable[..., Any]:
        """Return the function whose coroutine drives the plan and returns its value."""

        @wraps(build)
        def performed(*args: Any, **kwargs: Any) -> Any:
            return self.perform(build(*args, **kwargs))

        return performed

    def iterating(self, build: Callable[..., ItemPlan[Any]]) -> Callable[..., Any]:
        """Return the function that returns the items of the plan."""

        @wraps(build)
        def iterated(*args: Any, **kwargs: Any) -> Any:
            return self.iterate(build(*args, **kwargs))

        return iterated

    async def _items(self, plan: ItemPlan[T]) -> AsyncGenerator[T, None]:
        opened: set[_Open] = set()
        flow = plan.__iter__()
        try:
            while isinstance(found := await self._next(flow, opened), Item):
                yield found.value
        finally:
            flow.close()
            await _close(opened)

    async def _next(self, flow: Generator[Any, Any, Any], opened: "set[_Open]") -> Item[Any] | _End:
        """Take the steps of the flow up to its next item, or its end."""
        try:
            step = next(flow)
            while not isinstance(step, Item):
                try:
                    answer = await self._take(step, opened)
                except BaseException as exc:  # noqa: BLE001 - the flow decides
                    step = flow.throw(exc)
                else:
                    step = flow.send(answer)
        except StopIteration as end:
            return _End(end.value)
        return step

    async def _take(self, step: Step[Any], opened: "set[_Open]") -> Any:
        match step:
            case Send():
                return await self._send(step, opened)
            case Read():
                return await anext(step.opened.handle.chunks, None)
            case Close():
                opened.discard(step.opened.handle)
                return await step.opened.handle.aclose()
            case Pause():
                return await self._clock.sleep(step.seconds)
            case Ask():
                answer = step.function(*step.arguments)
                return await answer if inspect.isawaitable(answer) else answer
            case Work():
                return await asyncio.to_thread(step.function, *step.arguments)
            case Exclusive():
                async with self._lock_of(step.key):
                    return await self.perform(step.plan)
        raise TypeError(f"{type(step).__name__} is no step that a driver knows.")

    async def _send(self, step: Send, opened: "set[_Open]") -> Opened:
        self._check_open()
        request, upload = step.request, step.upload
        if upload is not None:
            request = replace(request, body_stream=lambda: _streamed(upload))
        context = self._transport().stream(request)
        response = await context.__aenter__()
        handle = _Open(context, response)
        opened.add(handle)
        return Opened(response.status, response.headers, handle)

    def _transport(self) -> Transport:
        if self._given is not None:
            return self._given
        if self._own is None:
            self._own = HttpxTransport(self._settings, clock=self._clock)
        return self._own

    def _lock_of(self, key: object) -> asyncio.Lock:
        # A lock belongs to one event loop, a client may serve several (one `asyncio.run` each).
        locks = self._locks.setdefault(asyncio.get_running_loop(), WeakKeyDictionary())
        return locks.setdefault(key, asyncio.Lock())

    def _check_open(self) -> None:
        if self._is_closed and not self._reopens:
            raise StateError("The client is closed.", hint="Make a new one.")
        self._is_closed = False


class _Open:
    """A response and the context that closes it."""

    def __init__(self, context: AbstractAsyncContextManager[Response], response: Response) -> None:
        self.chunks = response.chunks()
        self._context = context

    async def aclose(self) -> None:
        await self._context.__aexit__(None, None, None)


async def _close(opened: set[_Open]) -> None:
    while opened:
        await opened.pop().aclose()


async def _streamed(upload: Upload) -> AsyncIterator[bytes]:
    pieces = upload.pieces()
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        yield piece
