"""Work off the event loop in threads of our own, which end with the work.

The interpreter waits for them when it exits: a thread inside llama.cpp must not outlive it.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


def start_thread(work: Callable[[], T]) -> "Future[T]":
    """Run `work` in a new thread and return its future, which nobody can cancel."""
    future: Future[T] = Future()
    _start(work, future)
    return future


async def in_thread(work: Callable[[], T]) -> T:
    """Run `work` in a new thread and await its result; the thread has ended then."""
    future: Future[T] = Future()
    thread = _start(work, future)
    await finished(future)
    thread.join()
    return future.result()


async def finished(future: "Future[Any]") -> None:
    """Wait until `future` is done, however it ended."""
    loop, event = asyncio.get_running_loop(), asyncio.Event()

    def tell(_future: "Future[Any]") -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(event.set)

    future.add_done_callback(tell)
    await event.wait()


def _start(work: Callable[[], T], future: "Future[T]") -> threading.Thread:
    future.set_running_or_notify_cancel()
    thread = threading.Thread(target=_run, args=(work, future), name="jackfield-local-work")
    thread.daemon = False
    thread.start()
    return thread


def _run(work: Callable[[], T], future: "Future[T]") -> None:
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001 - goes to whoever awaits the future
        future.set_exception(error)
    else:
        future.set_result(result)
