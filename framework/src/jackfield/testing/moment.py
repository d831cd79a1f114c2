"""An event that tests wait for instead of sleeping, across threads and event loops."""

import asyncio
import threading


class Moment:
    """Something that happens once; like `asyncio.Event`, but set and awaited from anywhere."""

    def __init__(self) -> None:
        self._happened = threading.Event()
        self._lock = threading.Lock()
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    def is_set(self) -> bool:
        """Tell whether it has happened."""
        return self._happened.is_set()

    def set(self) -> None:
        """Let it happen; callable from any thread, more than once."""
        with self._lock:
            self._happened.set()
            waiting, self._waiting = self._waiting, []
        for loop, event in waiting:
            if not loop.is_closed():
                loop.call_soon_threadsafe(event.set)

    async def wait(self) -> None:
        """Wait until it has happened."""
        event = asyncio.Event()
        entry = (asyncio.get_running_loop(), event)
        with self._lock:
            if self._happened.is_set():
                return
            self._waiting.append(entry)
        try:
            await event.wait()
        finally:
            with self._lock:
                if entry in self._waiting:
                    self._waiting.remove(entry)

    def wait_blocking(self, timeout_s: float = 10.0) -> bool:
        """Block the thread until it has happened; False when `timeout_s` seconds passed."""
        return self._happened.wait(timeout_s)
