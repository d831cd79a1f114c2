"""Which endpoint a request is for."""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

from jackfield.testing import ReceivedRequest
from jackfield_lumnis.testing.asked import Asked, asked_of, missing


class Routes:
    """Which function answers which endpoint: `@routes("GET /v1/threads/{}")`.

    Attributes:
        known: Method, pieces of the path and function of each.
    """

    def __init__(self) -> None:
        self.known: list[tuple[str, tuple[str, ...], Callable[..., Any]]] = []

    def __call__(self, endpoint: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a function of the state and the request."""

        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            method, _, path = endpoint.partition(" ")
            self.known.append((method, tuple(path.strip("/").split("/")), function))
            return function

        return register

    def include(self, other: "Routes") -> None:
        """Take over the routes of another table; words beat `{}` where both fit."""
        self.known += other.known
        self.known.sort(key=lambda route: route[1].count("{}"))

    def find(self, request: ReceivedRequest) -> tuple[Callable[..., Any], Asked]:
        """Return who answers the request, and the request as it is read.

        Raises:
            Refused: There is no such endpoint.
        """
        pieces = _pieces(request.path)
        for method, template, function in self.known:
            if method == request.method and (ids := _ids(template, pieces)) is not None:
                return function, asked_of(request, ids)
        raise missing("endpoint", f"{request.method} {request.path}")


def matches(endpoint: str, request: ReceivedRequest) -> bool:
    """Tell whether a request is one for this endpoint: `GET /v1/responses/{}`, or any `GET *`."""
    method, _, path = endpoint.partition(" ")
    if method not in ("*", request.method):
        return False
    return path == "*" or _ids(tuple(path.strip("/").split("/")), _pieces(request.path)) is not None


def _pieces(path: str) -> tuple[str, ...]:
    """Return the path's pieces, decoded; what a proxy puts before `/v1` is left out."""
    raw = urlsplit(path).path
    raw = raw[raw.index("/v1/") :] if "/v1/" in raw else raw
    return tuple(unquote(piece) for piece in raw.strip("/").split("/"))


def _ids(template: tuple[str, ...], pieces: tuple[str, ...]) -> tuple[str, ...] | None:
    if len(template) != len(pieces):
        return None
    pairs = list(zip(template, pieces, strict=True))
    if any(wanted not in ("{}", piece) or not piece for wanted, piece in pairs):
        return None
    return tuple(piece for wanted, piece in pairs if wanted == "{}")
