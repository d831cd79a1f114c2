"""Ending a call from outside: from another thread, or another task."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from jackfield.errors import StateError


class Abort:
    """Ends the calls that it was given to, once and for all; `client.perform(plan, abort=abort)`.

    Attributes:
        error: What the calls raise; None while it is not set.
        is_set: The same, to be waited for in a thread.
    """

    def __init__(self) -> None:
        self.error: BaseException | None = None
        self.is_set = threading.Event()
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], None]] = []

    def set(self, error: BaseException | None = None) -> None:
        """End the calls, now and later; callable from any thread. Only the first call counts.

        Args:
            error: What they raise; by default `StateError`.
        """
        with self._lock:
            if self.error is not None:
                return
            self.error = error or StateError("The call was ended from outside.")
            callbacks = list(self._callbacks)
        self.is_set.set()
        for callback in callbacks:
            callback()

    @contextmanager
    def calling(self, callback: Callable[[], None]) -> Iterator[None]:
        """Have a function called when it is set while the context is open, or was set before."""
        with self._lock:
            self._callbacks.append(callback)
            is_set = self.error is not None
        if is_set:
            callback()
        try:
            yield
        finally:
            with self._lock:
                self._callbacks.remove(callback)

    def check(self) -> None:
        """Raise the error if it is set."""
        if self.error is not None:
            raise self.error


current_abort: ContextVar[Abort | None] = ContextVar("current_abort", default=None)
"""The one that may end what the thread is waiting for."""
