"""Aborting and cancelling a run at any moment. Source: spec/agent.md, 5.8."""

import asyncio
import gc
import logging
import threading
from contextlib import aclosing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import jackfield.run.abort
import jackfield.run.tool_call
from jackfield.agent.agent import Agent
from jackfield.messages import TextContent
from jackfield.models import Model
from jackfield.stream import AnswerStream
from jackfield.testing import Call, Moment, ScriptedProvider, Wait
from jackfield.tools import AgentTool, AgentToolResult

MODEL = Model(provider="p", id="m", api="x")


def agent_of(provider, *tools, **options):
    return Agent(stream_fn=provider.stream, model=MODEL, tools=list(tools), **options)


def tool_of(execute, name="work", **fields):
    return AgentTool(name=name, execute=execute, **fields)


async def collected(stream):
    return [event async for event in stream]


def told(agent):
    events = []
    agent.subscribe(events.append)
    return events


def abort_at(agent, kind, number=1):
    """Abort from a listener, at the n-th event of a kind."""
    left = [number]

    def listen(event):
        if event.type == kind:
            left[0] -= 1
            if left[0] == 0:
                agent.abort()

    return agent.subscribe(listen)


def results_in(agent):
    return {m.tool_call_id: m for m in agent.state.messages if m.role == "tool_result"}


def assert_idle(agent):
    state = agent.state
    assert not state.is_streaming
    assert state.stream_message is None
    assert state.pending_tool_calls == set()
    assert agent.signal is None


def assert_valid_history(messages):
    """Every call has exactly one result, right after its message; nothing is left open."""
    due = []
    for message in messages:
        if message.role == "tool_result":
            assert due
            assert message.tool_call_id == due.pop(0)
            continue
        assert due == []
        if message.role == "assistant":
            assert message.stop_reason is not None
            assert all(not part.is_open for part in message.content)
            due = [call.id for call in message.tool_calls()]
    assert due == []


def assert_balanced(events):
    """What was begun was ended, and the run ended once."""
    kinds = [event.type for event in events]
    assert kinds[0] == "agent_start"
    assert kinds[-1] == "agent_end"
    for begin in ("agent", "turn", "message", "tool_execution"):
        assert kinds.count(f"{begin}_start") == kinds.count(f"{begin}_end")
    assert kinds.count("agent_end") == 1


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
