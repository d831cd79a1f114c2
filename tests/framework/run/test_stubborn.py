"""Providers and tools that do not obey an abort. Source: spec/agent.md, 5.8."""

import asyncio
import logging
import threading

from support.agent_runs import MODEL, agent_of, assert_idle, collected, results_in, tool_of

import jackfield.run.abort
import jackfield.run.tool_call
from jackfield.agent.agent import Agent
from jackfield.stream import AnswerStream
from jackfield.testing import Call, Moment, ScriptedProvider
from jackfield.tools import AgentToolResult


async def test_provider_that_swallows_the_cancellation_is_aborted_all_the_same():
    reading = asyncio.Event()

    async def source(answer):
        answer.text("one")
        yield
        try:
            reading.set()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            answer.text(" two")
            answer.finish()
        yield

    agent = Agent(stream_fn=lambda model, *_: AnswerStream(model, source), model=MODEL)
    task = asyncio.create_task(agent.prompt("hi"))
    await reading.wait()
    agent.abort()
    assert (await task).stop_reason == "aborted"
    assert task.cancelling() == 0


async def test_provider_that_swallows_one_cancellation_is_asked_again(monkeypatch):
    monkeypatch.setattr(jackfield.run.abort, "GRACE_S", 0.01)
    reading = asyncio.Event()

    async def source(answer):
        reading.set()
        for _ in range(3):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                continue
        yield

    agent = Agent(stream_fn=lambda model, *_: AnswerStream(model, source), model=MODEL)
    task = asyncio.create_task(agent.prompt("hi"))
    await reading.wait()
    agent.abort()
    assert (await task).stop_reason == "aborted"
    assert task.cancelling() == 0


async def test_provider_that_turns_the_cancellation_into_an_error_is_aborted():
    reading = asyncio.Event()

    async def source(answer):
        answer.text("one")
        yield
        try:
            reading.set()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise OSError("connection lost") from None
        yield

    agent = Agent(stream_fn=lambda model, *_: AnswerStream(model, source), model=MODEL)
    task = asyncio.create_task(agent.prompt("hi"))
    await reading.wait()
    agent.abort()
    answer = await task
    assert (answer.stop_reason, answer.error) == ("aborted", None)
    assert answer.content[0].text == "one"


async def test_provider_that_cancels_itself_has_failed():
    async def source(answer):
        answer.text("one")
        yield
        raise asyncio.CancelledError

    agent = Agent(stream_fn=lambda model, *_: AnswerStream(model, source), model=MODEL)
    answer = await agent.prompt("hi")
    assert (answer.stop_reason, answer.error_message) == ("error", "Cancelled")
    assert answer.content[0].text == "one"


async def test_provider_may_abort_its_own_agent():
    async def source(answer):
        answer.text("one")
        yield
        agent.abort()
        answer.text(" two")
        yield
        await asyncio.Event().wait()

    agent = Agent(stream_fn=lambda model, *_: AnswerStream(model, source), model=MODEL)
    assert (await agent.prompt("hi")).stop_reason == "aborted"
    assert asyncio.current_task().cancelling() == 0
    await asyncio.sleep(0)


async def test_stream_that_does_not_close_is_left_behind(monkeypatch, caplog):
    monkeypatch.setattr(jackfield.run.abort, "GRACE_S", 0.01)

    class Stubborn(AnswerStream):
        async def aclose(self):
            await asyncio.Event().wait()

    async def source(answer):
        answer.text("one")
        answer.finish()
        yield

    agent = Agent(stream_fn=lambda model, *_: Stubborn(model, source), model=MODEL)
    assert await agent.prompt_text("hi") == "one"
    assert "'p' did not end within 0.01 s" in caplog.text


async def test_tool_that_ignores_its_cancellation_is_left_behind(monkeypatch, caplog):
    monkeypatch.setattr(jackfield.run.tool_call, "GRACE_S", 0.01)
    release, ended = asyncio.Event(), asyncio.Event()

    async def stubborn(call_id, args, signal, on_update):
        agent.abort()
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue
        on_update(AgentToolResult())
        ended.set()
        return "late"

    agent = agent_of(ScriptedProvider([Call("work", id="t1")]), tool_of(stubborn))
    with caplog.at_level(logging.WARNING):
        events = await collected(agent.stream("hi"))
    assert "Tool 'work' did not end" in caplog.text
    release.set()
    await ended.wait()
    assert results_in(agent)["t1"].content[0].text == "Operation aborted"
    assert "tool_execution_update" not in [event.type for event in events]
    assert_idle(agent)


async def test_plain_tool_that_never_returns_does_not_hold_an_aborted_run():
    started, release = Moment(), threading.Event()

    def blocks(call_id, args, signal, on_update):
        started.set()
        release.wait()
        return "late"

    agent = agent_of(ScriptedProvider([Call("work", id="t1")]), tool_of(blocks))
    task = asyncio.create_task(agent.prompt("hi"))
    await started.wait()
    agent.abort()
    async with asyncio.timeout(1):
        await task
    assert results_in(agent)["t1"].content[0].text == "Operation aborted"
    release.set()
