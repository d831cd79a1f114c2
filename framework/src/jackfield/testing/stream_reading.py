"""Ways to read a stream that is checked."""

from collections.abc import AsyncIterator
from typing import Any

from jackfield.contracts import AssistantStream
from jackfield.testing.rules import broken
from jackfield.testing.stream_checks import StreamObserver


async def read(stream: AssistantStream, observer: StreamObserver) -> None:
    """Show the observer every event of a stream."""
    async for event in stream:
        observer.see(event)
    observer.end()


async def read_batches(stream: AssistantStream, observer: StreamObserver) -> None:
    """Show the observer every event of the batches; fail if one is no list with events."""
    batches: AsyncIterator[Any] = stream.batches()
    async for batch in batches:
        if not isinstance(batch, list) or not batch:
            broken(f"batches() gave {batch!r}, not a list with events.")
        for event in batch:
            observer.see(event)
    observer.end()


async def read_some(stream: AssistantStream, events: int) -> None:
    """Read so many events, or to the end if there are fewer."""
    for _ in range(events):
        if await anext(stream, None) is None:
            return
