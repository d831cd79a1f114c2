"""Who leaves an answer has its run cancelled at the service; within a bound."""

import asyncio

import pytest

from jackfield import Agent, AgentOptions
from jackfield.contracts import StreamOptions
from jackfield.models import Model
from jackfield.testing import Hold, Reply
from jackfield.testing.rules import no_tasks_left
from jackfield_lumnis.testing import Run, Step, entry
from jackfield_lumnis.testing.late import LateReply

MODEL = Model(provider="lumnis", id="default")
THINK = entry("planning", "Thinking")
CANCEL = "POST /v1/responses/{}/cancel"


@pytest.fixture
def held(server):
    """Plan a run whose second poll is held, and give the hold."""
    hold = Hold()
    server.plan(Run(steps=[Step(progress=[THINK]), Step(progress=[THINK], hold=hold)]))
    return hold


def agent_of(provider):
    agent = Agent(AgentOptions(stream_fn=provider.stream))
    agent.set_model(MODEL)
    return agent


async def test_abort_of_the_agent_cancels_the_run(server, opened, held):
    agent = agent_of(opened())
    running = asyncio.ensure_future(agent.prompt("Name a prime."))
    await held.reached.wait()
    agent.abort()
    message = await running
    assert message.stop_reason == "aborted"
    assert (message.response_id, message.metadata["thread_id"]) == ("r-1", "t-1")
    [request] = server.received(CANCEL)
    assert request.path == "/v1/responses/r-1/cancel"
    assert server.state.runs["r-1"].status == "cancelled"


async def test_cancelled_task_cancels_the_run(server, opened, held, asked):
    async with no_tasks_left("The provider"):
        stream = opened().stream(MODEL, asked(), StreamOptions())
        reading = asyncio.ensure_future(stream.result())
        await held.reached.wait()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await stream.aclose()
    assert server.state.runs["r-1"].is_cancelled


async def test_leaving_between_two_events_cancels_the_run(server, opened, asked):
    server.plan(Run.endless(THINK))
    async with no_tasks_left("The provider"):
        stream = opened().stream(MODEL, asked(), StreamOptions())
        async for event in stream:
            if event.type == "thinking_delta":
                break
        await stream.aclose()
    assert server.state.runs["r-1"].is_cancelled


async def test_abort_while_the_run_begins_cancels_what_was_begun(server, opened, asked):
    hold = Hold()
    told = {"response_id": "r-9", "thread_id": "t-9", "status": "queued"}
    from jackfield.testing import json_reply

    server.fail("POST /v1/responses", LateReply(lambda: json_reply(told), hold))
    stream = opened().stream(MODEL, asked(), StreamOptions())
    async with no_tasks_left("The provider"):
        reading = asyncio.ensure_future(stream.result())
        await hold.reached.wait()
        reading.cancel()
        await asyncio.sleep(0)
        hold.release()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await stream.aclose()
    assert [request.path for request in server.received(CANCEL)] == ["/v1/responses/r-9/cancel"]


async def test_service_that_does_not_answer_holds_nobody_up(server, opened, asked):
    never = Hold()
    server.fail("POST /v1/responses", LateReply(Reply, never))
    provider = opened(cancel_timeout_s=0.05)
    async with no_tasks_left("The provider"), asyncio.timeout(5):
        reading = asyncio.ensure_future(provider.stream(MODEL, asked(), StreamOptions()).result())
        await never.reached.wait()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading


async def test_cancelling_that_hangs_is_left_in_time(server, opened, asked, held):
    server.fail(CANCEL, LateReply(Reply, Hold()))
    async with no_tasks_left("The provider"), asyncio.timeout(5):
        stream = opened(cancel_timeout_s=0.05).stream(MODEL, asked(), StreamOptions())
        reading = asyncio.ensure_future(stream.result())
        await held.reached.wait()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await stream.aclose()


@pytest.mark.parametrize("status", [404, 409, 500])
async def test_cancelling_that_is_refused_changes_nothing(server, opened, held, status):
    server.fail(CANCEL, Reply(status=status))
    agent = agent_of(opened())
    running = asyncio.ensure_future(agent.prompt("Name a prime."))
    await held.reached.wait()
    agent.abort()
    assert (await running).stop_reason == "aborted"
    assert len(server.received(CANCEL)) == 1


async def test_second_cancellation_ends_the_wait_at_once(server, opened, asked, held):
    never = Hold()
    server.fail(CANCEL, LateReply(Reply, never))
    async with no_tasks_left("The provider"), asyncio.timeout(5):
        stream = opened(cancel_timeout_s=1.9).stream(MODEL, asked(), StreamOptions())
        reading = asyncio.ensure_future(stream.result())
        await held.reached.wait()
        reading.cancel()
        await never.reached.wait()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await stream.aclose()


async def test_run_that_is_over_is_not_cancelled(server, opened, asked):
    stream = opened().stream(MODEL, asked(), StreamOptions())
    await stream.result()
    await stream.aclose()
    assert server.received(CANCEL) == []


async def test_next_prompt_works_after_an_abort(server, opened, held):
    agent = agent_of(opened())
    running = asyncio.ensure_future(agent.prompt("Name a prime."))
    await held.reached.wait()
    agent.abort()
    await running
    assert await agent.prompt_text("Again") == "You said: Again"
