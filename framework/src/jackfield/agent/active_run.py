"""Driving one run: state, listeners and consumer see each event in this order.

Source: spec/agent.md, 5.14 and 8.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from typing import TypeAlias

from jackfield.agent.listeners import Listeners, Subscription, tell, tell_batch
from jackfield.agent.state import AgentState
from jackfield.events import AgentEvent, MessageUpdateEvent, NoticeEvent
from jackfield.run.abort import AbortSwitch
from jackfield.run.loop_config import RunHooks

EventSource: TypeAlias = AsyncGenerator[list[AgentEvent], None]


class ActiveRun:
    """A run, from its first event to its last.

    Args:
        state: Follows the events.
        listeners: Told of every event.
        hooks: Their `on_event` functions are told after the listeners.

    Attributes:
        loop: The event loop of the run, once it has begun.
        switch: Ends the run early.
    """

    __slots__ = (
        "_batch",
        "_hooks",
        "_listeners",
        "_notices",
        "_source",
        "_state",
        "_telling",
        "loop",
        "switch",
    )

    def __init__(
        self, state: AgentState, listeners: Listeners, hooks: Sequence[RunHooks] = ()
    ) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self.switch = AbortSwitch()
        self._state = state
        self._listeners = listeners
        self._hooks = tuple(Subscription(function) for item in hooks for function in item.on_event)
        self._source: EventSource | None = None  # none before the first event and after the last
        self._batch: Iterator[AgentEvent] = iter(())
        self._notices: list[NoticeEvent] = []  # told to the listeners, not yet to the consumer
        self._telling: list[asyncio.Task[None]] = []  # async listeners that have a notice now

    def notify(self, notice: NoticeEvent) -> None:
        """Tell listeners of something while the model is waited for.

        They hear of it at once, the consumer of the events before the next event.
        """
        self._notices.append(notice)
        tell_batch(self._listeners.batches, [notice])
        waiting = tell((*self._listeners.present, *self._hooks), notice, AbortSwitch())
        if waiting is not None:
            self._telling.append(asyncio.ensure_future(waiting))

    async def events(
        self,
        begin: Callable[["ActiveRun"], Awaitable[EventSource]],
        end: Callable[["ActiveRun"], None],
    ) -> AsyncGenerator[AgentEvent, None]:
        """Yield each event once state and listeners have seen it.

        When the consumer leaves early or is cancelled, the run is aborted and ends in good
        order; state and listeners see the rest, the consumer does not.

        Args:
            begin: Called when the first event is asked for; returns where they come from.
            end: Called when the run is over, also when `begin` failed.

        Raises:
            asyncio.CancelledError: The run's task was cancelled; the run is clean by then.
        """
        switch, state, listeners, hooks = self.switch, self._state, self._listeners, self._hooks
        present, told = listeners.present, (*listeners.present, *hooks)
        self.loop = asyncio.get_running_loop()
        try:
            self._source = await begin(self)
            async for batch in self._source:
                for notice in await self._noticed() if self._notices else ():
                    yield notice
                self._batch = iter(batch)
                tell_batch(listeners.batches, batch)
                for event in self._batch:
                    if isinstance(event, MessageUpdateEvent):
                        if switch.aborted:
                            continue  # what comes after an abort is not told any more
                        state.stream_message = event.message
                    else:
                        state.reduce(event)
                    if listeners.present is not present:
                        present = listeners.present
                        told = (*present, *hooks)
                    if told:
                        waiting = tell(told, event, switch)
                        if waiting is not None:
                            await waiting
                    if switch.cancelled is None:
                        yield event
            self._source = None
        finally:
            try:
                await self._settle()
            finally:
                end(self)

    def abort(self) -> None:
        """End the run early; callable from any thread."""
        try:
            here = asyncio.get_running_loop() is self.loop
        except RuntimeError:
            here = False
        if here:
            self.switch.abort()
        elif self.loop is not None:
            self.loop.call_soon_threadsafe(self.switch.abort)

    async def _settle(self) -> None:
        """Bring a run to its end that nobody consumes any more."""
        switch, source = self.switch, self._source
        if source is not None:
            switch.abort()
            await self._tell_rest()
            async for batch in source:
                self._batch = iter(batch)
                tell_batch(self._listeners.batches, batch)
                await self._tell_rest()
        await self._noticed()
        switch.let_through()

    async def _noticed(self) -> list[NoticeEvent]:
        """Return the notices since the last call, once async listeners are done with them."""
        telling, self._telling = self._telling, []
        for task in telling:
            await self.switch.undisturbed(task)
        notices, self._notices = self._notices, []
        return notices

    async def _tell_rest(self) -> None:
        for event in self._batch:
            if not isinstance(event, MessageUpdateEvent):
                self._state.reduce(event)
                told = (*self._listeners.present, *self._hooks)
                waiting = tell(told, event, self.switch)
                if waiting is not None:
                    await waiting
