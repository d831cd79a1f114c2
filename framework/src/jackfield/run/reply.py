"""One model call: from the request to the final assistant message.

Nothing that a provider does raises here: a failure is a final message with `stop_reason`
`error`. Sources: spec/agent.md, 4.5, 5.7 and 5.8.
"""

import inspect
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

from jackfield.answer import ABORTED, close_content, error_info
from jackfield.events import (
    AgentEvent,
    AssistantMessageEvent,
    DoneEvent,
    ErrorEvent,
    MessageEndEvent,
    MessageStartEvent,
    MessageUpdateEvent,
    StartEvent,
)
from jackfield.messages import AssistantMessage, now_ms
from jackfield.models import Model
from jackfield.run.abort import AbortSwitch, InterruptedRunError
from jackfield.run.foreign_stream import ForeignStream
from jackfield.stream import AnswerStream

_log = logging.getLogger(__name__)


class Reply:
    """One model call and the agent events that it makes.

    Attributes:
        message: The final message, once the events are exhausted.
    """

    __slots__ = ("_announced", "_final", "_model", "_partial", "_switch", "message")

    def __init__(self, model: Model, switch: AbortSwitch) -> None:
        self.message: AssistantMessage
        self._model = model
        self._switch = switch
        self._partial: AssistantMessage | None = None
        self._final: AssistantMessage | None = None
        self._announced = False  # message_start was emitted

    async def events(
        self, request: Callable[[], Awaitable[Any]]
    ) -> AsyncGenerator[list[AgentEvent], None]:
        """Yield the events of the call, one list per network read.

        Args:
            request: Makes the request and returns the provider's stream, or an awaitable of it.
        """
        stream: AnswerStream | ForeignStream | None = None
        failure: Exception | None = None
        try:
            self._switch.check()
            stream = await self._opened(await request())
            batches = stream.batches()
            while self._final is None:
                events = self._received(await self._switch.interruptible(batches.__anext__))
                if events:
                    yield events
        except InterruptedRunError:
            pass
        except Exception as error:  # noqa: BLE001 - a provider's failure is a final message
            failure = error
        finally:
            if stream is not None:
                await self._switch.cleaning(
                    stream.aclose, f"The stream of {self._model.provider!r}"
                )
        self._finish(stream, failure)
        if self._announced:
            yield [MessageEndEvent(self.message)]
        else:
            yield [MessageStartEvent(self.message), MessageEndEvent(self.message)]

    async def _opened(self, stream: Any) -> AnswerStream | ForeignStream:
        if inspect.isawaitable(stream):
            awaitable = stream
            stream = await self._switch.interruptible(lambda: awaitable)
        return stream if isinstance(stream, AnswerStream) else ForeignStream(stream, self._model)

    def _received(self, batch: list[AssistantMessageEvent]) -> list[AgentEvent]:
        """Return the agent events of one read; the terminal event is only remembered."""
        last = batch[-1]
        if isinstance(last, DoneEvent):
            self._final = last.message
        elif isinstance(last, ErrorEvent):
            self._final = last.error
        begin, end = 0, len(batch) - (self._final is not None)
        events: list[AgentEvent] = []
        first = batch[0]
        if isinstance(first, StartEvent):
            begin = 1
            self._announced = True
            self._partial = first.partial
            events.append(MessageStartEvent(first.partial))
        if end > begin:
            # Only the first can be a start and only the last terminal: the rest are block events.
            events += [MessageUpdateEvent(event.partial, event) for event in batch[begin:end]]  # type: ignore[arg-type]
            self._partial = batch[end - 1].partial
        return events

    def _finish(
        self, stream: AnswerStream | ForeignStream | None, failure: Exception | None
    ) -> None:
        message = self._final or self._partial
        if message is None and isinstance(stream, AnswerStream):
            message = stream.answer.message
        if message is None:
            model = self._model
            message = AssistantMessage(
                timestamp=now_ms(), api=model.api, provider=model.provider, model=model.id
            )
        self.message = message
        if self._switch.aborted:
            # Also when the end had been read: whoever aborts sees an aborted answer.
            message.error = None
            _end_badly(message, "aborted", ABORTED)
        elif failure is not None:
            _log.debug("Model call failed", exc_info=failure)
            message.error = error_info(failure)
            _end_badly(message, "error", str(failure) or type(failure).__name__)
        elif message.stop_reason in ("error", "aborted"):
            close_content(message)


def _end_badly(message: AssistantMessage, reason: Any, text: str) -> None:
    close_content(message)
    message.stop_reason = reason
    message.error_message = text
