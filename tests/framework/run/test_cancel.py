"""Cancelling the task of a run, and leaving its stream. Source: spec/agent.md, 5.8."""

import asyncio
import gc
from contextlib import aclosing

import pytest
from support.agent_runs import (
    agent_of,
    assert_balanced,
    assert_idle,
    assert_valid_history,
    told,
    tool_of,
)

from jackfield.testing import Call, ScriptedProvider, Wait


async def test_timeout_around_prompt_works_and_leaves_a_usable_agent():
    wait = Wait()
    agent = agent_of(ScriptedProvider(["part", wait, "never"], "fine"))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await agent.prompt("hi")
    assert asyncio.current_task().cancelling() == 0
    assert agent.state.messages[-1].stop_reason == "aborted"
    assert agent.state.messages[-1].content[0].text == "part"
    assert await agent.prompt_text("again") == "fine"


async def test_cancellation_that_was_pending_before_the_prompt_gets_through():
    async def run():
        asyncio.current_task().cancel()
        await agent.prompt("hi")

    wait = Wait()
    agent = agent_of(ScriptedProvider([wait, "never"]))
    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(run())
    assert_idle(agent)
    assert_valid_history(agent.state.messages)


@pytest.mark.parametrize(
    "hook", ["convert_to_llm", "transform_context", "get_api_key", "before_tool_call",
             "after_tool_call", "should_stop_after_turn"],
)  # fmt: skip
async def test_cancellation_inside_a_hook_cleans_up(hook):
    reached = asyncio.Event()

    async def hangs(*args):
        reached.set()
        await asyncio.Event().wait()

    async def work(call_id, args, signal, on_update):
        return "ok"

    agent = agent_of(
        ScriptedProvider([Call("work", id="t1")], "never"), tool_of(work), **{hook: hangs}
    )
    events = told(agent)
    task = asyncio.create_task(agent.prompt("hi"))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert_balanced(events)
    assert events[-1].reason == "aborted"
    assert_valid_history(agent.state.messages)
    assert_idle(agent)


async def test_cancellation_inside_a_listener_still_tells_the_others():
    reached = asyncio.Event()

    async def hangs(event):
        if event.type == "message_update" and not reached.is_set():
            reached.set()
            await asyncio.Event().wait()

    agent = agent_of(ScriptedProvider("one two"))
    agent.subscribe(hangs)
    events = told(agent)
    task = asyncio.create_task(agent.prompt("hi"))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert_balanced(events)
    assert_idle(agent)


async def test_second_cancellation_does_not_stop_the_clean_up():
    started, cleaning = asyncio.Event(), asyncio.Event()

    async def slow_to_end(call_id, args, signal, on_update):
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            cleaning.set()
            await asyncio.sleep(0.01)

    agent = agent_of(ScriptedProvider([Call("work", id="t1")]), tool_of(slow_to_end))
    events = told(agent)
    task = asyncio.create_task(agent.prompt("hi"))
    await started.wait()
    task.cancel()
    await cleaning.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert_balanced(events)
    assert_valid_history(agent.state.messages)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_stream_that_is_dropped_without_closing_ends_by_itself():
    agent = agent_of(ScriptedProvider("one two", "fine"))
    async for event in agent.stream("hi"):
        if event.type == "message_update":
            break
    gc.collect()
    await agent.wait_for_idle()
    assert agent.state.messages[-1].stop_reason == "aborted"
    assert await agent.prompt_text("again") == "fine"


def test_program_that_ends_inside_a_stream_is_quiet(caplog):
    agent = agent_of(ScriptedProvider("one two"))

    async def main():
        async for event in agent.stream("hi"):
            if event.type == "message_update":
                return

    asyncio.run(main())
    gc.collect()
    assert caplog.text == ""
    assert_idle(agent)


async def test_leaving_stream_text_early_aborts():
    agent = agent_of(ScriptedProvider("one two"))
    async with aclosing(agent.stream_text("hi")) as texts:
        async for _ in texts:
            break
    assert_idle(agent)
    assert agent.state.messages[-1].content[0].text == "one"
