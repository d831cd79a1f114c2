"""The queue before a sink: bounded, structural events are kept longest, everything is counted."""

from hypothesis import example, given
from hypothesis import strategies as st

from jackfield.events import AgentStartEvent, MessageUpdateEvent, TextDeltaEvent
from jackfield.kernel.sink_queue import SinkQueue
from jackfield.messages import AssistantMessage

MESSAGE = AssistantMessage()


def update(number):
    return MessageUpdateEvent(MESSAGE, TextDeltaEvent(0, str(number), MESSAGE))


def structural(number):
    return AgentStartEvent(run_id=str(number))


def test_updates_go_before_anything_else():
    queue = SinkQueue(4)
    events = [structural(0), update(0), structural(1), update(1)]
    queue.add(events)
    queue.add([structural(2)])
    assert queue.take() == [events[0], events[2], structural(2)]
    assert queue.dropped == 2


def test_update_that_finds_only_structural_events_is_dropped_itself():
    queue = SinkQueue(3)
    events = [structural(number) for number in range(3)]
    queue.add(events)
    queue.add([update(0)])
    assert queue.take() == events
    assert queue.dropped == 1


def test_oldest_structural_events_go_last_of_all():
    queue = SinkQueue(3)
    events = [structural(number) for number in range(5)]
    for event in events:
        queue.add([event])
    assert queue.take() == events[2:]


def test_shut_queue_takes_nothing():
    queue = SinkQueue(3)
    queue.add([structural(0)])
    queue.shut()
    queue.add([structural(1), update(1)])
    assert len(queue) == 0
    assert queue.dropped == 3


_BATCHES = st.lists(st.lists(st.booleans(), max_size=6), max_size=20)


@given(st.integers(1, 8), _BATCHES, st.sets(st.integers(0, 20)))
@example(4, [[False, True, True, True, True], [True], [False, False, False]], set())
def test_queue_agrees_with_its_description(capacity, batches, takes):
    queue, model, dropped, number = SinkQueue(capacity), [], 0, 0
    for index, kinds in enumerate(batches):
        events = []
        for is_update in kinds:
            events.append((update if is_update else structural)(number))
            number += 1
        queue.add(events)
        model += events
        if len(model) > capacity:
            kept = [event for event in model if not isinstance(event, MessageUpdateEvent)]
            dropped += len(model) - len(kept[-capacity:])
            model = kept[-capacity:]
        assert len(queue) == len(model) <= capacity
        if index in takes:
            assert queue.take() == model
            model = []
    assert queue.take() == model
    assert queue.dropped == dropped
