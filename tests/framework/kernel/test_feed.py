"""A sink's feed: order, bounds, and that nothing a sink does disturbs a run."""

import asyncio
import gc
import logging

import pytest

from jackfield.events import (
    AgentEndEvent,
    AgentStartEvent,
    MessageUpdateEvent,
    TextDeltaEvent,
)
from jackfield.kernel.feed import SinkFeed, SinkReport
from jackfield.messages import AssistantMessage

MESSAGE = AssistantMessage()


def update(number):
    return MessageUpdateEvent(MESSAGE, TextDeltaEvent(0, str(number), MESSAGE))


def turn(number):
    return AgentStartEvent(run_id=str(number))


class Collector:
    """Keeps what it gets; can be held back, made to fail, or made to hang."""

    def __init__(self):
        self.batches = []
        self.closed = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.entered = asyncio.Event()
        self.active = 0
        self.fail_on = set()
        self.calls = 0

    @property
    def events(self):
        return [event for batch in self.batches for event in batch]

    async def handle(self, events):
        self.calls += 1
        self.active += 1
        assert self.active == 1, "two batches at the same time"
        self.entered.set()
        try:
            await self.gate.wait()
            if self.calls in self.fail_on or "all" in self.fail_on:
                raise RuntimeError("disk is full")
            self.batches.append(list(events))
        finally:
            self.active -= 1

    async def aclose(self):
        self.closed += 1


def counts(feed):
    report = feed.report()
    return report.delivered, report.dropped, report.failed


async def test_events_arrive_in_order_and_in_batches():
    sink = Collector()
    feed = SinkFeed(sink, name="s")
    events = [update(number) for number in range(1000)]
    for event in events:
        feed.push(event)
    await feed.flush()
    assert sink.events == events
    assert len(sink.batches) == 1
    for event in events:
        feed.push(event)
        await asyncio.sleep(0)
    await feed.aclose()
    assert sink.events == events * 2
    assert sink.closed == 1
    assert feed.report() == SinkReport(name="s", delivered=2000)
    assert feed.report().complete


async def test_push_costs_one_wake_up_for_a_whole_burst(monkeypatch):
    sink = Collector()
    feed = SinkFeed(sink, name="s")
    feed.push(update(0))
    await feed.flush()
    loop = asyncio.get_running_loop()
    calls = []
    real = loop.call_soon
    monkeypatch.setattr(
        loop, "call_soon", lambda *args, **kwargs: calls.append(args) or real(*args, **kwargs)
    )
    for number in range(1000):
        feed.push(update(number))
    assert len(calls) == 1
    await feed.aclose()


async def test_batch_gathers_while_the_sink_works():
    sink = Collector()
    sink.gate.clear()
    feed = SinkFeed(sink, name="s")
    feed.push(turn(0))
    await sink.entered.wait()
    for number in range(1, 5):
        feed.push(turn(number))
        await asyncio.sleep(0)
    sink.gate.set()
    await feed.aclose()
    assert [len(batch) for batch in sink.batches] == [1, 4]


async def test_full_queue_drops_message_updates_first():
    sink = Collector()
    sink.gate.clear()
    feed = SinkFeed(sink, name="s", capacity=10)
    feed.push(turn("first"))
    await sink.entered.wait()
    structural = [turn(number) for number in range(4)]
    for number, event in enumerate(structural):
        feed.push(event)
        feed.push(update(number))
        feed.push(update(number))
    assert feed.dropped == 7
    sink.gate.set()
    await feed.aclose()
    kept = [event for event in sink.events if isinstance(event, AgentStartEvent)]
    assert kept[1:] == structural
    assert counts(feed) == (6, 7, 0)
    assert sum(counts(feed)) == 13


async def test_queue_full_of_structural_events_stays_bounded_and_keeps_the_last():
    sink = Collector()
    sink.gate.clear()
    feed = SinkFeed(sink, name="s", capacity=10)
    feed.push(turn("first"))
    await sink.entered.wait()
    for number in range(50):
        feed.push(turn(number))
        feed.push(update(number))
    end = AgentEndEvent()
    feed.push(end)
    assert len(feed._queue) <= 10
    sink.gate.set()
    await feed.aclose()
    assert sink.events[-1] is end
    assert [event.run_id for event in sink.batches[1][:-1]] == [str(n) for n in range(41, 50)]
    assert sum(counts(feed)) == 102


async def test_failing_sink_is_logged_once_and_gets_later_batches(caplog):
    sink = Collector()
    sink.fail_on = {1, 3}
    feed = SinkFeed(sink, name="trace")
    for number in range(4):
        feed.push(turn(number))
        feed.push(turn(number))
        await feed.flush()
    assert [event.run_id for event in sink.events] == ["1", "1", "3", "3"]
    assert counts(feed) == (4, 0, 4)
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(errors) == 1
    assert "'trace' failed" in errors[0].getMessage()
    assert errors[0].exc_info
    await feed.aclose()
    assert "missed 4 of 8 events (0 dropped, 4 in batches that failed)" in caplog.text


async def test_sink_that_always_fails_is_retired(caplog):
    sink = Collector()
    sink.fail_on = {"all"}
    feed = SinkFeed(sink, name="trace", max_failures=3)
    for number in range(10):
        feed.push(turn(number))
        await feed.flush()
    assert sink.calls == 3
    assert feed.retired
    assert counts(feed) == (0, 7, 3)
    assert "retired: 3 failures in a row" in caplog.text
    await feed.aclose()
    assert sink.closed == 1
    assert feed.report() == SinkReport(name="trace", dropped=7, failed=3, retired=True)


async def test_success_starts_the_count_of_failures_anew():
    sink = Collector()
    sink.fail_on = {1, 2, 4, 5}
    feed = SinkFeed(sink, name="s", max_failures=3)
    for number in range(6):
        feed.push(turn(number))
        await feed.flush()
    assert not feed.retired
    await feed.aclose()


@pytest.mark.parametrize("error", [asyncio.CancelledError, StopIteration, ExceptionGroup])
async def test_odd_exceptions_of_a_sink_count_as_failures(error):
    class Odd(Collector):
        async def handle(self, events):
            self.calls += 1
            if error is ExceptionGroup:
                raise ExceptionGroup("several", [ValueError("x")])
            raise error

    sink = Odd()
    feed = SinkFeed(sink, name="s")
    feed.push(turn(0))
    await feed.flush()
    feed.push(turn(1))
    await feed.aclose()
    assert sink.calls == 2
    assert counts(feed) == (0, 0, 2)


async def test_hanging_sink_does_not_hold_up_closing(caplog):
    sink = Collector()
    sink.gate.clear()
    feed = SinkFeed(sink, name="slow")
    feed.push(turn(0))
    await sink.entered.wait()
    feed.push(turn(1))
    await feed.aclose(timeout_s=0.05)
    assert counts(feed) == (0, 1, 1)
    assert sink.closed == 1
    assert "'slow' missed 2 of 2 events" in caplog.text


async def test_sink_that_ignores_cancellation_is_left_behind(monkeypatch):
    monkeypatch.setattr("jackfield.kernel.feed._LAST_WORD_S", 0.05)
    release = asyncio.Event()

    class Stubborn(Collector):
        async def handle(self, events):
            while not release.is_set():
                try:
                    await release.wait()
                except asyncio.CancelledError:
                    continue

        async def aclose(self):
            await self.handle([])

    feed = SinkFeed(Stubborn(), name="s")
    feed.push(turn(0))
    await feed.aclose(timeout_s=0.05)
    release.set()
    for _ in range(5):
        await asyncio.sleep(0)


async def test_sink_that_fails_to_close_is_logged(caplog):
    class Broken(Collector):
        async def aclose(self):
            raise OSError("gone")

    feed = SinkFeed(Broken(), name="s")
    await feed.aclose()
    assert "'s' failed to close" in caplog.text


async def test_close_is_idempotent_and_later_events_are_counted():
    sink = Collector()
    feed = SinkFeed(sink, name="s")
    feed.push(turn(0))
    await feed.aclose()
    await feed.aclose()
    feed.push(turn(1))
    feed.push(update(1))
    assert sink.closed == 1
    assert counts(feed) == (1, 2, 0)
    await feed.flush()


async def test_cancelled_close_leaves_no_task_and_counts_everything():
    sink = Collector()
    sink.gate.clear()
    feed = SinkFeed(sink, name="s")
    feed.push(turn(0))
    await sink.entered.wait()
    feed.push(turn(1))
    closing = asyncio.create_task(feed.aclose())
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    assert sum(counts(feed)) >= 1


def test_push_outside_of_a_loop_never_raises_and_is_delivered_later():
    async def finish(feed):
        feed.push(turn(1))
        await feed.aclose()

    sink = Collector()
    feed = SinkFeed(sink, name="s")
    feed.push(turn(0))
    asyncio.run(finish(feed))
    assert [event.run_id for event in sink.events] == ["0", "1"]


def test_loop_that_ends_without_close_delivers_what_waits():
    async def run(feed):
        feed.push(turn(0))

    sink = Collector()
    feed = SinkFeed(sink, name="s")
    asyncio.run(run(feed))
    assert counts(feed) == (1, 0, 0)
    asyncio.run(run(feed))  # a second loop takes over
    assert counts(feed) == (2, 0, 0)
    gc.collect()


def test_close_from_another_loop_goes_to_the_loop_of_the_feed():
    from jackfield.agent.sync import run_sync

    async def push(feed):
        feed.push(turn(0))

    sink = Collector()
    feed = SinkFeed(sink, name="s")
    run_sync(lambda: push(feed))
    asyncio.run(feed.aclose())
    assert counts(feed) == (1, 0, 0)
    assert sink.closed == 1


async def test_every_event_is_counted_exactly_once_under_random_load():
    import random

    chance = random.Random(7)
    for _ in range(30):
        sink = Collector()
        sink.fail_on = {chance.randrange(1, 6) for _ in range(chance.randrange(3))}
        feed = SinkFeed(sink, name="s", capacity=chance.randrange(1, 8), max_failures=2)
        pushed = chance.randrange(60)
        for number in range(pushed):
            if chance.random() < 0.1:
                (sink.gate.clear if chance.random() < 0.5 else sink.gate.set)()
            feed.push(chance.choice([update, turn])(number))
            if chance.random() < 0.3:
                await asyncio.sleep(0)
        sink.gate.set()
        await feed.aclose()
        assert sum(counts(feed)) == pushed
        assert feed.delivered == len(sink.events)


async def test_batch_listener_that_fails_does_not_disturb_the_run(scripted, caplog):
    from jackfield.agent.agent import Agent

    def fail(events):
        raise ZeroDivisionError

    scripted.add("hello")
    agent = Agent(model=scripted.model, stream_fn=scripted.stream)
    sink = Collector()
    feed = SinkFeed(sink, name="s")
    agent.subscribe_batches(fail)
    agent.subscribe_batches(feed.push_all)
    assert await agent.prompt_text("x") == "hello"
    await feed.aclose()
    assert isinstance(sink.events[-1], AgentEndEvent)
    assert "ZeroDivisionError" in caplog.text


async def test_every_event_of_a_burst_is_delivered():
    class Nothing:
        async def handle(self, events):
            pass

        async def aclose(self):
            pass

    feed = SinkFeed(Nothing(), name="s", capacity=10**6)
    event = update(0)
    for _ in range(20_000):
        feed.push(event)
    await feed.aclose()
    assert feed.delivered == 20_000
