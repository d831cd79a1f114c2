"""Answers of streams that were not made with `AnswerStream`: any async iterator of events.

Events may be ours, dictionaries, or objects of the same shape; what comes out is legal, or the
stream ends with a `ContractError`. Source: spec/agent.md, 4.5.
"""

import inspect
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from typing import Any

from jackfield.coerce import as_event, as_message
from jackfield.errors import ContractError, ProtocolError
from jackfield.events import (
    AssistantMessageEvent,
    DoneEvent,
    ErrorEvent,
    StartEvent,
    TextDeltaEvent,
    ThinkingDeltaEvent,
)
from jackfield.messages import AssistantMessage, now_ms
from jackfield.models import Model
from jackfield.run.grammar import EventOrder

_log = logging.getLogger(__name__)

ENDED_EARLY = "Stream ended without a terminal event"


class ForeignStream:
    """Makes legal batches of somebody else's stream.

    Args:
        stream: An async iterator of events, with or without `batches`, `result` and `aclose`.
        model: Fills what the final message does not say.
    """

    def __init__(self, stream: Any, model: Model) -> None:
        self._stream = stream
        self._model = model
        self._order = EventOrder(model.provider)
        self._partial: AssistantMessage | None = None
        self._lengths: dict[int, int] = {}  # of the text told so far, by content_index

    async def batches(self) -> AsyncGenerator[list[AssistantMessageEvent], None]:
        """Return non-empty lists of events; the last one ends with the terminal event.

        Raises:
            ContractError: The events are out of order.
        """
        async for raw_events in _raw_batches(self._stream):
            events: list[AssistantMessageEvent] = []
            for raw in raw_events:
                event = self._checked(raw)
                if event is None:
                    continue
                if isinstance(event, DoneEvent | ErrorEvent):
                    yield [*events, await self._ended(event)]
                    return  # what follows a terminal event is ignored
                events.append(event)
            if events:
                yield events
        yield [await self._ended(None)]

    async def aclose(self) -> None:
        """Close the stream, if it can be closed."""
        close = getattr(self._stream, "aclose", None)
        if close is not None:
            closing = close()
            if inspect.isawaitable(closing):
                await closing

    def _checked(self, raw: Any) -> AssistantMessageEvent | None:
        """Return the event in order, or None for one that the specification ignores."""
        event = as_event(raw)
        if event is None:
            return None
        if not isinstance(event, DoneEvent | ErrorEvent):
            live: AssistantMessage | None = event.partial  # of a look-alike it may be missing
            if live is None:
                live = self._partial
            if live is None or (self._partial is None and not isinstance(event, StartEvent)):
                return None
            event.partial = self._partial = live
        self._order.check(event)
        if isinstance(event, TextDeltaEvent | ThinkingDeltaEvent):
            self._complete_delta(event)
        return event

    def _complete_delta(self, event: TextDeltaEvent | ThinkingDeltaEvent) -> None:
        """Fill a delta that is missing with what is new in the partial message."""
        index = event.content_index
        known = self._lengths.get(index, 0)
        if not event.delta and index < len(event.partial.content):
            part: Any = event.partial.content[index]
            text = getattr(part, "text" if isinstance(event, TextDeltaEvent) else "thinking", "")
            event.delta = text[known:]
        self._lengths[index] = known + len(event.delta)

    async def _ended(self, event: DoneEvent | ErrorEvent | None) -> DoneEvent | ErrorEvent:
        """Return the terminal event with a complete final message."""
        message = await self._result()
        if message is None and event is not None:
            message = event.message if isinstance(event, DoneEvent) else event.error
        if message is None and event is not None:
            self._order.refuse_without_message(event)
        if message is None:
            raise ProtocolError(ENDED_EARLY)
        failed = isinstance(event, ErrorEvent) or message.stop_reason in ("error", "aborted")
        self._fill(message, event, failed=failed)
        if failed:
            return ErrorEvent("aborted" if message.stop_reason == "aborted" else "error", message)
        return DoneEvent(message.stop_reason or "stop", message)  # type: ignore[arg-type]  # not failed

    async def _result(self) -> AssistantMessage | None:
        result = getattr(self._stream, "result", None)
        if result is None:
            return None
        try:
            message = result()
            if inspect.isawaitable(message):
                message = await message
        except Exception:  # noqa: BLE001 - then the events have to say it
            _log.debug("The stream has no result", exc_info=True)
            return None
        if message is None:
            return None
        message = as_message(message, "result")
        if not isinstance(message, AssistantMessage):
            raise ContractError(
                f"The result of a stream is an assistant message, not {message.role!r}.",
                kind="provider",
                name=self._model.provider,
            )
        return message

    def _fill(
        self, message: AssistantMessage, event: DoneEvent | ErrorEvent | None, *, failed: bool
    ) -> None:
        """Complete the message with what G7 and G8 promise."""
        model = self._model
        message.api = message.api or model.api
        message.provider = message.provider or model.provider
        message.model = message.model or model.id
        message.timestamp = now_ms() if message.timestamp is None else message.timestamp
        if message.stop_reason is None:
            message.stop_reason = event.reason if event else "stop"
        if failed:
            message.error_message = message.error_message or "The provider gave no reason"


def _raw_batches(stream: Any) -> AsyncIterator[Iterable[Any]]:
    batches = getattr(stream, "batches", None)
    if batches is not None:
        found: AsyncIterator[Iterable[Any]] = batches()
        return found
    if not hasattr(stream, "__aiter__"):
        raise ContractError(
            f"A stream function must return an async iterator of events, "
            f"not {type(stream).__name__}.",
            kind="provider",
        )
    return _one_by_one(stream)


async def _one_by_one(stream: Any) -> AsyncGenerator[Iterable[Any], None]:
    async for event in stream:
        yield (event,)
