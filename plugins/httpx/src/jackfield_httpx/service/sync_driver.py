"""Drives plans in the calling thread: no event loop, also inside of a running one."""

import inspect
import threading
import weakref
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, TypeVar

from jackfield.errors import OptionError, StateError
from jackfield_httpx.retry import Clock
from jackfield_httpx.service.abort import Abort, current_abort
from jackfield_httpx.service.driving import End, composed, value_of
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


class _Driven:
    """A plan that is being driven: what it has open, and who may end it."""

    __slots__ = ("__weakref__", "abort", "opened")

    def __init__(self, abort: Abort) -> None:
        self.abort = abort
        self.opened: set[BlockingResponse] = set()

    def close(self) -> None:
        """Close what the plan left open."""
        while self.opened:
            self.opened.pop().close()


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
        self._running: weakref.WeakSet[_Driven] = weakref.WeakSet()
        self._lock = threading.Lock()

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called, and no request since if the driver reopens."""
        return self._is_closed

    def perform(self, plan: Plan[T], *, abort: Abort | None = None) -> T:
        """Drive the plan and return its value.

        Args:
            plan: What to drive.
            abort: May end it, from another thread.

        Raises:
            StateError: The driver is closed, or was closed meanwhile.
            Exception: Whatever the plan raises.
        """
        driven = self._begun(abort)
        try:
            value: T = value_of(self._next(plan.__iter__(), driven))
        finally:
            driven.close()
        return value

    def iterate(self, plan: ItemPlan[T], *, abort: Abort | None = None) -> SyncItems[T]:
        """Return the items of the plan; it is driven as they are asked for.

        Args:
            plan: What to drive.
            abort: May end it, from another thread.

        Raises:
            StateError: The driver is closed.
        """
        return SyncItems(self._items(plan, self._begun(abort)))

    def close(self) -> None:
        """Close all connections, also those that other threads wait for; idempotent."""
        self._is_closed = True
        with self._lock:
            running = list(self._running)
        for driven in running:
            driven.abort.set(_closed())
        if self._sender is not None:
            self._sender.close()

    def performing(self, build: Callable[..., Plan[Any]]) -> Callable[..., Any]:
        """Return the function that drives the plan and returns its value."""
        return composed(build, self.perform)

    def iterating(self, build: Callable[..., ItemPlan[Any]]) -> Callable[..., Any]:
        """Return the function that returns the items of the plan."""
        return composed(build, self.iterate)

    def _begun(self, abort: Abort | None) -> _Driven:
        self._check_open()
        driven = _Driven(abort or Abort())
        with self._lock:
            self._running.add(driven)
        return driven

    def _items(self, plan: ItemPlan[T], driven: _Driven) -> Generator[T, None, None]:
        flow = plan.__iter__()
        try:
            while isinstance(found := self._next(flow, driven), Item):
                yield found.value
        finally:
            flow.close()
            driven.close()

    def _next(self, flow: Generator[Any, Any, Any], driven: _Driven) -> Item[Any] | End:
        """Take the steps of the flow up to its next item, or its end."""
        token = current_abort.set(driven.abort)
        try:
            step = next(flow)
            while not isinstance(step, Item):
                try:
                    answer = self._take(step, driven)
                except BaseException as exc:  # noqa: BLE001 - the flow decides
                    step = flow.throw(driven.abort.error or exc)
                else:
                    step = flow.send(answer)
        except StopIteration as end:
            return End(end.value)
        finally:
            current_abort.reset(token)
        return step

    def _take(self, step: Step[Any], driven: _Driven) -> Any:
        driven.abort.check()
        match step:
            case Send():
                return self._send(step, driven)
            case Read():
                return step.opened.handle.read()
            case Close():
                driven.opened.discard(step.opened.handle)
                return step.opened.handle.close()
            case Pause():
                return self._clock.sleep_blocking(step.seconds, driven.abort.is_set)
            case Ask():
                return _asked(step)
            case Work():
                return step.function(*step.arguments)
            case Exclusive():
                with self._lock_of(step.key):
                    return self.perform(step.plan, abort=driven.abort)
        raise TypeError(f"{type(step).__name__} is no step that a driver knows.")

    def _send(self, step: Send, driven: _Driven) -> Opened:
        self._check_open()
        response = self._opened_sender().send(step.request, step.upload)
        driven.opened.add(response)
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
            raise _closed()
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


def _closed() -> StateError:
    return StateError("The client is closed.", hint="Make a new one.")
