"""Aborts at a thousand random points: the history stays valid and nothing stays open."""

import asyncio
import random

import psutil
import pytest

from jackfield import Agent, tool
from jackfield.history import normalise
from jackfield.models import Model
from jackfield.testing import LoopbackServer, Pause, sse, sse_reply
from jackfield_httpx.transport import HttpxTransport
from jackfield_openai.provider import OpenAIProvider
from jackfield_openai.settings import OpenAISettings

POINTS = 1_000
MODEL = Model(provider="openai", id="m")
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


async def aborted_run(agent: Agent, server: LoopbackServer, after_s: float) -> None:
    run = asyncio.create_task(agent.prompt("go"))
    await asyncio.sleep(after_s)
    agent.abort()
    async with asyncio.timeout(5):
        await run
        for request in server.requests:
            await request.over.wait()


async def aborted_runs(points: int) -> list[str]:
    """Abort so many runs of one agent and return where each was caught, by its last message."""
    chance = random.Random(7)
    caught = []
    async with LoopbackServer() as server:
        transport = HttpxTransport()
        provider = OpenAIProvider("openai", OpenAISettings(base_url=server.url), transport)
        for _ in range(points):
            agent = Agent(model=MODEL, stream_fn=provider.stream, tools=[wait])
            server.default = sse_reply(chance.choice([TEXT, CALL]))
            await aborted_run(agent, server, chance.uniform(0, 0.01))
            messages = agent.state.messages
            assert normalise(normalise(messages, MODEL), MODEL) == normalise(messages, MODEL)
            called = {call.id for message in messages[1:2] for call in message.tool_calls()}
            assert called == {result.tool_call_id for result in messages[2:]}
            caught.append(messages[-1].role)
            server.requests.clear()
        [pool] = transport._sender.engine.pools()
        assert all(connection.is_idle() for connection in pool.connections)
        await transport.aclose()
    return caught


@pytest.mark.slow
async def test_aborts_at_random_points_leave_nothing_open_and_a_valid_history():
    await aborted_runs(3)  # what is opened once stays open
    tasks, files = len(asyncio.all_tasks()), psutil.Process().num_fds()
    caught = await aborted_runs(POINTS)
    assert set(caught) == {"assistant", "tool_result"}  # in answers and in tools
    assert len(asyncio.all_tasks()) == tasks
    assert psutil.Process().num_fds() == files
