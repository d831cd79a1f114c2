"""Calling the async core from plain code: one background event loop for the process.

It runs in a daemon thread that starts with the first use, so it works inside a running event
loop (a notebook) as well. Ctrl-C in the waiting thread cancels the work and waits for its
clean-up.
"""

import asyncio
import atexit
import concurrent.futures
import contextvars
import os
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextlib import aclosing
from typing import Any, Generic, TypeVar

from jackfield.errors import StateError

T = TypeVar("T")

_EXIT_S = 5.0
_POLL_S = 0.2 if os.name == "nt" else None  # a wait without end ignores Ctrl-C on Windows


class BackgroundLoop:
    """An event loop in a daemon thread, started when it is first asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def running(self) -> asyncio.AbstractEventLoop:
        """Return the loop; it runs.

        Raises:
            StateError: The caller is the loop itself, which would wait for ever.
        """
        if self._thread is threading.current_thread():
            raise StateError(
                "A *_sync call was made from async code on the background loop; "
                "it would wait for itself.",
                hint="Use the async form with await.",
            )
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=_serve, args=(self._loop,), name="jackfield sync", daemon=True
                )
                self._thread.start()
            return self._loop

    def close(self) -> None:
        """Cancel what still runs, stop the thread and close the loop."""
        with self._lock:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is None or thread is None:
            return
        stopping = asyncio.run_coroutine_threadsafe(_cancel_all(), loop)
        concurrent.futures.wait([stopping], _EXIT_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_EXIT_S)
        if not thread.is_alive():
            loop.close()

    def forget(self) -> None:
        """Start anew in a forked child, which has not inherited the thread."""
        self.__init__()  # type: ignore[misc]  # a fresh lock as well: the old one may be held


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    while True:
        try:
            loop.run_forever()
        except (KeyboardInterrupt, SystemExit):  # raised by a tool: its caller gets it as well
            continue
        return


async def _cancel_all() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=_EXIT_S)
    await asyncio.get_running_loop().shutdown_asyncgens()


background = BackgroundLoop()
atexit.register(background.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=background.forget)


class _Work(Generic[T]):
    """A coroutine on the background loop, with the context variables of the caller."""

    def __init__(self, work: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._make = work
        self._done: concurrent.futures.Future[T] = concurrent.futures.Future()
        self._task: asyncio.Task[T] | None = None
        self.loop = background.running()
        self.loop.call_soon_threadsafe(self._start, context=contextvars.copy_context())

    def _start(self) -> None:
        self._task = self.loop.create_task(self._make())
        self._task.add_done_callback(self._finish)

    def _finish(self, task: asyncio.Task[T]) -> None:
        if task.cancelled():
            self._done.set_exception(asyncio.CancelledError())
        elif (error := task.exception()) is not None:
            self._done.set_exception(error)
        else:
            self._done.set_result(task.result())

    def cancel(self) -> None:
        self.loop.call_soon_threadsafe(lambda: self._task and self._task.cancel())

    def wait(self) -> None:
        """Wait for the end; Ctrl-C cancels, waits for the clean-up and goes through."""
        try:
            self._wait()
        except KeyboardInterrupt:
            self.cancel()
            self._wait()
            raise

    def _wait(self) -> None:
        while not concurrent.futures.wait([self._done], _POLL_S).done:
            continue

    def result(self) -> T:
        self.wait()
        return self._done.result()


def run_sync(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine on the background loop and return its result.

    Raises:
        StateError: Called from the background loop itself.
    """
    return _Work(work).result()


class _Handover(Generic[T]):
    """Passes items from the background loop to a waiting thread, at most `limit` ahead."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._items: deque[T] = deque()
        self._news = threading.Condition()
        self._room: asyncio.Future[None] | None = None
        self._ended = False

    async def fill(self, items: AsyncGenerator[T, None]) -> None:
        """Read all items; on the loop."""
        try:
            async with aclosing(items):
                async for item in items:
                    if (room := self._put(item)) is not None:
                        await room
        finally:
            with self._news:
                self._ended = True
                self._news.notify()

    def _put(self, item: T) -> asyncio.Future[None] | None:
        with self._news:
            self._items.append(item)
            self._news.notify()
            if len(self._items) < self._limit:
                return None
            self._room = asyncio.get_running_loop().create_future()
            return self._room

    def take(self) -> list[T]:
        """Return what is there, at least one item, or nothing at the end; in the thread."""
        with self._news:
            room = self._room
            if room is not None and not self._items:
                self._room = None
                room.get_loop().call_soon_threadsafe(_release, room)
            while not self._items and not self._ended:
                self._news.wait(_POLL_S)
            items = list(self._items)
            self._items.clear()
            return items


def _release(room: asyncio.Future[None]) -> None:
    if not room.done():
        room.set_result(None)


def iterate_sync(
    items: Callable[[], AsyncGenerator[T, None]], *, ahead: int = 1
) -> Generator[T, None, None]:
    """Iterate an async generator that runs on the background loop.

    Leaving early, and Ctrl-C, cancel it and wait for its clean-up.

    Args:
        items: Makes the generator.
        ahead: How many items it may be ahead; with 1 it goes on only when the next is wanted.
    """
    handover: _Handover[T] = _Handover(ahead)
    work = _Work(lambda: handover.fill(items()))
    try:
        while batch := handover.take():
            yield from batch
    except BaseException:
        work.cancel()
        work.wait()
        raise
    work.result()
