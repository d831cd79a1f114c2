"""Waiting for records in an event loop: no thread, one wake-up a batch.

A loop watches one descriptor for all of its answers, from the first to its own end: an answer
costs no system call for being watched. Source: spec/alchemy.md, 8.4 (W1 to W6).
"""

import asyncio
import contextlib
from collections.abc import Sequence
from itertools import count
from typing import TypeAlias
from weakref import WeakKeyDictionary

from jackfield_alchemy.binding import Handle, Record, binding

_LONGEST_BATCH = 256
"""Records taken at once: more would keep the loop from others, and memory."""

_Waiter: TypeAlias = asyncio.Future[None]

_keys = count()


class RecordQueue:
    """The records of one answer, as they come to the running event loop.

    Args:
        handle: Is read, and closed with the queue.
    """

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._loop = asyncio.get_running_loop()
        self._key = next(_keys)
        self._watch = _watch_of(self._loop)
        self._watch.add(handle, self._key)
        self._hurried = False

    async def get(self) -> Sequence[Record] | None:
        """Return what waits, at least one record; None after the terminal one."""
        if self._hurried:  # the last records were there at once: others have their turn first
            await asyncio.sleep(0)
        drain, waiting, key = self._handle.drain, self._watch.waiting, self._key
        records = drain(_LONGEST_BATCH)
        self._hurried = bool(records)
        while records is not None and not records:
            waiting[key] = waiter = self._loop.create_future()
            try:
                await waiter
            finally:
                del waiting[key]
            # Not before: records that others wait for would be in memory all at the same time.
            records = drain(_LONGEST_BATCH)
        return records

    def close(self) -> None:
        """Close the connection; nobody is woken any more. Idempotent."""
        self._watch.remove(self._handle)
        self._handle.close()


class _Watch:
    """What a loop watches: one descriptor, which tells of all answers.

    Attributes:
        waiting: Who waits for which answer, by its key.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.waiting: dict[int, _Waiter] = {}
        self._wakeup = wakeup = binding().Wakeup()
        loop.add_reader(wakeup.fileno(), self._ready)

    def add(self, handle: Handle, key: int) -> None:
        """Have a handle tell of its records."""
        handle.set_wakeup(self._wakeup, key)

    def remove(self, handle: Handle) -> None:
        """Do nothing: a handle that is closed tells nothing."""

    def _ready(self) -> None:
        for key in self._wakeup.ready():
            _wake(self.waiting, key)


class _ReaderlessWatch:
    """The same for a loop that can watch no descriptors, such as Windows' own.

    Attributes:
        waiting: As before.
    """

    def __init__(self) -> None:
        self.waiting: dict[int, _Waiter] = {}

    def add(self, handle: Handle, key: int) -> None:
        """Have a handle tell of its records, from another thread."""
        loop = asyncio.get_running_loop()

        def tell() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
                loop.call_soon_threadsafe(_wake, self.waiting, key)

        handle.set_waker(tell)

    def remove(self, handle: Handle) -> None:
        """Have it tell nothing any more."""
        handle.set_waker(None)


_watches: WeakKeyDictionary[asyncio.AbstractEventLoop, _Watch | _ReaderlessWatch] = (
    WeakKeyDictionary()
)


def _watch_of(loop: asyncio.AbstractEventLoop) -> _Watch | _ReaderlessWatch:
    found = _watches.get(loop)
    if found is None:
        for other in [other for other in _watches if other.is_closed()]:
            del _watches[other]  # those who wait in vain would keep it for ever
        found = _watches[loop] = _new_watch(loop)
    return found


def _new_watch(loop: asyncio.AbstractEventLoop) -> _Watch | _ReaderlessWatch:
    try:
        return _Watch(loop)
    except (NotImplementedError, OSError):
        return _ReaderlessWatch()


def _wake(waiting: dict[int, _Waiter], key: int) -> None:
    waiter = waiting.get(key)
    if waiter is not None and not waiter.done():
        waiter.set_result(None)
