"""A reply that is made when it is sent: what a held long poll answers."""

import asyncio
from collections.abc import Callable, Iterator

from jackfield.testing import Cut, Hold, Pause, Reply, Reset


class LateReply(Reply):
    """Waits, and only then asks what is to be answered.

    Args:
        make: Makes the reply.
        hold: Whoever releases it lets the reply go.
        within_s: Seconds after which it goes by itself; None for never.
    """

    __slots__ = ("_hold", "_make", "_within_s")

    def __init__(
        self, make: Callable[[], Reply], hold: Hold, *, within_s: float | None = None
    ) -> None:
        super().__init__()
        self._make = make
        self._hold = hold
        self._within_s = within_s

    def writes(self, *, with_body: bool = True) -> Iterator[bytes | Hold | Pause | Cut | Reset]:
        """Return what is written, in order; called in the server's event loop."""
        if self._within_s is not None:
            loop = asyncio.get_running_loop()
            loop.call_later(self._within_s, self._hold.release)
        yield self._hold
        yield from self._make().writes(with_body=with_body)
