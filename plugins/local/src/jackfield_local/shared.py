"""Tasks that several callers wait for."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from jackfield.errors import StateError

T = TypeVar("T")


class SharedTasks(Generic[T]):
    """Runs one task a key and event loop; it is cancelled when its last waiter leaves."""

    def __init__(self) -> None:
        self._tasks: dict[tuple[object, str], asyncio.Task[T]] = {}
        self._waiters: dict[asyncio.Task[T], int] = {}

    async def run(self, key: str, start: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Await the task of this key; begin it with `start` if there is none.

        Raises:
            StateError: `aclose` cancelled the task.
        """
        place = (asyncio.get_running_loop(), key)
        task = self._tasks.get(place)
        if task is None:
            task = self._tasks[place] = asyncio.create_task(start())
        self._waiters[task] = self._waiters.get(task, 0) + 1
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError as error:
            me = asyncio.current_task()
            if me is None or me.cancelling():
                raise
            raise StateError("The provider was closed while it worked on that.") from error
        finally:
            self._waiters[task] -= 1
            if not self._waiters[task]:
                self._waiters.pop(task)
                self._tasks.pop(place)
                await _ended(task)

    async def aclose(self) -> None:
        """Cancel the tasks of this event loop and wait for their end."""
        loop = asyncio.get_running_loop()
        for (owner, _), task in list(self._tasks.items()):
            if owner is loop:
                await _ended(task)


async def _ended(task: "asyncio.Task[Any]") -> None:
    if not task.done():
        task.cancel()
        await asyncio.wait([task])
