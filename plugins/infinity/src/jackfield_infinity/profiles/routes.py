"""Choosing among requests: the one of a profile, or whichever works.

Source: spec/infinity.md, 2.1.
"""

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from jackfield_httpx.service import Flow, Plan
from jackfield_infinity.exceptions import InfinityAssistantError
from jackfield_infinity.failures import RouteMissedError

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(slots=True, frozen=True)
class Way(Generic[T_co]):
    """One request of several that ask for the same.

    Attributes:
        place: Method and path, for messages.
        plan: Makes the request when its turn comes.
    """

    place: str
    plan: Callable[[], Plan[T_co]]


def first_that_answers(
    operation: str, ways: Mapping[str, Way[T]], known: MutableMapping[str, str]
) -> Flow[T]:
    """Return what the first way gives at whose route there is something of the service.

    A way where there is nothing is not tried again by later calls, unless all others fail, too.

    Args:
        operation: What is asked for.
        ways: By the name of their profile, in the order in which they are tried.
        known: For each operation, the way that is tried first; noted here.

    Raises:
        InfinityAssistantError: There is nothing at any of the routes.
    """
    missed: RouteMissedError | None = None
    for name in _order(ways, known.get(operation)):
        if missed is not None:
            known[operation] = name
        try:
            return (yield from ways[name].plan())
        except RouteMissedError as exc:
            missed = exc
    known.pop(operation, None)
    places = " and ".join(way.place for way in ways.values())
    raise InfinityAssistantError(
        f"The service has no route for {operation}; tried {places}.", "ROUTE_NOT_FOUND", 404
    ) from missed


def _order(ways: Iterable[str], first: str | None) -> list[str]:
    return sorted(ways, key=lambda name: name != first)
