"""The contract suite of sinks: right ones pass, each faulty one is caught."""

import asyncio
import json

import pytest

from jackfield.builtins import sink_jsonl
from jackfield.testing import SinkContract, run_suite
from jackfield.testing.event_samples import odd_events, run_events


class Memory:
    """A right sink; keeps the types and writes them when it is closed."""

    def __init__(self):
        self.waiting, self.done = [], []

    async def handle(self, events):
        self.waiting += [event.type for event in events]

    async def aclose(self):
        self.done += self.waiting
        self.waiting.clear()


class TestMemory(SinkContract):
    @pytest.fixture
    def sink(self):
        return Memory()

    def written(self, sink):
        return sink.done


class TestJsonl(SinkContract):
    @pytest.fixture
    def sink(self, tmp_path):
        self.folder = tmp_path
        settings = sink_jsonl.describe_settings()(path=str(tmp_path / "events.jsonl"))
        return sink_jsonl.open_sink(settings)

    def written(self, sink):
        lines = [
            path.read_text(encoding="utf-8").splitlines() for path in self.folder.glob("*.jsonl")
        ]
        return [json.loads(line)["type"] for file in lines for line in file]

    def wanted(self, events):
        return [kind for kind in super().wanted(events) if kind != "message_update"]


class NoClose:
    async def handle(self, events):
        pass


class Reversed(Memory):
    async def handle(self, events):
        await super().handle(list(events)[::-1])


class Unflushed(Memory):
    async def aclose(self):
        pass


class ClosesOnce(Memory):
    async def aclose(self):
        await super().aclose()
        if hasattr(self, "closed"):
            raise ValueError("I/O operation on closed file")
        self.closed = True


class NeedsEvents(Memory):
    async def aclose(self):
        self.last = self.last_event


class KnowsSomeEvents(Memory):
    async def handle(self, events):
        known = {"agent_start": 1, "message_update": 2, "agent_end": 3}
        self.done += [known[event.type] for event in events]


class StrictJson(Memory):
    async def handle(self, events):
        json.dumps([event.to_dict() for event in events])
        await super().handle(events)


class Utf8Only(Memory):
    async def handle(self, events):
        for event in events:
            str(event.to_dict()).encode()
            for part in getattr(getattr(event, "message", None), "content", []) or []:
                getattr(part, "text", "").encode()
        await super().handle(events)


class ListsOnly(Memory):
    async def handle(self, events):
        await super().handle([*events] if isinstance(events, list) else 0)


class EatsTheBatch(Memory):
    async def handle(self, events):
        events = events if isinstance(events, list) else list(events)
        while events:
            await super().handle([events.pop(0)])


class ChangesEvents(Memory):
    async def handle(self, events):
        for event in events:
            if event.type == "agent_end":
                event.messages = []
        await super().handle(events)


class LeavesATask(Memory):
    async def handle(self, events):
        _kept.append(asyncio.ensure_future(asyncio.sleep(10)))
        await super().handle(events)


class Repeats(Memory):
    async def aclose(self):
        self.done += self.waiting


class Drops(Memory):
    async def handle(self, events):
        await super().handle(events[:2])


class Hangs(Memory):
    async def aclose(self):
        await asyncio.Event().wait()


_kept = []
FAULTS = [
    NoClose,
    Reversed,
    Unflushed,
    ClosesOnce,
    NeedsEvents,
    KnowsSomeEvents,
    StrictJson,
    Utf8Only,
    ListsOnly,
    EatsTheBatch,
    ChangesEvents,
    LeavesATask,
    Drops,
    Hangs,
]


class Impatient(SinkContract):
    limit_s = 0.05

    def written(self, sink):
        return sink.done


@pytest.mark.parametrize("faulty", FAULTS)
async def test_faulty_sinks_are_caught(faulty):
    report = await run_suite(Impatient, sink=faulty)
    while _kept:
        _kept.pop().cancel()
    assert not report.ok


async def test_a_sink_without_memory_can_be_checked():
    report = await run_suite(SinkContract, sink=Memory)
    assert report.ok


def test_samples_have_every_type_of_event():
    from typing import get_args

    from jackfield.events import AgentEvent

    seen = {type(event) for event in run_events() + odd_events()}
    assert seen == set(get_args(AgentEvent))
