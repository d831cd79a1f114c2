"""Running a plain function without blocking the event loop.

Threads are daemons and wait a while for further work. A function that never returns keeps its
thread, but neither a place in a pool nor the end of the program.
"""

import asyncio
import contextlib
import contextvars
import os
import queue
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

_IDLE_S = 10.0

_idle: deque["_Worker"] = deque()


class _Worker(threading.Thread):
    """A thread that calls one function after another, and ends when there are no more."""

    def __init__(self) -> None:
        super().__init__(name="jackfield worker", daemon=True)
        self.work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def run(self) -> None:
        while True:
            try:
                call = self.work.get(timeout=_IDLE_S)
            except queue.Empty:
                with contextlib.suppress(ValueError):
                    _idle.remove(self)
                    return
                continue  # somebody has just taken us: the work is on its way
            call()
            del call
            _idle.append(self)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_idle.clear)  # the threads stay with the parent


async def in_thread(function: Callable[..., Any], *args: Any) -> Any:
    """Call `function(*args)` in a thread, with the caller's context variables.

    When the caller is cancelled, the thread goes on and its outcome is dropped.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[tuple[Any, BaseException | None]] = loop.create_future()
    context = contextvars.copy_context()

    def call() -> None:
        try:
            outcome: tuple[Any, BaseException | None] = (context.run(function, *args), None)
        except BaseException as error:  # noqa: BLE001 - raised again where it is awaited
            outcome = (None, error)
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_settle, done, outcome)

    _free_worker().work.put(call)
    value, error = await done
    if error is not None:
        raise error
    return value


def _free_worker() -> _Worker:
    with contextlib.suppress(IndexError):
        return _idle.pop()
    worker = _Worker()
    worker.start()
    return worker


def _settle(done: asyncio.Future[Any], outcome: Any) -> None:
    if not done.done():
        done.set_result(outcome)
