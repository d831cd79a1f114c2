"""Aborting a run: from our own side (`abort`) and from outside (the task is cancelled).

A run lives in the task of whoever awaits it. To interrupt a network read, `AbortSwitch` cancels
that task, but only while the run is suspended in a read of its own, and takes the cancellation
back afterwards, as `asyncio.timeout` does. Code of the user is never cancelled by us. A
cancellation from outside is noted, the run cleans up, and then it is raised again.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

T = TypeVar("T")

GRACE_S = 2.0
"""How long anything that was cancelled may take to end before it is left behind."""

_log = logging.getLogger(__name__)


class InterruptedRunError(Exception):
    """The run is to end: `AbortSwitch.aborted` is set."""


class SelfCancelledError(Exception):
    """Something raised `CancelledError` although nobody cancelled it."""


class AbortSwitch:
    """Ends one run early.

    Args:
        signal: Somebody else's; see `watched`.

    Attributes:
        signal: Set when the run is to end; given to providers, tools and hooks.
        aborted: The same as a plain bool, for the hot path.
        cancelled: The cancellation from outside, to be raised when the run is clean.
    """

    __slots__ = (
        "_earlier",
        "_open",
        "_requests",
        "_retry",
        "_task",
        "_yielding",
        "aborted",
        "cancelled",
        "signal",
    )

    def __init__(self, signal: asyncio.Event | None = None) -> None:
        self.signal = signal or asyncio.Event()
        self.aborted = self.signal.is_set()
        self.cancelled: asyncio.CancelledError | None = None
        self._task: asyncio.Task[object] | None = None
        self._earlier = 0  # cancellations of the task before the present await
        self._open = False  # the run is suspended in a read that we may interrupt
        self._yielding = False  # the run awaits code of the user
        self._requests = 0  # cancellations that we asked for
        self._retry: asyncio.TimerHandle | None = None

    def abort(self) -> None:
        """End the run; call it in the event loop of the run. Repeated calls do nothing."""
        if self.aborted:
            return
        self.aborted = True
        self.signal.set()
        if self._open:
            # Not at once: the caller may be the very code that is being read from, and a task
            # that is running keeps a cancellation pending that may hit the wrong await.
            asyncio.get_running_loop().call_soon(self._interrupt)

    def check(self) -> None:
        """Raise `InterruptedRunError` if the run is to end."""
        if self.aborted:
            raise InterruptedRunError

    @asynccontextmanager
    async def watched(self) -> AsyncGenerator[None, None]:
        """Abort when somebody else sets the signal, for as long as the context is open."""

        async def watch() -> None:
            await self.signal.wait()
            self.abort()

        watching = asyncio.create_task(watch())
        try:
            yield
        finally:
            watching.cancel()

    def is_waiting_for_caller(self) -> bool:
        """Tell whether the run awaits the very code that asks (a hook or a listener)."""
        return self._yielding and self._task is asyncio.current_task()

    def let_through(self) -> None:
        """Raise the cancellation from outside, if there was one; call it when all is clean."""
        if self.cancelled is not None:
            raise self.cancelled

    async def interruptible(self, start: Callable[[], Awaitable[T]]) -> T:
        """Await `start()`, which `abort` may cancel.

        Raises:
            InterruptedRunError: The run was aborted, or its task was cancelled.
            SelfCancelledError: What was awaited cancelled itself.
        """
        self.check()
        self._enter()
        self._open = True
        try:
            result = await start()
        except asyncio.CancelledError as error:
            self._leave(error)
            self.check()
            raise SelfCancelledError(str(error) or "Cancelled") from error
        except Exception:
            self._leave(None)
            self.check()
            raise
        except BaseException:
            self._leave(None)
            raise
        self._leave(None)
        self.check()
        return result

    async def undisturbed(self, awaitable: Awaitable[T]) -> T:
        """Await code of the user, which `abort` does not cancel.

        Raises:
            InterruptedRunError: The run's task was cancelled meanwhile.
            SelfCancelledError: What was awaited cancelled itself.
        """
        self._enter()
        self._yielding = True
        try:
            return await awaitable
        except asyncio.CancelledError as error:
            if self._note(error):
                raise InterruptedRunError from error
            raise SelfCancelledError(str(error) or "Cancelled") from error
        finally:
            self._yielding = False

    async def enduring(self, future: asyncio.Future[None]) -> None:
        """Await `future` during the clean-up; a cancellation ends the wait, but not the run."""
        self._enter()
        try:
            await future
        except asyncio.CancelledError as error:
            self._note(error)

    async def cleaning(self, start: Callable[[], Awaitable[object]], what: str) -> None:
        """Await a step of the clean-up for at most `GRACE_S`; failures are logged only."""
        self._enter()
        try:
            async with asyncio.timeout(GRACE_S):
                await start()
        except TimeoutError:
            _log.warning("%s did not end within %g s; it is left behind.", what, GRACE_S)
        except asyncio.CancelledError as error:
            self._note(error)
        except Exception:  # noqa: BLE001 - the clean-up goes on
            _log.warning("%s failed to end cleanly.", what, exc_info=True)

    def _enter(self) -> None:
        # Not always the same task: a stream that is left early may be cleaned up by another.
        self._task = asyncio.current_task()
        self._earlier = self._task.cancelling() if self._task else 0

    def _leave(self, error: asyncio.CancelledError | None) -> None:
        self._open = False
        task = self._task
        if task is None:
            return
        if self._requests:
            if self._retry:
                self._retry.cancel()
            for _ in range(self._requests):
                task.uncancel()
            self._requests = 0
            error = None
        if error is not None:
            self._note(error)
        elif task.cancelling() > self._earlier and self.cancelled is None:
            self._note(asyncio.CancelledError())  # swallowed on the way, or hidden behind ours

    def _note(self, error: asyncio.CancelledError) -> bool:
        """Remember a cancellation from outside; False if it came from within."""
        if self._task is None or not self._task.cancelling():
            return False
        self.cancelled = error
        self.aborted = True
        self.signal.set()
        return True

    def _interrupt(self) -> None:
        if self._open and self._task is not None:
            self._requests += 1
            self._task.cancel()
            # Whoever swallows a cancellation is asked again.
            self._retry = asyncio.get_running_loop().call_later(GRACE_S, self._interrupt)
