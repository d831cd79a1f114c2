"""A handle of the Rust binding, written in Python: for tests that need none of its network."""

import os
from collections.abc import Callable
from typing import Any

DONE = 10


class ScriptedHandle:
    """Its records are put in by the test; a pipe tells that some wait."""

    def __init__(self, *records: Any) -> None:
        self._reader, self._writer = os.pipe()
        self.records: list[Any] = []
        self.drains = 0
        self.waker: Callable[[], object] | None = None
        self.is_over = self.is_closed = False
        if records:
            self.put(*records)

    def put(self, *records: Any) -> None:
        was_empty = not self.records
        self.records += records
        if was_empty:
            os.write(self._writer, b"x")
            if self.waker is not None:
                self.waker()

    def drain(self) -> list[Any] | None:
        self.drains += 1
        if self.is_over:
            return None
        found, self.records = self.records, []
        if found:
            os.read(self._reader, 1)
            self.is_over = found[-1][0] >= DONE
        if self.is_over:
            self.shut()
        return found

    def fileno(self) -> int:
        if self._reader < 0:
            raise OSError("the stream is over")
        return self._reader

    def set_waker(self, waker: Callable[[], object] | None) -> None:
        self.waker = waker

    def close(self) -> None:
        self.is_closed = True
        self.shut()

    def shut(self) -> None:
        if self._reader >= 0:
            os.close(self._reader)
            os.close(self._writer)
            self._reader = self._writer = -1
