"""What the two ways of speaking HTTP have in common: our own for HTTP/1.1, and httpcore2's."""

from collections.abc import Sequence
from typing import Protocol

from jackfield.http import Request, Timeouts
from jackfield_httpx.targets import Target


class AnyAnswer(Protocol):
    """An answer whose head is there.

    Attributes:
        status: The status code.
        headers: Names in lower case; repeated ones joined with a comma.
        is_over: Whether all of it was received; some of the body may still wait in `next`.
    """

    status: int
    headers: dict[str, str]
    is_over: bool

    async def next(self) -> bytes:
        """Return more of the body; nothing at the end.

        Raises:
            TransferError: It does not come.
        """

    async def aclose(self) -> None:
        """Give the connection back if all was received, else close it. Idempotent."""


class AnyConnection(Protocol):
    """A connection, as it can be looked at from outside."""

    def is_idle(self) -> bool:
        """Whether it waits for a request."""

    def is_closed(self) -> bool:
        """Whether it has come to its end."""


class AnyPool(Protocol):
    """Connections of one event loop."""

    @property
    def connections(self) -> Sequence[AnyConnection]:
        """All that are open or being opened."""

    async def send(
        self, request: Request, target: Target, timeouts: Timeouts, *, anew: bool = False
    ) -> AnyAnswer:
        """Send a request and return its answer, once the head of that is there.

        Raises:
            TransferError: There is no answer; `is_pooled` tells of what connection.
        """

    async def aclose(self) -> None:
        """Close all connections."""
