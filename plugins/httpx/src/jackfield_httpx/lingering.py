"""Answers whose last event is read but whose body is not over: their connections come back soon.

A provider says `[DONE]` a moment before its body ends. Who asked has all of the answer then, but
the connection is free only once those few bytes are read. They are read in a task, and the next
request to the same server waits a moment for it: opening a connection takes longer.
"""

import asyncio
from collections.abc import Coroutine

HANDOVER_S = 0.02


class Lingering:
    """The tasks that read the ends of answers, each until its connection is free or closed."""

    def __init__(self) -> None:
        self._tasks: dict[asyncio.Task[None], str] = {}

    def add(self, where: str, end: Coroutine[None, None, None]) -> None:
        """Run the reading of an end.

        Args:
            where: Scheme, host and port of the server.
            end: Reads it; must not raise.
        """
        task = asyncio.get_running_loop().create_task(end)
        self._tasks[task] = where
        task.add_done_callback(self._tasks.pop)

    async def handover(self, where: str) -> None:
        """Wait until a connection to the server comes back, at most `HANDOVER_S` seconds."""
        if not self._tasks:
            return
        ending = [task for task in self._here() if self._tasks[task] == where]
        if ending:
            await asyncio.wait(ending, timeout=HANDOVER_S, return_when=asyncio.FIRST_COMPLETED)

    async def aclose(self) -> None:
        """Stop all reading in the running event loop; the connections are closed."""
        tasks = self._here()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _here(self) -> list[asyncio.Task[None]]:
        running = asyncio.get_running_loop()
        return [task for task in self._tasks if task.get_loop() is running]
