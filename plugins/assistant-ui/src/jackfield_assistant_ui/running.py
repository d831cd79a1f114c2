"""Which calls run in which thread, so that `cancel` can end them.

Source: spec/assistant-ui.md, a.5.
"""

import asyncio
import threading
from weakref import WeakKeyDictionary

from jackfield_assistant_ui.errors import AssistantCancelledError
from jackfield_httpx.service import Abort


class RunningCalls:
    """The calls of one client; may be used by several threads at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: WeakKeyDictionary[Abort, tuple[str, bool]] = WeakKeyDictionary()

    def begun(self, thread_id: str, *, as_task: bool = False) -> Abort:
        """Return what may end a call that is about to begin; the call holds it.

        Args:
            thread_id: Of the thread.
            as_task: Whether the task that awaits it is cancelled with it.
        """
        abort = Abort()
        with self._lock:
            self._calls[abort] = (thread_id, as_task)
        return abort

    def end(self, thread_id: str) -> None:
        """End all calls of a thread."""
        with self._lock:
            found = [
                (abort, as_task)
                for abort, (name, as_task) in self._calls.items()
                if name == thread_id
            ]
        for abort, as_task in found:
            cancelled = AssistantCancelledError(thread_id)
            abort.set(asyncio.CancelledError(str(cancelled)) if as_task else cancelled)
