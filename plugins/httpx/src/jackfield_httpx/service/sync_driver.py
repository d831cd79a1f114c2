"""Drives plans in the calling thread: no event loop, also inside of a running one."""

import inspect
import threading
import weakref
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from jackfield.errors import OptionError, StateError
from jackfield_httpx.retry import Clock
from jackfield_httpx.service.iterators import SyncItems
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
from jackfield_httpx.settings import HttpxSettings

if TYPE_CHECKING:
    from jackfield_httpx.service.blocking import BlockingResponse, BlockingSender

T = TypeVar("T")


@dataclass(slots=True, frozen=True)
class _End:
    """A plan came to its end with this value."""

    value: Any


class SyncDriver:
    """Drives plans by blocking; may be used by several threads at once.

    Nothing is opened before the first request. Connections that nobody closed are closed when
    the driver is given up.

    Args:
        settings: Those of the transport `httpx`: TLS, proxy, limits, timeouts. Its retries are
            not used: the service has its own.
        clock: Time and chance.
        reopens: Whether a request after `close` opens the driver again.
    """

    def __init__(
        self,
        settings: HttpxSettings | None = None,
        *,
        clock: Clock | None = None,
        reopens: bool = False,
    ) -> None:
        self._clock = clock or Clock()
        self._reopens = reopens
        self._settings = settings
        self._sender: BlockingSender | None = None
        self._is_closed = False
        self._locks: weakref.WeakKeyDictionary[Any, threading.Lock] = weakref.WeakKeyDictionary()
        self._lock = threading.Lock()

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called, and no request since if the driver reopens."""
        return self._is_closed

    def perform(self, plan: Plan[T]) -> T:
        """Drive the plan and return its value.

        Raises:
            StateError: The driver is closed.
            Exception: Whatever the plan raises.
        """
        self._check_open()
        opened: set[BlockingResponse] = set()
        try:
            end = self._next(plan.__iter__(), opened)
        finally:
            _close(opened)
        if isinstance(end, Item):
            raise TypeError("A plan with items is read with `iterate`, not with `perform`.")
        value: T = end.value
        return value

    def iterate(self, plan: ItemPlan[T]) -> SyncItems[T]:
        """Return the items of the plan; it is driven as they are asked for.

        Raises:
            StateError: The driver is closed.
        """
        self._check_open()
        return SyncItems(self._items(plan))

    def close(self) -> None:
        """Close all connections; idempotent."""
        self._is_closed = True
        if self._sender is not None:
            self._sender.close()

    def performing(self, build: Callable[..., Plan[Any]]) -> Callable[..., Any]:
        """Return the function that drives the plan and returns its value."""

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

    def _items(self, plan: ItemPlan[T]) -> Generator[T, None, None]:
        opened: set[BlockingResponse] = set()
        flow = plan.__iter__()
        try:
            while isinstance(found := self._next(flow, opened), Item):
                yield found.value
        finally:
            flow.close()
            _close(opened)

    def _next(
        self, flow: Generator[Any, Any, Any], opened: "set[BlockingResponse]"
    ) -> Item[Any] | _End:
        """Take the steps of the flow up to its next item, or its end."""
        try:
            step = next(flow)
            while not isinstance(step, Item):
                try:
                    answer = self._take(step, opened)
                except BaseException as exc:  # noqa: BLE001 - the flow decides
                    step = flow.throw(exc)
                else:
                    step = flow.send(answer)
        except StopIteration as end:
            return _End(end.value)
        return step

    def _take(self, step: Step[Any], opened: "set[BlockingResponse]") -> Any:
        match step:
            case Send():
                return self._send(step, opened)
            case Read():
                return step.opened.handle.read()
            case Close():
                opened.discard(step.opened.handle)
                return step.opened.handle.close()
            case Pause():
                return self._clock.sleep_blocking(step.seconds)
            case Ask():
                return _asked(step)
            case Work():
                return step.function(*step.arguments)
            case Exclusive():
                with self._lock_of(step.key):
                    return self.perform(step.plan)
        raise TypeError(f"{type(step).__name__} is no step that a driver knows.")

    def _send(self, step: Send, opened: "set[BlockingResponse]") -> Opened:
        self._check_open()
        response = self._opened_sender().send(step.request, step.upload)
        opened.add(response)
        return Opened(response.status, response.headers, response)

    def _opened_sender(self) -> "BlockingSender":
        with self._lock:
            if self._sender is None:
                from jackfield_httpx.service.blocking import BlockingSender  # noqa: PLC0415 - the library costs 70 ms

                self._sender = BlockingSender(self._settings or HttpxSettings())
                weakref.finalize(self, self._sender.close)
            return self._sender

    def _lock_of(self, key: object) -> threading.Lock:
        with self._lock:
            return self._locks.setdefault(key, threading.Lock())

    def _check_open(self) -> None:
        if self._is_closed and not self._reopens:
            raise StateError("The client is closed.", hint="Make a new one.")
        self._is_closed = False


def _asked(step: Ask) -> Any:
    if not inspect.iscoroutinefunction(step.function):
        answer = step.function(*step.arguments)
        if not inspect.isawaitable(answer):
            return answer
        if inspect.iscoroutine(answer):
            answer.close()
    raise OptionError(
        f"This is a blocking client: it cannot use async {step.what}.",
        hint="Give a plain function, or use the async client.",
    )


def _close(opened: "set[BlockingResponse]") -> None:
    while opened:
        opened.pop().close()
