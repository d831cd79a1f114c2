"""Any end at any moment leaves a usable agent. Source: spec/agent.md, 5.8."""

import asyncio
from contextlib import aclosing

from hypothesis import given, settings
from hypothesis import strategies as st
from support.agent_runs import (
    agent_of,
    assert_balanced,
    assert_idle,
    assert_valid_history,
    tool_of,
)

from jackfield.messages import TextContent
from jackfield.testing import Call, ScriptedProvider
from jackfield.tools import AgentToolResult


def busy_agent(seen):
    """A run with everything: hooks, a plain tool, tools that wait, two turns, a follow-up."""

    async def waits(call_id, args, signal, on_update):
        for _ in range(3):
            on_update(AgentToolResult(content=[TextContent(text="working")]))
            await asyncio.sleep(0)
        return "ok"

    def plain(call_id, args, signal, on_update):
        return "plain"

    async def hook(*args):
        await asyncio.sleep(0)

    async def keep(messages, signal=None):
        await asyncio.sleep(0)
        return messages

    async def listen(event):
        seen.append(event)
        await asyncio.sleep(0)

    agent = agent_of(
        ScriptedProvider(
            ["so ", Call("waits", id="t1"), Call("plain", id="t2"), Call("none", id="t3")],
            "done",
            "and more",
            default="fine",
        ),
        tool_of(waits, "waits"),
        tool_of(plain, "plain"),
        before_tool_call=hook,
        after_tool_call=hook,
        transform_context=keep,
    )
    agent.follow_up("more")
    agent.subscribe(listen)
    return agent


async def interrupted(agent, how, after):
    """Run a prompt; abort or cancel it after so many steps of the event loop."""
    task = asyncio.create_task(agent.prompt("hi"))
    for _ in range(after):
        await asyncio.sleep(0)
    if how == "abort":
        agent.abort()
    else:
        task.cancel()
    await asyncio.wait([task], timeout=5)
    assert task.done()
    if how == "abort":
        assert task.result().role == "assistant"


async def left_early(agent, after):
    async with aclosing(agent.stream("hi")) as events:
        number = 0
        async for _ in events:
            number += 1
            if number == after:
                break


async def aborted_at_event(agent, after):
    left = [after]

    def listen(event):
        left[0] -= 1
        if left[0] == 0:
            agent.abort()

    unsubscribe = agent.subscribe(listen)
    await agent.prompt("hi")
    unsubscribe()


@settings(max_examples=150, deadline=None)
@given(
    how=st.sampled_from(["abort", "cancel", "leave", "listener"]),
    after=st.integers(min_value=1, max_value=90),
)
def test_any_end_at_any_moment_leaves_a_usable_agent(how, after):
    async def check():
        seen = []
        agent = busy_agent(seen)
        if how == "leave":
            await left_early(agent, after)
        elif how == "listener":
            await aborted_at_event(agent, after)
        else:
            await interrupted(agent, how, after)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert asyncio.current_task().cancelling() == 0
        assert_idle(agent)
        if seen:
            assert_balanced(seen)
            assert seen[-1].messages == agent.state.messages
        assert_valid_history(agent.state.messages)
        agent.clear_all_queues()
        assert (await agent.prompt("again")).stop_reason in ("stop", "tool_calls")

    asyncio.run(check())
