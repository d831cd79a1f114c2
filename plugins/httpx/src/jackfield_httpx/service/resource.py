"""Endpoints written once: `get` of a blocking client returns a thread, of an async one awaits it.

    class Threads(Resource[D]):
        @endpoint
        def get(self, thread_id: str) -> Call[Thread]:
            return self.call("GET", "/v1/threads/{}", thread_id, read=Thread.model_validate)

`client.threads.get("t-1")` is a `Thread`, `await async_client.threads.get("t-1")` is a `Thread`,
and inside another endpoint `yield from self.get("t-1")` is one, too: type checkers and editors
know all three, by the overloads below.
"""

from collections.abc import Callable, Coroutine
from copy import copy
from dataclasses import dataclass
from types import MethodType
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar, Unpack, overload

from jackfield.errors import OptionError
from jackfield_httpx.service.call import Call, CallOptions, call_of
from jackfield_httpx.service.iterators import AsyncItems, SyncItems
from jackfield_httpx.service.reply import Reply
from jackfield_httpx.service.service import Service
from jackfield_httpx.service.steps import ItemPlan, Plan

T = TypeVar("T")
P = ParamSpec("P")
D = TypeVar("D")
"""`Sync` or `Async`: how the endpoints of a resource are driven."""


class Sync:
    """Marks resources whose endpoints block: `Threads[Sync]`."""


class Async:
    """Marks resources whose endpoints are awaited: `Threads[Async]`."""


class Driver(Protocol):
    """Makes functions that do something of functions that make plans."""

    def performing(self, build: Callable[..., Plan[Any]]) -> Callable[..., Any]:
        """Return the function that drives the plan and returns its value."""

    def iterating(self, build: Callable[..., ItemPlan[Any]]) -> Callable[..., Any]:
        """Return the function that returns the items of the plan."""


@dataclass(slots=True, frozen=True)
class Binding:
    """What the resources of one client share.

    Attributes:
        service: Where they send.
        driver: Who drives their plans; None inside of endpoints, where plans are built only.
    """

    service: Service
    driver: Driver | None


class Resource(Generic[D]):
    """A group of endpoints, such as `client.threads`; also the base of whole clients.

    Hold parts in properties, not in attributes, so that they are made anew for each use::

        @property
        def threads(self) -> Threads[D]:
            return Threads(self)

    Args:
        parent: The client, or another resource of it.
    """

    def __init__(self, parent: "Resource[D]") -> None:
        self.binding: Binding = parent.binding

    @property
    def service(self) -> Service:
        """The service that the endpoints belong to."""
        return self.binding.service

    @overload
    def call(
        self, method: str, path: str, *ids: object, **options: Unpack[CallOptions]
    ) -> Call[None]: ...

    @overload
    def call(
        self,
        method: str,
        path: str,
        *ids: object,
        read: Callable[[Any], T],
        **options: Unpack[CallOptions],
    ) -> Call[T]: ...

    @overload
    def call(
        self,
        method: str,
        path: str,
        *ids: object,
        read_reply: Callable[[Reply], T],
        **options: Unpack[CallOptions],
    ) -> Call[T]: ...

    def call(
        self,
        method: str,
        path: str,
        *ids: object,
        read: Callable[[Any], Any] | None = None,
        read_reply: Callable[[Reply], Any] | None = None,
        **options: Unpack[CallOptions],
    ) -> Call[Any]:
        """Return the call of an endpoint; it is sent when it is driven.

        Args:
            method: In upper case.
            path: Appended to the base URL, with `{}` for each id.
            ids: Percent-encoded into the path.
            read: Makes the value of the JSON that was answered. Whatever `ValueError`,
                `TypeError`, `LookupError` or `AttributeError` it raises becomes an error of the
                service. Without a reader the body is passed over and the value is None.
            read_reply: Makes the value of the whole `Reply` instead.
            options: See `CallOptions`.

        Raises:
            OptionError: An id or the body cannot be sent; or what `Service.refused` makes of it.
        """
        reader = read_reply or _nothing
        if read is not None:
            service, read_json = self.service, read

            def reader(reply: Reply) -> Any:
                return read_json(service.read_json(reply))

        try:
            return call_of(self.service, (method, path, ids), reader, options)
        except OptionError as exc:
            error = self.service.refused(exc)
            if error is exc:
                raise
            raise error from exc

    def plans(self) -> "Resource[Any]":
        """Return the same resource with endpoints that return plans and do no I/O."""
        twin = copy(self)
        twin.binding = Binding(self.binding.service, None)
        return twin


class endpoint(Generic[P, T]):  # noqa: N801 - used as a decorator
    """Makes an endpoint of a method that returns a plan: a `Call`, or a generator of several.

    The method runs when the endpoint is called, so that wrong arguments are refused at once;
    the body of a generator runs when it is driven.

    Args:
        build: The method. Inside it, `self.other(...)` is a plan.
    """

    def __init__(self, build: Callable[Concatenate[Any, P], Plan[T]]) -> None:
        self._build = build
        self.__doc__ = build.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> Callable[Concatenate[Any, P], Plan[T]]: ...

    @overload
    def __get__(self, instance: Resource[Sync], owner: type) -> Callable[P, T]: ...

    @overload
    def __get__(
        self, instance: Resource[Async], owner: type
    ) -> Callable[P, Coroutine[Any, Any, T]]: ...

    @overload
    def __get__(self, instance: Resource[Any], owner: type) -> Callable[P, Plan[T]]: ...

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return self._build
        driver = instance.binding.driver
        if driver is None:
            return MethodType(self._build, instance)
        return driver.performing(MethodType(self._build, instance.plans()))


class items(Generic[P, T]):  # noqa: N801 - used as a decorator
    """Makes an endpoint that gives one value after the other: pages, a stream, snapshots.

    A blocking client returns `SyncItems`, an async one `AsyncItems` (not a coroutine). The
    request is sent when the first value is asked for; leaving early closes the connection.

    Args:
        build: The method; returns an `ItemFlow`, and mostly is a generator function.
    """

    def __init__(self, build: Callable[Concatenate[Any, P], ItemPlan[T]]) -> None:
        self._build = build
        self.__doc__ = build.__doc__

    @overload
    def __get__(
        self, instance: None, owner: type
    ) -> Callable[Concatenate[Any, P], ItemPlan[T]]: ...

    @overload
    def __get__(self, instance: Resource[Sync], owner: type) -> Callable[P, SyncItems[T]]: ...

    @overload
    def __get__(self, instance: Resource[Async], owner: type) -> Callable[P, AsyncItems[T]]: ...

    @overload
    def __get__(self, instance: Resource[Any], owner: type) -> Callable[P, ItemPlan[T]]: ...

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return self._build
        driver = instance.binding.driver
        if driver is None:
            return MethodType(self._build, instance)
        return driver.iterating(MethodType(self._build, instance.plans()))


def _nothing(reply: Reply) -> None:
    del reply
