"""Between an agent's events and one event sink: a bounded queue that never holds up a run.

The run pushes, a task of its own takes everything that waits and hands it to the sink as one
batch. While the sink works the next batch gathers, so that a slow sink gets larger batches.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from jackfield.contracts import EventSink
from jackfield.events import AgentEvent
from jackfield.kernel.sink_queue import SinkQueue
from jackfield.record import Record

_log = logging.getLogger(__name__)

CAPACITY = 10_000
MAX_FAILURES = 5
CLOSE_TIMEOUT_S = 5.0
_LAST_WORD_S = 0.5  # for a sink that was cancelled, and for its `aclose` when time is up


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkReport(Record):
    """What became of the events for one sink; each event is counted once.

    Attributes:
        name: The sink's name in the configuration.
        delivered: Events that the sink took.
        dropped: Events that it never saw: the queue was full, or it was closed or retired.
        failed: Events in batches on which it raised an exception.
        retired: Whether it was given up after too many failures in a row.
    """

    name: str
    delivered: int = 0
    dropped: int = 0
    failed: int = 0
    retired: bool = False

    @property
    def complete(self) -> bool:
        """Whether the sink took every event."""
        return not self.dropped and not self.failed


class SinkFeed:
    """Feeds one sink. Belongs to one event loop, that of the first `push`.

    Args:
        sink: Gets the events in order, in batches, never two at a time.
        name: For the log and the report.
        capacity: Most events that wait; see `SinkQueue` for what is lost beyond that.
        max_failures: After so many failed batches in a row the sink is retired.
    """

    __slots__ = (
        "_asleep",
        "_batch_size",
        "_closed",
        "_failures",
        "_idle",
        "_max_failures",
        "_queue",
        "_sink",
        "_task",
        "_wake",
        "delivered",
        "failed",
        "name",
        "retired",
    )

    def __init__(
        self,
        sink: EventSink,
        *,
        name: str,
        capacity: int = CAPACITY,
        max_failures: int = MAX_FAILURES,
    ) -> None:
        self.name = name
        self.delivered = self.failed = 0
        self.retired = False
        self._sink = sink
        self._max_failures = max_failures
        self._failures = 0
        self._queue = SinkQueue(capacity)
        self._batch_size = 0  # of the batch that the sink has now
        self._asleep = True
        self._closed = False
        self._task: asyncio.Task[None] | None = None
        self._wake: asyncio.Future[None] | None = None
        self._idle: list[asyncio.Future[None]] = []

    @property
    def dropped(self) -> int:
        """Events that the sink never saw."""
        return self._queue.dropped

    def push(self, event: AgentEvent) -> None:
        """Put an event into the queue; never waits, never raises."""
        self.push_all((event,))

    def push_all(self, events: Sequence[AgentEvent]) -> None:
        """Put events into the queue; never waits, never raises."""
        self._queue.add(events)
        if self._asleep and self._queue:
            self._rouse()

    def report(self) -> SinkReport:
        """Return the counts so far; events that still wait are in none of them."""
        return SinkReport(
            name=self.name,
            delivered=self.delivered,
            dropped=self.dropped,
            failed=self.failed,
            retired=self.retired,
        )

    async def flush(self) -> None:
        """Wait until every event pushed so far was handed over; there is no time limit."""
        while self._busy and not self._closed:
            if self._asleep:
                self._rouse()
            idle = asyncio.get_running_loop().create_future()
            self._idle.append(idle)
            await idle

    async def aclose(self, *, timeout_s: float = CLOSE_TIMEOUT_S) -> None:
        """Hand over what waits, close the sink, log what was lost; never raises. Idempotent.

        Args:
            timeout_s: Most seconds for what waits, and again for the sink's own `aclose`.
        """
        if self._closed:
            return
        self._closed = True
        loop = self._task.get_loop() if self._task is not None else None
        if loop is None or loop is asyncio.get_running_loop() or not loop.is_running():
            await self._close(timeout_s)
        else:
            closing = asyncio.run_coroutine_threadsafe(self._close(timeout_s), loop)
            await asyncio.wrap_future(closing)

    async def _close(self, timeout_s: float) -> None:
        try:
            await self._finish(timeout_s)
        finally:
            self._queue.shut()
        await self._close_sink(timeout_s)
        self._log_losses()

    @property
    def _busy(self) -> bool:
        return bool(self._queue or self._batch_size)

    def _rouse(self) -> None:
        """Start the task, or wake it. Costs the run one call per batch, not per event."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return  # events wait for the first push inside a loop
        task = self._task
        self._asleep = False
        if task is None or task.get_loop().is_closed():
            self._task = loop.create_task(self._drain(), name=f"sink {self.name}")
        elif task.get_loop() is loop:
            self._wake_up()
        else:
            task.get_loop().call_soon_threadsafe(self._wake_up)

    def _wake_up(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    async def _drain(self) -> None:
        try:
            await self._work()
        except asyncio.CancelledError:
            if not self._closed:  # the loop ends without `aclose`: one short try for the rest
                await asyncio.wait_for(self._hand_over_all(), _LAST_WORD_S)
            raise
        finally:
            self._task, self._wake, self._asleep = None, None, True
            self._report_idle()

    async def _work(self) -> None:
        while True:
            await self._hand_over_all()
            self._asleep = True
            self._report_idle()
            if self._closed:
                return
            self._wake = asyncio.get_running_loop().create_future()
            await self._wake

    async def _hand_over_all(self) -> None:
        while self._queue:
            await self._hand_over(self._queue.take())

    async def _hand_over(self, batch: list[AgentEvent]) -> None:
        self._batch_size = len(batch)
        try:
            await self._sink.handle(batch)
        except asyncio.CancelledError as error:
            self._note_failure(error, len(batch))
            if _is_cancelled():
                raise
        except Exception as error:  # noqa: BLE001 - a sink never breaks a run
            self._note_failure(error, len(batch))
        else:
            self.delivered += len(batch)
            self._failures = 0
        finally:
            self._batch_size = 0

    def _note_failure(self, error: BaseException, events: int) -> None:
        if not self.failed and not _is_cancelled():
            _log.error(
                "Sink %r failed; its further failures are only counted.", self.name, exc_info=error
            )
        self.failed += events
        self._failures += 1
        if self._failures >= self._max_failures and not self.retired:
            self.retired = True
            self._queue.shut()
            _log.error("Sink %r is retired: %d failures in a row.", self.name, self._failures)

    def _report_idle(self) -> None:
        waiting, self._idle = self._idle, []
        for idle in waiting:
            if not idle.done():
                idle.set_result(None)

    async def _finish(self, timeout_s: float) -> None:
        if self._queue and self._asleep:
            self._rouse()
        task = self._task
        if task is None or task.get_loop().is_closed():
            return
        self._wake_up()
        await _wait_or_cancel(task, timeout_s)

    async def _close_sink(self, timeout_s: float) -> None:
        task = asyncio.ensure_future(self._sink.aclose())
        await _wait_or_cancel(task, timeout_s)
        if not task.done() or task.cancelled():
            _log.error("Sink %r did not close within %g seconds.", self.name, timeout_s)
        elif error := task.exception():
            _log.error("Sink %r failed to close.", self.name, exc_info=error)

    def _log_losses(self) -> None:
        if self.dropped or self.failed:
            _log.warning(
                "Sink %r missed %d of %d events (%d dropped, %d in batches that failed).",
                self.name,
                self.dropped + self.failed,
                self.delivered + self.dropped + self.failed,
                self.dropped,
                self.failed,
            )


def _is_cancelled() -> bool:
    """Tell whether the current task is being cancelled from outside."""
    task = asyncio.current_task()
    return task is not None and bool(task.cancelling())


async def _wait_or_cancel(task: asyncio.Task[None], timeout_s: float) -> None:
    """Wait for a task, cancel it when time is up; a task that ignores that is left behind."""
    try:
        await asyncio.wait({task}, timeout=timeout_s)
    finally:
        task.cancel()
    await asyncio.wait({task}, timeout=_LAST_WORD_S)
