"""Ctrl-C: the first press aborts the answer, the second leaves the program.

The event loop runs in the main thread and only while there is something to wait for, so that
between two runs Ctrl-C reaches a blocking `input()` as the usual KeyboardInterrupt.
"""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from types import FrameType, TracebackType
from typing import Any, Self, TypeVar

PATIENCE_S = 2.0
"""How long the clean-up may take after the press that leaves the program."""

T = TypeVar("T")


class Loop:
    """An event loop with our Ctrl-C; a context manager, to be used in the main thread.

    When Ctrl-C ended it, one more press ends the process at once, whatever it still does.
    """

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._task: asyncio.Task[Any] | None = None
        self._abort: Callable[[], object] | None = None
        self._leaving = False
        self._idle = True

    def __enter__(self) -> Self:
        self._runner.__enter__()
        self._previous = signal.signal(signal.SIGINT, self._pressed)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._idle = False
        ends = self._leaving or exc_type is KeyboardInterrupt
        try:
            self._runner.close()
        finally:
            signal.signal(signal.SIGINT, _exit_now if ends else self._previous)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run the coroutine to its end.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed when there was nothing to abort, or twice.
        """
        self._idle = False
        try:
            return self._runner.run(self._remember(work))
        except asyncio.CancelledError:
            if self._leaving:
                raise KeyboardInterrupt from None
            raise
        finally:
            self._task, self._idle = None, True

    @contextmanager
    def aborting(self, abort: Callable[[], object]) -> Iterator[None]:
        """Let the next Ctrl-C call `abort()` in the loop instead of leaving the program."""
        self._abort = abort
        try:
            yield
        finally:
            self._abort = None

    async def _remember(self, work: Coroutine[Any, Any, T]) -> T:
        self._task = asyncio.current_task()
        return await work

    def _pressed(self, _number: int, _frame: FrameType | None) -> None:
        abort, self._abort = self._abort, None
        if self._idle:
            raise KeyboardInterrupt
        if abort is not None:
            self._runner.get_loop().call_soon_threadsafe(abort)
        elif self._leaving:
            _exit_now()
        else:
            self._leave()

    def _leave(self) -> None:
        """Cancel what runs; a thread or plugin that does not stop is not waited for."""
        self._leaving = True
        watchdog = threading.Timer(PATIENCE_S, _exit_now)
        watchdog.daemon = True
        watchdog.start()
        if self._task is not None:
            self._runner.get_loop().call_soon_threadsafe(self._task.cancel)


def _exit_now(*_: object) -> None:
    """End the process although something in it does not want to."""
    for stream in (sys.stdout, sys.stderr):
        # The stream may be broken, closed, or in the middle of a write that this interrupted.
        with suppress(OSError, RuntimeError, ValueError):
            stream.flush()
    os._exit(130)
