"""The contract suite of event sinks. Source: `jackfield.contracts.EventSink`."""

from collections.abc import Sequence
from typing import Any

import pytest

from jackfield.contracts import EventSink
from jackfield.events import AgentEvent
from jackfield.testing.event_samples import odd_events, run_events
from jackfield.testing.rules import broken, no_tasks_left, within


@pytest.mark.asyncio
class SinkContract:
    """Checks any event sink; subclass it and give the fixture `sink`.

        class TestMine(SinkContract):
            @pytest.fixture
            def sink(self, tmp_path):
                return MySink(tmp_path / "events")

            def written(self, sink):
                return [read(line)["type"] for line in sink.path.read_text().splitlines()]

    Class attributes:
        limit_s: Longest time that a batch or the closing may take, in seconds.
    """

    limit_s: float = 30.0

    @pytest.fixture
    def sink(self) -> EventSink:
        """Give a fresh sink."""
        raise NotImplementedError("Give the fixture `sink`: see SinkContract.")

    def written(self, sink: Any) -> Sequence[str] | None:
        """Return the types of the events that came through so far, in order.

        Override it to have order and flushing checked; a sink that leaves out types on
        purpose overrides `wanted` too. None when that cannot be known.
        """
        del sink
        return None

    def wanted(self, events: Sequence[AgentEvent]) -> list[str]:
        """Return the types that `written` should give after these events."""
        return [event.type for event in events]

    async def test_it_has_the_members_of_a_sink(self, sink: EventSink) -> None:
        """A sink has the asynchronous methods `handle` and `aclose`."""
        if not isinstance(sink, EventSink):
            broken(f"{type(sink).__name__} lacks a member of `jackfield.contracts.EventSink`.")
        await self.close(sink)

    async def test_it_takes_every_event(self, sink: EventSink) -> None:
        """Each type of event is taken, alone in its batch."""
        for event in run_events():
            await self.hand(sink, [event])
        await self.close(sink)

    async def test_it_takes_odd_events(self, sink: EventSink) -> None:
        """Failures, empty and custom messages, strange texts and details are taken."""
        for event in odd_events():
            await self.hand(sink, [event])
        await self.close(sink)

    async def test_it_takes_batches_of_any_size(self, sink: EventSink) -> None:
        """A batch may be a whole run, a list or a tuple."""
        await self.hand(sink, run_events())
        await self.hand(sink, tuple(run_events()))
        await self.close(sink)

    async def test_closing_flushes_everything_in_order(self, sink: EventSink) -> None:
        """After `aclose` every event is where it belongs, in the order in which it came."""
        events = run_events()
        for at in range(0, len(events), 3):
            await self.hand(sink, events[at : at + 3])
        await self.close(sink)
        written = self.written(sink)
        if written is not None and list(written) != self.wanted(events):
            broken(f"Written: {list(written)}; handed over: {self.wanted(events)}")

    async def test_several_runs_follow_one_another(self, sink: EventSink) -> None:
        """A sink takes one run after the other."""
        events = run_events() + run_events()
        await self.hand(sink, events)
        await self.close(sink)
        written = self.written(sink)
        if written is not None and list(written) != self.wanted(events):
            broken(f"Written: {list(written)}; handed over: {self.wanted(events)}")

    async def test_closing_is_idempotent(self, sink: EventSink) -> None:
        """`aclose` may be called twice."""
        await self.hand(sink, run_events())
        await self.close(sink)
        await self.close(sink)

    async def test_an_unused_sink_can_be_closed(self, sink: EventSink) -> None:
        """A sink that got nothing can be closed."""
        await self.close(sink)
        if self.written(sink):
            broken("The sink wrote events that nobody handed over.")

    async def test_events_are_only_read(self, sink: EventSink) -> None:
        """A sink changes neither the batch nor its events: others see them too."""
        events = run_events()
        before = [repr(event) for event in events]
        batch = list(events)
        await self.hand(sink, batch)
        await self.close(sink)
        if batch != events or [repr(event) for event in events] != before:
            broken("The sink changed what it was given.")

    async def test_it_leaves_no_tasks(self, sink: EventSink) -> None:
        """A closed sink has no task running."""
        async with no_tasks_left("The sink"):
            await self.hand(sink, run_events())
            await self.close(sink)

    async def hand(self, sink: EventSink, events: Sequence[AgentEvent]) -> None:
        """Hand a batch to the sink."""
        await within(self.limit_s, sink.handle(events), "handle()")

    async def close(self, sink: EventSink) -> None:
        """Close the sink."""
        await within(self.limit_s, sink.aclose(), "aclose()")
