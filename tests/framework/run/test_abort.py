"""Aborting a run at any moment. Source: spec/agent.md, 5.8."""

import asyncio
import threading

from support.agent_runs import (
    MODEL,
    agent_of,
    assert_balanced,
    assert_idle,
    collected,
    results_in,
    told,
    tool_of,
)

from jackfield.agent.agent import Agent
from jackfield.stream import AnswerStream
from jackfield.testing import Call, ScriptedProvider, Wait


def abort_at(agent, kind, number=1):
    """Abort from a listener, at the n-th event of a kind."""
    left = [number]

    def listen(event):
        if event.type == kind:
            left[0] -= 1
            if left[0] == 0:
                agent.abort()

    return agent.subscribe(listen)


async def test_abort_before_the_first_byte(notation):
    wait = Wait()
    agent = agent_of(ScriptedProvider([wait, "never"]))
    events = told(agent)
    task = asyncio.create_task(agent.prompt("hi"))
    await wait.reached.wait()
    agent.abort()
    answer = await task
    assert notation(events) == "A+ T+ M+(u) M-(u) M+(a) M-(a) T-[] A-(aborted)"
    assert (answer.content, answer.error_message) == ([], "Request was aborted")
    assert_idle(agent)


async def test_abort_while_the_stream_function_is_awaited():
    asked = asyncio.Event()

    async def connect(model, context, options):
        asked.set()
        await asyncio.Event().wait()

    agent = Agent(stream_fn=connect, model=MODEL)
    task = asyncio.create_task(agent.prompt("hi"))
    await asked.wait()
    agent.abort()
    assert (await task).stop_reason == "aborted"


async def test_abort_keeps_finished_calls_and_drops_half_ones(notation):
    wait = Wait()

    async def source(answer):
        answer.text("so ")
        answer.open_call(0, id="t1", name="work")
        answer.arguments(0, '{"a": 1}')
        answer.end_call(0)
        answer.open_call(1, id="t2", name="work")
        answer.arguments(1, '{"a"')
        yield
        wait.reached.set()
        await wait.released.wait()

    agent = Agent(stream_fn=lambda model, *_: AnswerStream(model, source), model=MODEL)
    events = told(agent)
    task = asyncio.create_task(agent.prompt("hi"))
    await wait.reached.wait()
    agent.abort()
    answer = await task
    assert [part.type for part in answer.content] == ["text", "tool_call"]
    assert notation(events).endswith("M-(a) M+(r:t1) M-(r:t1) T-[t1] A-(aborted)")
    result = results_in(agent)["t1"]
    assert (result.is_error, result.content[0].text) == (True, "Operation aborted")


async def test_abort_between_turns_makes_no_further_call(notation):
    provider = ScriptedProvider([Call("work", id="t1")], "never")

    async def work(call_id, args, signal, on_update):
        return "ok"

    agent = agent_of(provider, tool_of(work))
    abort_at(agent, "turn_end")
    events = await collected(agent.stream("hi"))
    assert notation(events).endswith("T-[t1] A-(aborted)")
    assert len(provider.requests) == 1
    assert not results_in(agent)["t1"].is_error


async def test_abort_at_the_start_keeps_prompt_and_queues(notation):
    provider = ScriptedProvider("never")
    agent = agent_of(provider)
    agent.steer("s")
    abort_at(agent, "agent_start")
    events = await collected(agent.stream("hi"))
    assert notation(events) == "A+ T+ M+(u) M-(u) M+(a) M-(a) T-[] A-(aborted)"
    assert provider.requests == []
    assert agent.has_queued_messages()


async def test_abort_when_idle_or_twice_does_nothing():
    agent = agent_of(ScriptedProvider("one", "two"))
    agent.abort()
    assert await agent.prompt_text("hi") == "one"
    unsubscribe = abort_at(agent, "message_update")
    agent.subscribe(lambda event: agent.abort() if event.type == "message_update" else None)
    assert (await agent.prompt("hi")).stop_reason == "aborted"
    unsubscribe()
    agent.abort()
    assert_idle(agent)


async def test_events_of_a_read_after_abort_are_dropped_and_their_text_kept():
    agent = agent_of(ScriptedProvider("one two three", batch=100))
    events = told(agent)
    abort_at(agent, "message_update", 2)
    answer = await agent.prompt("hi")
    assert len([e for e in events if e.type == "message_update"]) == 2
    assert answer.content[0].text == "one two three"
    assert answer.stop_reason == "aborted"


async def test_prompt_text_returns_what_an_aborted_answer_had():
    agent = agent_of(ScriptedProvider("one two three"))
    abort_at(agent, "message_update", 2)
    assert await agent.prompt_text("hi") == "one"


async def test_abort_works_from_another_thread():
    wait = Wait()
    agent = agent_of(ScriptedProvider([wait, "never"]))
    task = asyncio.create_task(agent.prompt("hi"))
    await wait.reached.wait()
    thread = threading.Thread(target=agent.abort)
    thread.start()
    assert (await task).stop_reason == "aborted"
    thread.join()


async def test_abort_leaves_no_cancellation_behind_in_the_task():
    wait = Wait()
    agent = agent_of(ScriptedProvider([wait, "never"], "fine"))
    asyncio.get_running_loop().call_later(0.01, agent.abort)
    assert (await agent.prompt("hi")).stop_reason == "aborted"
    assert asyncio.current_task().cancelling() == 0
    await asyncio.sleep(0)
    assert await agent.prompt_text("hi") == "fine"


async def test_abort_never_cancels_an_async_listener():
    finished = []

    async def listen(event):
        if event.type == "message_update" and not finished:
            agent.abort()
            await asyncio.sleep(0.01)
            finished.append(event)

    agent = agent_of(ScriptedProvider("one two"))
    agent.subscribe(listen)
    assert (await agent.prompt("hi")).stop_reason == "aborted"
    assert len(finished) == 1


async def test_abort_never_cancels_the_body_of_the_loop():
    agent = agent_of(ScriptedProvider("one two"))
    passed = []
    async for event in agent.stream("hi"):
        if event.type == "message_update":
            asyncio.get_running_loop().call_soon(agent.abort)
            await asyncio.sleep(0.01)
            passed.append(event)
    assert len(passed) == 1
    assert agent.state.messages[-1].stop_reason == "aborted"


async def test_abort_keeps_the_results_of_tools_that_were_done():
    done = asyncio.Event()

    async def fast(call_id, args, signal, on_update):
        done.set()
        return "real"

    async def slow(call_id, args, signal, on_update):
        await asyncio.Event().wait()

    provider = ScriptedProvider([Call("fast", id="t1"), Call("slow", id="t2")])
    agent = agent_of(provider, tool_of(fast, "fast"), tool_of(slow, "slow"))
    abort_at(agent, "tool_execution_end")
    events = await collected(agent.stream("hi"))
    results = results_in(agent)
    assert results["t1"].content[0].text == "real"
    assert results["t2"].content[0].text == "Operation aborted"
    assert_balanced(events)


async def test_sequential_calls_not_begun_get_results_without_events(notation):
    async def work(call_id, args, signal, on_update):
        agent.abort()
        await asyncio.Event().wait()

    provider = ScriptedProvider([Call("work", id="t1"), Call("work", id="t2")])
    agent = agent_of(provider, tool_of(work, execution_mode="sequential"))
    events = await collected(agent.stream("hi"))
    assert notation(events).endswith(
        "X+(t1) X-(t1) M+(r:t1) M-(r:t1) M+(r:t2) M-(r:t2) T-[t1,t2] A-(aborted)"
    )
