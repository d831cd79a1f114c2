"""The engine and its threads, over a server that is a plain Python object."""

import asyncio
import gc
import threading
import weakref

import pytest

from jackfield.errors import StateError
from jackfield_local.abilities import Abilities
from jackfield_local.engine import Engine

ABILITIES = Abilities(context_tokens=100, tools=False)


class FakeServer:
    """Calls back as xllamacpp does: on the calling thread, until told to stop."""

    def __init__(self, chunks=3):
        self.chunks = chunks
        self.running = 0
        self.most_running = 0
        self.go = threading.Event()
        self.go.set()
        self.stopped_after = None
        self._lock = threading.Lock()

    def handle_chat_completions(self, request, callback):
        with self._lock:
            self.running += 1
            self.most_running = max(self.most_running, self.running)
        try:
            self._answer(request, callback)
        finally:
            with self._lock:
                self.running -= 1

    def _answer(self, request, callback):
        if request == b"raise":
            raise RuntimeError("from C++")
        for number in range(self.chunks):
            if callback(b"%s %d" % (request, number)):
                self.stopped_after = number
                return
            if number == 0:
                self.go.wait(20)


@pytest.fixture
def server():
    return FakeServer()


@pytest.fixture
def engine(server):
    engine = Engine(server, ABILITIES, threads=1)
    yield engine
    server.go.set()
    engine.close()


async def collect(generation):
    return [chunk async for batch in generation.batches() for chunk in batch]


async def until(condition):
    """Wait for what another thread does."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - the thread has no event of ours
            await asyncio.sleep(0.001)


async def test_chunks_arrive_in_order(engine):
    assert await collect(engine.start(b"a")) == [b"a 0", b"a 1", b"a 2"]


async def test_many_chunks_at_once_are_one_batch(server, engine):
    server.chunks = 10_000
    batches = [batch async for batch in engine.start(b"a").batches()]
    assert sum(map(len, batches)) == 10_000
    assert len(batches) < 1_000


async def test_errors_of_the_native_call_reach_the_reader(engine):
    with pytest.raises(RuntimeError, match="from C"):
        await collect(engine.start(b"raise"))
    assert await collect(engine.start(b"a")) == [b"a 0", b"a 1", b"a 2"]


async def test_answers_wait_their_turn(server, engine):
    answers = await asyncio.gather(*(collect(engine.start(b"%d" % n)) for n in range(5)))
    assert [answer[0] for answer in answers] == [b"%d 0" % n for n in range(5)]
    assert server.most_running == 1


async def test_answers_run_side_by_side_when_there_are_threads(server):
    engine = Engine(server, ABILITIES, threads=3)
    server.go.clear()
    reading = [asyncio.create_task(collect(engine.start(b"x"))) for _ in range(3)]
    await until(lambda: server.running == 3)
    server.go.set()
    await asyncio.gather(*reading)
    engine.close()


async def test_leaving_early_stops_the_native_call(server, engine):
    server.chunks = 1_000_000
    batches = engine.start(b"a").batches()
    await anext(batches)
    await batches.aclose()
    await until(lambda: server.running == 0)
    assert server.stopped_after < 999_999


async def test_an_answer_that_nobody_wants_never_starts(server, engine):
    server.go.clear()
    first = asyncio.create_task(collect(engine.start(b"first")))
    await until(lambda: server.running == 1)
    second = engine.start(b"second")
    second.stop()
    server.go.set()
    assert await first == [b"first 0", b"first 1", b"first 2"]
    assert await collect(second) == []
    assert second.was_stopped


async def test_closing_ends_what_runs_and_what_waits(server, engine):
    server.go.clear()
    running, waiting = engine.start(b"running"), engine.start(b"waiting")
    await until(lambda: server.running == 1)
    server.chunks = 1_000_000
    closing = asyncio.create_task(asyncio.to_thread(engine.close))
    await until(lambda: running.was_stopped)
    server.go.set()
    await closing
    assert await collect(running) == [b"running 0"]
    assert await collect(waiting) == []
    assert not [t for t in threading.enumerate() if t.name.startswith("jackfield-local")]


async def test_a_closed_engine_refuses(engine):
    engine.close()
    engine.close()
    with pytest.raises(StateError, match="was closed"):
        engine.start(b"a")


async def test_closing_frees_the_server():
    server = FakeServer()
    engine = Engine(server, ABILITIES, threads=2)
    await collect(engine.start(b"a"))
    freed = weakref.ref(server)
    del server
    engine.close()
    gc.collect()
    assert freed() is None


def test_a_forgotten_engine_ends_its_threads():
    engine = Engine(FakeServer(), ABILITIES, threads=2)
    del engine
    gc.collect()
    assert not [t for t in threading.enumerate() if t.name.startswith("jackfield-local")]


def test_an_answer_outlives_its_event_loop(server):
    engine = Engine(server, ABILITIES, threads=1)
    server.go.clear()
    server.chunks = 1_000_000

    async def begin():
        engine.start(b"a")

    asyncio.run(begin())
    server.go.set()
    engine.close()
    assert server.running == 0
