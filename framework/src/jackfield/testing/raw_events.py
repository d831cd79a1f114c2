"""A stream that emits exactly what it is given, legal or not."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from types import TracebackType
from typing import Any, Self

from jackfield.events import AssistantMessageEvent
from jackfield.messages import AssistantMessage


class RawStream:
    """An assistant stream without any rule of its own.

    Args:
        events: What it emits; a list among them is one batch, an exception is raised there.
        result: What `result()` returns; None for the message of the last terminal event.

    Attributes:
        closed: Whether it was closed, or read to its end.
    """

    def __init__(
        self, events: Iterable[Any], *, result: AssistantMessage | BaseException | None = None
    ) -> None:
        self.closed = False
        self._steps = list(events)
        self._result = result if result is not None else _final(self._steps)
        self._reading = self._read()
        self._events = self._each()

    def batches(self) -> AsyncIterator[list[AssistantMessageEvent]]:
        """Return the batches."""
        return self._reading

    async def result(self) -> AssistantMessage:
        """Drain the stream and return the given message.

        Raises:
            RuntimeError: There is no message.
        """
        async for _ in self._reading:
            pass
        if isinstance(self._result, BaseException):
            raise self._result
        if self._result is None:
            raise RuntimeError("The raw stream has no final message.")
        return self._result

    async def aclose(self) -> None:
        """Stop emitting."""
        self.closed = True
        await self._reading.aclose()
        await self._events.aclose()

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
        try:
            for step in self._steps:
                if isinstance(step, BaseException):
                    raise step
                yield step if isinstance(step, list) else [step]
        finally:
            self.closed = True

    async def _each(self) -> AsyncGenerator[AssistantMessageEvent, None]:
        async for batch in self._reading:
            for event in batch:
                yield event


def raw_stream(
    events: Iterable[Any], *, result: AssistantMessage | BaseException | None = None
) -> RawStream:
    """Return a stream of exactly these events; see `RawStream`."""
    return RawStream(events, result=result)


def _final(steps: Sequence[Any]) -> AssistantMessage | None:
    flat = [event for step in steps for event in (step if isinstance(step, list) else [step])]
    for event in reversed(flat):
        kind = getattr(event, "type", None)
        if kind in ("done", "error"):
            message = getattr(event, "message" if kind == "done" else "error", None)
            return message if isinstance(message, AssistantMessage) else None
    return None
