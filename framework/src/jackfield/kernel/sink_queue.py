"""The events that wait for a sink: bounded, and choosy about what is lost when it is full."""

from collections.abc import Sequence

from jackfield.events import AgentEvent, MessageUpdateEvent


class SinkQueue:
    """A bounded queue of events.

    When it is full, message updates (deltas) go first: all that wait are dropped at once. Only a
    queue full of other events loses those, the oldest first.

    Args:
        capacity: Most events that wait.

    Attributes:
        dropped: How many events were lost.
    """

    __slots__ = ("_capacity", "_events", "_updates", "dropped")

    def __init__(self, capacity: int) -> None:
        self.dropped = 0
        self._capacity = capacity
        self._events: list[AgentEvent] = []
        self._updates: int | None = None  # how many of them are updates; None: not counted

    def __len__(self) -> int:
        return len(self._events)

    def add(self, events: Sequence[AgentEvent]) -> None:
        """Append events and make room for them. Cheap while the queue is less than half full."""
        self._events.extend(events)
        if self._updates is not None or len(self._events) * 2 > self._capacity:
            self._count(events)
            if len(self._events) > self._capacity:
                self._make_room(events)

    def take(self) -> list[AgentEvent]:
        """Return everything that waits, in order, and begin anew."""
        events, self._events, self._updates = self._events, [], None
        return events

    def shut(self) -> None:
        """Drop what waits, and everything that is added from now on."""
        self._capacity = 0
        self.dropped += len(self.take())

    def _count(self, events: Sequence[AgentEvent]) -> None:
        # Counting begins when the queue is half full, and goes on until it is taken.
        if self._updates is None:
            self._updates = _updates_in(self._events)
        else:
            self._updates += _updates_in(events)

    def _make_room(self, events: Sequence[AgentEvent]) -> None:
        before = len(self._events)
        fresh = _updates_in(events)
        # Where only the new events hold updates, the others need not be looked at.
        start = before - len(events) if self._updates == fresh else 0
        if self._updates:
            self._events[start:] = [
                event for event in self._events[start:] if type(event) is not MessageUpdateEvent
            ]
            self._updates = 0
        if len(self._events) > self._capacity:
            del self._events[: len(self._events) - self._capacity]
        self.dropped += before - len(self._events)


def _updates_in(events: Sequence[AgentEvent]) -> int:
    return sum(type(event) is MessageUpdateEvent for event in events)
