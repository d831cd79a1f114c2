"""A handle of the Rust binding, written in Python: for tests that need none of its network."""

from collections.abc import Callable
from typing import Any

DONE = 10


class ScriptedHandle:
    """Its records are put in by the test; whoever asked to be told is told as by the binding."""

    def __init__(self, *records: Any) -> None:
        self.records: list[Any] = []
        self.drains = 0
        self.waker: Callable[[], object] | None = None
        self.is_over = self.is_closed = False
        if records:
            self.put(*records)

    def put(self, *records: Any) -> None:
        was_empty = not self.records
        self.records += records
        if was_empty and self.waker is not None:
            self.waker()

    def drain(self, most: int = 0) -> list[Any] | None:
        self.drains += 1
        if self.is_over:
            return None
        most = most or len(self.records)
        found, self.records = self.records[:most], self.records[most:]
        if found:
            self.is_over = found[-1][0] >= DONE
        return found

    def set_wakeup(self, wakeup: Any, key: int) -> None:
        self.set_waker(lambda: wakeup.tell(key))

    def set_waker(self, waker: Callable[[], object] | None) -> None:
        self.waker = waker
        if waker is not None and self.records:
            waker()

    def close(self) -> None:
        self.is_closed = True
        self.waker = None
