"""Calling the async core from plain code: one background event loop for the process.

It runs in a daemon thread that starts with the first use, so it works inside a running event
loop (a notebook) as well. Ctrl-C in the waiting thread cancels the work and waits for its
clean-up.
"""

import asyncio
import atexit
import concurrent.futures
import contextlib
import contextvars
import os
import queue
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextlib import aclosing
from typing import Any, Generic, NoReturn, TypeVar

from jackfield.errors import StateError

T = TypeVar("T")

_EXIT_S = 5.0
# A wait without end ignores Ctrl-C on Windows; elsewhere a Ctrl-C that comes just before the wait
# begins, after Python's last look for signals, would be noticed only when the wait is over.
_POLL_S = 0.2


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
    """A coroutine on the background loop, with the context variables of the caller.

    Ctrl-C may hit between any two steps of the waiting thread: whoever has called `start` in a
    `try` calls `cancel` in its handler, and the work is over when that returns. The queue is
    there to wait on because it is written in C: Ctrl-C cannot leave it locked, as it can a
    `threading.Event` or a future.
    """

    def __init__(self, work: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._make = work
        self._outcome: Callable[[], T] | None = None
        self._news: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._task: asyncio.Task[T] | None = None
        self.loop = background.running()

    def start(self) -> None:
        self.loop.call_soon_threadsafe(self._start, context=contextvars.copy_context())

    def wait(self) -> None:
        while self._outcome is None:
            with contextlib.suppress(queue.Empty):
                self._news.get(timeout=_POLL_S)

    def cancel(self) -> None:
        """Cancel the work and wait for its clean-up."""
        with contextlib.suppress(RuntimeError):  # the program ends: the loop is closed
            self.loop.call_soon_threadsafe(self._cancel)
            self.wait()

    def result(self) -> T:
        assert self._outcome is not None  # noqa: S101 - called after `wait`
        return self._outcome()

    def _start(self) -> None:
        self._task = self.loop.create_task(self._make())
        self._task.add_done_callback(self._finish)

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
        else:  # interrupted before it was started
            self._end(_raise_cancelled)

    def _finish(self, task: asyncio.Task[T]) -> None:
        if not task.cancelled():
            task.exception()  # seen: whoever waits gets it
        self._end(task.result)

    def _end(self, outcome: Callable[[], T]) -> None:
        self._outcome = outcome  # before the news: a Ctrl-C may lose those
        self._news.put(None)


def _raise_cancelled() -> NoReturn:
    raise asyncio.CancelledError


def run_sync(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine on the background loop and return its result.

    Ctrl-C cancels it, waits for its clean-up and goes through.

    Raises:
        StateError: Called from the background loop itself.
    """
    running = _Work(work)
    try:
        running.start()
        running.wait()
    except BaseException:
        running.cancel()
        raise
    return running.result()


class _End:
    """Follows the last item."""


class _Handover(Generic[T]):
    """Passes items from the background loop to a waiting thread, at most `limit` ahead.

    How many items may still be made is known to the loop alone; the thread asks for more.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, limit: int) -> None:
        self._loop = loop
        self._limit = limit
        self._items: queue.SimpleQueue[T | _End] = queue.SimpleQueue()
        self._wanted = 0
        self._asked = asyncio.Event()

    async def fill(self, items: AsyncGenerator[T, None]) -> None:
        """Make items as they are asked for; on the loop."""
        try:
            async with aclosing(items):
                await self._asked.wait()
                async for item in items:
                    self._items.put(item)
                    self._wanted -= 1
                    if not self._wanted:
                        self._asked.clear()
                        await self._asked.wait()
        finally:
            self._items.put(_End())

    def take(self) -> T | _End:
        """Return the next item, or the end; in the thread."""
        with contextlib.suppress(queue.Empty):
            return self._items.get_nowait()
        with contextlib.suppress(RuntimeError):  # the program ends: the loop is closed
            self._loop.call_soon_threadsafe(self._ask)
        while True:
            with contextlib.suppress(queue.Empty):
                return self._items.get(timeout=_POLL_S)

    def _ask(self) -> None:
        self._wanted = self._limit
        self._asked.set()


def iterate_sync(
    items: Callable[[], AsyncGenerator[T, None]], *, ahead: int = 1
) -> Generator[T, None, None]:
    """Iterate an async generator that runs on the background loop.

    Leaving early, and Ctrl-C, cancel it and wait for its clean-up.

    Args:
        items: Makes the generator.
        ahead: How many items it may be ahead; with 1 it goes on only when the next is wanted.

    Raises:
        StateError: Called from the background loop itself.
    """
    handover: _Handover[T] = _Handover(background.running(), ahead)
    running = _Work(lambda: handover.fill(items()))
    try:
        running.start()
        while not isinstance(item := handover.take(), _End):
            yield item
        running.wait()
    except BaseException:
        running.cancel()
        raise
    running.result()
