"""Running a plain function without blocking the event loop.

Each call has a daemon thread of its own: one that never returns can be left behind without
holding a place in a pool or the end of the program.
"""

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import Callable
from typing import Any


async def in_thread(function: Callable[..., Any], *args: Any) -> Any:
    """Call `function(*args)` in a thread, with the caller's context variables.

    When the caller is cancelled, the thread goes on and its outcome is dropped.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[tuple[Any, BaseException | None]] = loop.create_future()
    context = contextvars.copy_context()

    def work() -> None:
        try:
            outcome: tuple[Any, BaseException | None] = (context.run(function, *args), None)
        except BaseException as error:  # noqa: BLE001 - raised again where it is awaited
            outcome = (None, error)
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_settle, done, outcome)

    threading.Thread(target=work, name=f"jackfield {_name(function)}", daemon=True).start()
    value, error = await done
    if error is not None:
        raise error
    return value


def _settle(done: asyncio.Future[Any], outcome: Any) -> None:
    if not done.done():
        done.set_result(outcome)


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", type(function).__name__)
