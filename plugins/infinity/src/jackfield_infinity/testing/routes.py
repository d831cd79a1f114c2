"""Which endpoint answers a request."""

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from jackfield.testing import Reply
from jackfield_infinity.testing.asked import Asked, Refused, no_such_route
from jackfield_infinity.testing.state import RouteSet, State

Endpoint: TypeAlias = Callable[[State, Asked], Any]


class Routes:
    """Which function answers what: `@routes("POST /search", "deployed")`.

    Attributes:
        known: By route set and then by method and path.
    """

    def __init__(self) -> None:
        self.known: dict[str, dict[str, Endpoint]] = {"published": {}, "deployed": {}}

    def __call__(self, route: str, *sets: str) -> Callable[[Endpoint], Endpoint]:
        """Register a function of the state and the request, in both route sets unless named."""

        def register(function: Endpoint) -> Endpoint:
            for each in sets or tuple(self.known):
                self.known[each][route] = function
            return function

        return register

    def include(self, others: "Iterable[Routes]") -> None:
        """Take over the routes of other tables."""
        for other in others:
            for name, routes in other.known.items():
                self.known[name] |= routes

    def find(self, asked: Asked, routes: RouteSet) -> Endpoint:
        """Return who answers the request.

        Raises:
            Refused: Nobody does: 404, or 405 where another method would be answered.
        """
        table = self._table(routes)
        if found := table.get(f"{asked.request.method} {asked.path}"):
            return found
        methods = [route.split(" ")[0] for route in table if route.split(" ")[1] == asked.path]
        if methods:
            raise Refused(Reply(status=405, headers={"allow": ", ".join(methods)}))
        raise no_such_route()

    def _table(self, routes: RouteSet) -> dict[str, Endpoint]:
        if routes == "both":
            return self.known["published"] | self.known["deployed"]
        return self.known[routes]
