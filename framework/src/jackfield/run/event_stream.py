"""A queue of agent events with a result. Source: spec/agent.md, 2.5."""

import asyncio
from collections import deque
from typing import Self

from jackfield.events import AgentEndEvent, AgentEvent
from jackfield.messages import AgentMessage


class EventStream:
    """Events that one side pushes and the other iterates.

    The stream ends with `agent_end`, `end` or `set_exception`; what is pushed later is ignored.

    Attributes:
        task: Fills the stream, where a function of ours does.
    """

    def __init__(self) -> None:
        self._events: deque[AgentEvent] = deque()
        self._result: list[AgentMessage] = []
        self._error: BaseException | None = None
        self._ended = False
        self._news: asyncio.Future[None] | None = None
        self._taken: asyncio.Future[None] | None = None
        self.task: asyncio.Task[None] | None = None

    def push(self, event: AgentEvent) -> None:
        """Append an event; `agent_end` ends the stream and gives its result."""
        if self._ended:
            return
        self._events.append(event)
        if isinstance(event, AgentEndEvent):
            self._ended, self._result = True, event.messages
        self._wake()

    def end(self, result: list[AgentMessage] | None = None) -> None:
        """End the stream with a result."""
        if not self._ended:
            self._ended, self._result = True, result or []
            self._wake()

    def set_exception(self, error: BaseException) -> None:
        """End the stream with an error, raised once the queued events are read."""
        if not self._ended:
            self._ended, self._error = True, error
            self._wake()

    def taken(self) -> asyncio.Future[None]:
        """Return a future that is done when every queued event has been read."""
        self._taken = asyncio.get_running_loop().create_future()
        if not self._events:
            self._taken.set_result(None)
        return self._taken

    async def aclose(self) -> None:
        """Abort the run that fills the stream and wait for its clean-up. Idempotent."""
        if self.task is not None and not self.task.done():
            self.task.cancel()
            await asyncio.wait([self.task])

    async def result(self) -> list[AgentMessage]:
        """Read the rest; return the messages of `agent_end`, none if there was no such event.

        Raises:
            BaseException: What `set_exception` was given.
        """
        async for _ in self:
            pass
        return self._result

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> AgentEvent:
        while not self._events:
            self._tell_taken()
            if self._error is not None:
                raise self._error
            if self._ended:
                raise StopAsyncIteration
            await self._wait()
        return self._events.popleft()

    def _tell_taken(self) -> None:
        if self._taken is not None and not self._taken.done():
            self._taken.set_result(None)

    async def _wait(self) -> None:
        self._news = asyncio.get_running_loop().create_future()
        try:
            await self._news
        finally:
            self._news = None

    def _wake(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)


def create_agent_stream() -> EventStream:
    """Return a stream that ends with `agent_end` and whose result are its messages."""
    return EventStream()
