"""Drives plans on the running event loop, over any transport."""

import asyncio
import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Generator, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from jackfield.contracts import Transport
from jackfield.errors import ProviderError, StateError
from jackfield.http import Response
from jackfield_httpx.retry import Clock
from jackfield_httpx.service.abort import Abort
from jackfield_httpx.service.driving import End, composed, value_of
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
from jackfield_httpx.service.upload import measured
from jackfield_httpx.settings import HttpxSettings
from jackfield_httpx.transport import HttpxTransport

T = TypeVar("T")


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

    async def perform(self, plan: Plan[T], *, abort: Abort | None = None) -> T:
        """Drive the plan and return its value.

        Args:
            plan: What to drive.
            abort: May end it, from another task or thread.

        Raises:
            StateError: The driver is closed, or was closed meanwhile.
            Exception: Whatever the plan raises.
        """
        self._check_open()
        opened: set[_Open] = set()
        try:
            value: T = value_of(await self._next(plan.__iter__(), opened, abort))
        finally:
            await _close(opened)
        return value

    def iterate(self, plan: ItemPlan[T], *, abort: Abort | None = None) -> AsyncItems[T]:
        """Return the items of the plan; it is driven as they are asked for.

        Args:
            plan: What to drive.
            abort: May end it, from another task or thread.

        Raises:
            StateError: The driver is closed.
        """
        self._check_open()
        return AsyncItems(self._items(plan, abort))

    async def aclose(self) -> None:
        """Close all connections, also those that other tasks wait for; idempotent."""
        self._is_closed = True
        own, self._own = self._own, None
        if own is not None:
            await own.aclose()

    def performing(self, build: Callable[..., Plan[Any]]) -> Callable[..., Any]:
        """Return the function whose coroutine drives the plan and returns its value."""
        return composed(build, self.perform)

    def iterating(self, build: Callable[..., ItemPlan[Any]]) -> Callable[..., Any]:
        """Return the function that returns the items of the plan."""
        return composed(build, self.iterate)

    async def _items(self, plan: ItemPlan[T], abort: Abort | None) -> AsyncGenerator[T, None]:
        opened: set[_Open] = set()
        flow = plan.__iter__()
        try:
            while isinstance(found := await self._next(flow, opened, abort), Item):
                yield found.value
        finally:
            flow.close()
            await _close(opened)

    async def _next(
        self, flow: Generator[Any, Any, Any], opened: "set[_Open]", abort: Abort | None
    ) -> Item[Any] | End:
        """Take the steps of the flow up to its next item, or its end."""
        try:
            step = next(flow)
            while not isinstance(step, Item):
                try:
                    taking = self._take(step, opened, abort)
                    answer = await (taking if abort is None else _unless(abort, taking))
                except BaseException as exc:  # noqa: BLE001 - the flow decides
                    step = flow.throw(self._reason(exc))
                else:
                    step = flow.send(answer)
        except StopIteration as end:
            return End(end.value)
        return step

    def _reason(self, error: BaseException) -> BaseException:
        """Return why a step failed: a lost connection means little once the driver is closed."""
        if isinstance(error, ProviderError) and self._is_closed and not self._reopens:
            return _closed()
        return error

    async def _take(self, step: Step[Any], opened: "set[_Open]", abort: Abort | None) -> Any:
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
                    return await self.perform(step.plan, abort=abort)
        raise TypeError(f"{type(step).__name__} is no step that a driver knows.")

    async def _send(self, step: Send, opened: "set[_Open]") -> Opened:
        self._check_open()
        request, upload = step.request, step.upload
        if upload is not None:
            size = request.headers.get("content-length")
            request = replace(request, body_stream=lambda: _streamed(measured(upload, size)))
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
            raise _closed()
        self._is_closed = False


class _Open:
    """A response and the context that closes it."""

    def __init__(self, context: AbstractAsyncContextManager[Response], response: Response) -> None:
        self.chunks = response.chunks()
        self._context = context

    async def aclose(self) -> None:
        await self._context.__aexit__(None, None, None)


async def _unless(abort: Abort, taking: Coroutine[Any, Any, T]) -> T:
    """Take a step unless the call is ended from outside."""
    loop = asyncio.get_running_loop()
    task = loop.create_task(taking)

    def end() -> None:
        loop.call_soon_threadsafe(task.cancel)

    with abort.calling(end):
        try:
            return await task
        except asyncio.CancelledError:
            if abort.error is None:
                raise
    raise abort.error


def _closed() -> StateError:
    return StateError("The client is closed.", hint="Make a new one.")


async def _close(opened: set[_Open]) -> None:
    while opened:
        await opened.pop().aclose()


async def _streamed(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        yield piece
