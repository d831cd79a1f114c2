"""The assistant stream that a provider gets for nothing.

A provider writes one async generator that tells an `Answer` what arrived and yields after
each network read; `AnswerStream` makes of it what `contracts.AssistantStream` asks for, and
turns any exception into the `error` event.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from types import TracebackType
from typing import Self, TypeAlias

from jackfield.answer import Answer
from jackfield.errors import ProtocolError
from jackfield.events import AssistantMessageEvent
from jackfield.messages import AssistantMessage
from jackfield.models import Model

AnswerSource: TypeAlias = Callable[[Answer], AsyncGenerator[None, None]]


class AnswerStream:
    """One answer as it streams; an async iterator of events and a context manager.

    Args:
        model: Names model, provider and API on the message.
        source: Given the answer, an async generator that fills it and yields after each
            network read. An exception becomes the `error` event; returning without
            `answer.finish()` is a protocol error.
    """

    def __init__(self, model: Model, source: AnswerSource) -> None:
        self.answer = Answer(model)
        self._source = source(self.answer)
        self._reading: AsyncGenerator[list[AssistantMessageEvent], None] | None = None
        self._events = self._each()

    def batches(self) -> AsyncIterator[list[AssistantMessageEvent]]:
        """Return the iterator of non-empty lists of events, one list per network read."""
        if self._reading is None:
            self._reading = self._read()
        return self._reading

    async def result(self) -> AssistantMessage:
        """Return the final message; reads the rest of the stream if nobody did."""
        if not self.answer.finished:
            async for _ in self.batches():
                pass
        return self.answer.message

    async def aclose(self) -> None:
        """Close the connection; an unfinished answer becomes an aborted one. Idempotent."""
        if self._reading is not None:
            await self._reading.aclose()
        await self._source.aclose()
        await self._events.aclose()  # what was read but not yet handed out is dropped
        self.answer.abort()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> AssistantMessageEvent:
        return await self._events.__anext__()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def _read(self) -> AsyncGenerator[list[AssistantMessageEvent], None]:
        answer = self.answer
        try:
            async for _ in self._source:
                if answer.events:
                    yield answer.take()
                if answer.finished:
                    break
        except Exception as error:  # noqa: BLE001 - a provider's failure is its last event
            answer.fail(error)
        finally:
            await self._source.aclose()
        if not answer.finished:
            answer.fail(ProtocolError("Stream ended without a terminal event."))
        if answer.events:
            yield answer.take()

    async def _each(self) -> AsyncGenerator[AssistantMessageEvent, None]:
        async for batch in self.batches():
            for event in batch:
                yield event
