"""Many answers: at the same time, cut short at random, and one after another without growth."""

import asyncio
import gc
import random
import threading

import psutil
import pytest
from support.chat_answers import CONTEXT, GOOD, answer_of

from jackfield import Agent, Model, StreamOptions, extract_text, tool
from jackfield.history import normalise
from jackfield.testing import Hold, LoopbackServer, Pause, sse, sse_reply
from jackfield_alchemy.provider import AlchemyProvider
from jackfield_alchemy.settings import AlchemySettings
from jackfield_httpx.transport import HttpxTransport

MODEL = Model(provider="lab", id="m")
STREAMS = 50
CANCELS = 1_000
SHORT_STREAMS = 10_000
MIB = 1 << 20
TEXT = [piece for _ in range(40) for piece in (sse.text_chunk("abcd"), Pause(0.0005))]
CALL = [
    *TEXT[:4],
    sse.call_chunk(0, id="c", name="wait", arguments="{}"),
    sse.finish_chunk("tool_calls"),
    sse.DONE,
]


@tool
async def wait() -> str:
    """Wait for something that does not happen."""
    await asyncio.Event().wait()
    return ""


class Census:
    """What this process holds, now."""

    def __init__(self):
        process = psutil.Process()
        gc.collect()
        self.tasks = len(asyncio.all_tasks())
        self.threads = process.num_threads()
        self.executor = [t.name for t in threading.enumerate() if t.name.startswith("asyncio_")]
        self.files = process.num_fds()
        self.rss = process.memory_info().rss


@pytest.fixture
def server():
    # In a thread: the tasks of the loop are the provider's.
    with LoopbackServer(default=sse_reply(GOOD)) as made:
        yield made


@pytest.fixture
def provider(server):
    settings = AlchemySettings(base_url=f"{server.url}/v1", max_retries=0)
    return AlchemyProvider("lab", settings, HttpxTransport())


async def test_streams_side_by_side_all_go_on_and_no_thread_waits_for_them(server, provider):
    hold = Hold()
    server.default = sse_reply([*GOOD[:2], hold, *GOOD[2:]])
    streams = [provider.stream(MODEL, CONTEXT, StreamOptions()) for _ in range(STREAMS)]
    async with asyncio.timeout(20):
        for stream in streams:  # each has begun before the first one ends
            assert (await anext(stream)).type == "start"
        assert Census().executor == []
        assert await asyncio.to_thread(lambda: "free") == "free"
        hold.release()
        messages = await asyncio.gather(*(stream.result() for stream in streams))
    assert [extract_text(message) for message in messages] == ["Hello"] * STREAMS


async def aborted_run(agent, after_s):
    run = asyncio.create_task(agent.prompt("go"))
    await asyncio.sleep(after_s)
    agent.abort()
    async with asyncio.timeout(5):
        await run


async def aborted_runs(server, provider, points):
    """Abort so many runs and return where each was caught, by its last message."""
    chance = random.Random(7)
    caught = []
    for _ in range(points):
        agent = Agent(model=MODEL, stream_fn=provider.stream, tools=[wait])
        server.default = sse_reply(chance.choice([TEXT, CALL]))
        await aborted_run(agent, chance.uniform(0, 0.01))
        messages = agent.state.messages
        assert normalise(normalise(messages, MODEL), MODEL) == normalise(messages, MODEL)
        called = {call.id for message in messages[1:2] for call in message.tool_calls()}
        assert called == {result.tool_call_id for result in messages[2:]}
        caught.append(messages[-1].role)
    async with asyncio.timeout(10):
        for request in server.requests:
            await request.over.wait()
    server.requests.clear()
    return caught


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_aborts_at_random_points_leave_nothing_open_and_a_valid_history(server, provider):
    await aborted_runs(server, provider, 50)  # what is opened once stays open
    before = Census()
    caught = await aborted_runs(server, provider, CANCELS)
    after = Census()
    assert set(caught) == {"assistant", "tool_result"}  # in answers and in tools
    assert after.tasks == before.tasks
    assert after.executor == before.executor
    assert after.threads <= before.threads
    assert after.files < before.files + 10
    assert after.rss < before.rss + 8 * MIB


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_short_streams_one_after_another_hold_nothing(server, provider):
    async def ask(count):
        for _ in range(count):
            assert (await answer_of(provider)).stop_reason == "stop"
            server.requests.clear()

    await ask(1_000)
    before = Census()
    await ask(SHORT_STREAMS)
    after = Census()
    assert (after.tasks, after.executor) == (before.tasks, before.executor)
    assert after.threads <= before.threads
    assert after.files < before.files + 10  # a connection more or less is two: both ends are here
    assert after.rss < before.rss + 4 * MIB
    assert server.connections < 10
