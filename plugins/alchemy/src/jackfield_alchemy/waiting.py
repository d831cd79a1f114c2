"""Waiting for records in an event loop: no thread, one wake-up a batch.

Source: spec/alchemy.md, 8.4 (W1 to W6).
"""

import asyncio
import contextlib
from collections.abc import Sequence

from jackfield_alchemy.binding import DONE, Handle, Record


class RecordQueue:
    """The records of one answer, as they come to the running event loop.

    Args:
        handle: Is read, and closed with the queue.
    """

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._loop = asyncio.get_running_loop()
        self._waiter: asyncio.Future[Sequence[Record] | None] | None = None
        self._descriptor = -1  # while the loop watches it
        self._has_waker = False

    async def get(self) -> Sequence[Record] | None:
        """Return what waits, at least one record; None after the terminal one."""
        self._waiter = self._loop.create_future()
        if self._descriptor < 0:
            self._watch()
        try:
            return await self._waiter
        finally:
            self._waiter = None

    def close(self) -> None:
        """Close the connection; nothing is watched any more. Idempotent."""
        self._unwatch()
        if self._has_waker:
            self._has_waker = False
            self._handle.set_waker(None)
        self._handle.close()

    def _watch(self) -> None:
        if not self._has_waker:
            try:
                descriptor = self._handle.fileno()
                self._loop.add_reader(descriptor, self._ready)
            except (NotImplementedError, OSError):  # Windows' loop has no readers
                self._has_waker = True
                self._handle.set_waker(self._wake)
            else:
                self._descriptor = descriptor
                return
        # It tells of the first record only: what it told of before may still be there.
        self._loop.call_soon(self._ready)

    def _unwatch(self) -> None:
        if self._descriptor >= 0:
            self._loop.remove_reader(self._descriptor)
            self._descriptor = -1

    def _wake(self) -> None:
        """Come from another thread into the loop's."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
            self._loop.call_soon_threadsafe(self._ready)

    def _ready(self) -> None:
        waiter = self._waiter
        if waiter is None or waiter.done():
            self._unwatch()  # it is busy: the loop must not spin until it comes back
            return
        records = self._handle.drain()
        if records is None or records:
            if records is None or records[-1][0] >= DONE:
                self._unwatch()  # at once: the binding has closed the descriptor
            waiter.set_result(records)
