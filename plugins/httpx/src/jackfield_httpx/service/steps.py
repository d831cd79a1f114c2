"""What a flow may ask of whoever drives it: the only doors through which a client does I/O.

An endpoint, and a flow of several endpoints, is a generator: it yields steps, a driver takes
each one and sends the answer back. The same generator runs under a blocking and under an
asynchronous driver, and under a test that answers the steps by hand.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from jackfield.http import Request
from jackfield_httpx.service.upload import Upload

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Step(Generic[T_co]):
    """One thing that only a driver can do; `answer = yield from step` in a flow."""

    __slots__ = ()

    def __iter__(self) -> "Generator[Step[Any], Any, T_co]":
        answer: T_co = yield self
        return answer


class Item(Generic[T_co]):
    """One value that a flow of items gives its reader: `yield Item(value)`."""

    __slots__ = ("value",)

    def __init__(self, value: T_co) -> None:
        self.value = value


Flow: TypeAlias = Generator[Step[Any], Any, T]
"""What a flow that returns a `T` is annotated with."""

ItemFlow: TypeAlias = Generator[Step[Any] | Item[T], Any, None]
"""What a flow that gives its reader one `T` after the other is annotated with."""


class Plan(Protocol[T_co]):
    """What returns a `T` once it is driven: a `Call`, a `Flow`, a `Step`."""

    def __iter__(self) -> Generator[Step[Any], Any, T_co]: ...


class ItemPlan(Protocol[T_co]):
    """What gives its reader one `T` after the other once it is driven."""

    def __iter__(self) -> Generator[Step[Any] | Item[T_co], Any, None]: ...


class Ready(Generic[T_co]):
    """A plan that has its value already.

    Args:
        value: What it returns.
    """

    __slots__ = ("value",)

    def __init__(self, value: T_co) -> None:
        self.value = value

    def __iter__(self) -> Generator[Step[Any], Any, T_co]:
        yield from ()
        return self.value


@dataclass(slots=True, eq=False)
class Opened:
    """An answer whose head has arrived and whose body is still to be read.

    Attributes:
        status: The status code.
        headers: The header fields, names in lower case.
        handle: The driver's own.
    """

    status: int
    headers: Mapping[str, str]
    handle: Any = field(default=None, repr=False)


@dataclass(slots=True, eq=False)
class Send(Step[Opened]):
    """Send the request once and wait for the head of the answer.

    Whatever the flow leaves open, its driver closes when the flow ends or is left.

    Attributes:
        request: `timeout_s` bounds the exchange, body included; `body` is what is sent unless
            there is an upload.
        upload: A body that is read while it is sent.

    Raises:
        ProviderError: Into the flow: there was no answer.
    """

    request: Request
    upload: Upload | None = None


@dataclass(slots=True, eq=False)
class Read(Step[bytes | None]):
    """Read on: the next bytes of the body, or None at its end.

    Raises:
        ProviderError: Into the flow: the connection broke, or nothing came for too long.
    """

    opened: Opened


@dataclass(slots=True, eq=False)
class Close(Step[None]):
    """Close an answer: the connection goes back to the pool if it was read to its end."""

    opened: Opened


@dataclass(slots=True, eq=False)
class Pause(Step[None]):
    """Wait for that many seconds."""

    seconds: float


@dataclass(slots=True, eq=False)
class Ask(Step[Any]):
    """Call a function of the client's user, which may be a coroutine function.

    A blocking driver raises OptionError into the flow where the function is asynchronous.

    Attributes:
        function: It is called with `arguments`.
        arguments: Positional.
        what: Name of the function in the error: `header functions`.
    """

    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()
    what: str = "functions"


@dataclass(slots=True, eq=False)
class Work(Step[Any]):
    """Call a function that blocks for long, such as on a disk; an async driver uses a thread."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()


@dataclass(slots=True, eq=False)
class Exclusive(Step[Any]):
    """Drive a plan while no other plan with the same key is driven; its value is the answer.

    Attributes:
        key: Any object with an identity of its own, such as the auth.
        plan: What to drive.
    """

    key: object
    plan: Plan[Any]
