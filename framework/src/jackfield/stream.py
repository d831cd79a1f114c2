"""The assistant stream that a provider gets for nothing.

A provider writes one async generator that tells an `Answer` what arrived and yields after
each network read; `AnswerStream` makes of it what `contracts.AssistantStream` asks for, and
turns any exception into the `error` event.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from types import TracebackType
from typing import Any, Self, TypeAlias

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
        self._reader: asyncio.Task[Any] | None = None
        self._over = asyncio.Event()  # nothing will be read any more
        self._closing = False

    def batches(self) -> AsyncIterator[list[AssistantMessageEvent]]:
        """Return the iterator of non-empty lists of events, one list per network read."""
        if self._reading is None:
            self._reading = self._read()
        return self._reading

    async def result(self) -> AssistantMessage:
        """Return the final message; reads the rest of the stream unless another task does."""
        while not self.answer.finished:
            if self._is_being_read():
                await self._over.wait()
            else:
                async for _ in self.batches():
                    pass
        return self.answer.message

    async def aclose(self) -> None:
        """Close the connection; an unfinished answer becomes an aborted one. Idempotent.

        A task that is reading gets no more events.
        """
        if self._is_being_read():
            if not self._closing and self._reader is not None:
                self._closing = True
                self._reader.cancel()
            await self._over.wait()
        elif self._reading is not None:
            await self._reading.aclose()
        await self._source.aclose()
        if not _runs(self._events):
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

    def _is_being_read(self) -> bool:
        return self._reading is not None and _runs(self._reading)

    async def _read(self) -> AsyncGenerator[list[AssistantMessageEvent], None]:
        answer = self.answer
        self._reader = asyncio.current_task()
        try:
            async for _ in self._source:
                if answer.events:
                    yield answer.take()
                    self._reader = asyncio.current_task()
                if answer.finished:
                    break
        except Exception as error:  # noqa: BLE001 - a provider's failure is its last event
            answer.fail(error)
        except BaseException as error:
            answer.abort()
            if not self._was_closed_by_another(error):
                raise
            return
        finally:
            await self._source.aclose()
            self._over.set()
        if not answer.finished:
            answer.fail(ProtocolError("Stream ended without a terminal event."))
        if answer.events:
            yield answer.take()

    def _was_closed_by_another(self, error: BaseException) -> bool:
        """Take back the cancellation by `aclose`, unless somebody else cancelled as well."""
        if not self._closing or not isinstance(error, asyncio.CancelledError):
            return False
        return self._reader is not None and not self._reader.uncancel()

    async def _each(self) -> AsyncGenerator[AssistantMessageEvent, None]:
        async for batch in self.batches():
            for event in batch:
                yield event


def _runs(generator: Any) -> bool:
    """Tell whether somebody waits for the generator's next value right now."""
    return bool(generator.ag_running)
