"""The loop without the agent. Source: spec/agent.md, 2.5."""

import asyncio

import pytest

from jackfield.contracts import Context
from jackfield.errors import OptionError
from jackfield.events import AgentEndEvent, TurnStartEvent
from jackfield.history import default_convert_to_llm
from jackfield.messages import AssistantMessage, TextContent, ToolCallContent, UserMessage
from jackfield.models import Model
from jackfield.run.event_stream import EventStream, create_agent_stream
from jackfield.run.loop_config import AgentLoopConfig
from jackfield.run.low_level import (
    agent_loop,
    agent_loop_continue,
    execute_tool_calls,
    skip_tool_call,
    stream_assistant_response,
    stream_simple,
)
from jackfield.testing import Call, ScriptedProvider, Wait
from jackfield.tools import AgentTool, AgentToolResult

MODEL = Model(provider="p", id="m", api="x")


def user(text):
    return UserMessage(content=[TextContent(text=text)])


def config(**fields):
    return AgentLoopConfig(model=MODEL, convert_to_llm=default_convert_to_llm, **fields)


async def ok(call_id, args, signal, on_update):
    return "ok"


async def test_loop_runs_and_leaves_the_context_of_the_caller_alone(notation, roles):
    context = Context(messages=[user("before")], tools=[AgentTool(name="ok", execute=ok)])
    provider = ScriptedProvider([Call("ok", id="t1")], "done")
    stream = agent_loop([user("hi")], context, config(), stream_fn=provider.stream)
    events = [event async for event in stream]
    assert notation(events) == (
        "A+ T+ M+(u) M-(u) M+(a) Mu* M-(a) X+(t1) X-(t1) M+(r:t1) M-(r:t1) T-[t1] "
        "T+ M+(a) Mu* M-(a) T-[] A-(stop)"
    )
    assert roles(await stream.result()) == "u a r:t1 a"
    assert roles(context.messages) == "u"
    assert roles(provider.requests[0].messages) == "u u"
    await stream.task


async def test_loop_starts_at_once_but_waits_for_its_reader():
    provider = ScriptedProvider("done")
    stream = agent_loop([user("hi")], Context(), config(), stream_fn=provider.stream)
    for _ in range(20):
        await asyncio.sleep(0)
    assert provider.requests == []
    assert len(await stream.result()) == 2
    await stream.task


async def test_setting_the_signal_aborts_the_loop(roles):
    wait, signal = Wait(), asyncio.Event()
    provider = ScriptedProvider(["one", wait, "never"])
    stream = agent_loop([user("hi")], Context(), config(), signal, provider.stream)
    result = asyncio.create_task(stream.result())
    await wait.reached.wait()
    signal.set()
    messages = await result
    assert roles(messages) == "u a"
    assert messages[-1].stop_reason == "aborted"
    await stream.task


async def test_closing_the_stream_aborts_the_loop():
    wait = Wait()
    provider = ScriptedProvider(["one", wait, "never"])
    stream = agent_loop([user("hi")], Context(), config(), stream_fn=provider.stream)
    async for event in stream:
        if event.type == "message_update":
            break
    await stream.aclose()
    await stream.aclose()
    assert stream.task.done()


async def test_queues_of_the_loop_are_functions(roles):
    steering, follow_ups = [[user("s")]], [[user("f")]]

    async def follow_up():
        return follow_ups.pop() if follow_ups else []

    fields = {
        "get_steering_messages": lambda: steering.pop() if steering else [],
        "get_follow_up_messages": follow_up,
    }
    provider = ScriptedProvider("one", "two")
    stream = agent_loop([user("hi")], Context(), config(**fields), stream_fn=provider.stream)
    assert roles(await stream.result()) == "u u a u a"
    await stream.task


async def test_failing_queue_function_ends_the_run():
    def fails():
        raise LookupError("no queue")

    stream = agent_loop(
        [user("hi")],
        Context(),
        config(get_follow_up_messages=fails),
        stream_fn=ScriptedProvider("one").stream,
    )
    events = [event async for event in stream]
    assert (events[-1].reason, events[-1].error_message) == ("error", "no queue")
    await stream.task


async def test_key_function_beats_the_configured_key():
    provider = ScriptedProvider("one", "two")
    for key, expected in (("fresh", "fresh"), (None, "fixed")):
        fields = {"api_key": "fixed", "get_api_key": lambda name, key=key: key}
        stream = agent_loop([user("hi")], Context(), config(**fields), stream_fn=provider.stream)
        await stream.result()
        assert provider.requests[-1].options.api_key == expected
        await stream.task


async def test_without_a_stream_function_the_answer_says_so():
    stream = agent_loop([user("hi")], Context(), config())
    messages = await stream.result()
    assert "stream_fn" in messages[-1].error_message
    with pytest.raises(NotImplementedError):
        stream_simple(MODEL, Context(), None)
    await stream.task


async def test_continue_checks_the_history_at_once():
    with pytest.raises(OptionError, match="Cannot continue: no messages in context"):
        agent_loop_continue(Context(), config())
    answered = Context(messages=[user("hi"), AssistantMessage()])
    with pytest.raises(ValueError, match="Cannot continue from message role: assistant"):
        agent_loop_continue(answered, config())
    provider = ScriptedProvider("one")
    stream = agent_loop_continue(
        Context(messages=[user("hi")]), config(), stream_fn=provider.stream
    )
    assert [message.role for message in await stream.result()] == ["assistant"]
    await stream.task


async def test_one_response_is_appended_to_the_context(notation):
    context, stream = Context(messages=[user("hi")]), create_agent_stream()
    provider = ScriptedProvider("hello")
    answer = await stream_assistant_response(context, config(), None, stream, provider.stream)
    stream.end()
    assert answer.content[0].text == "hello"
    assert context.messages[-1] is answer
    assert notation([event async for event in stream]) == "M+(a) Mu* M-(a)"


async def test_tool_calls_can_be_executed_alone(notation):
    calls = [ToolCallContent(id="t1", name="ok"), ToolCallContent(id="t2", name="zzz")]
    message = AssistantMessage(content=calls, stop_reason="tool_calls")
    stream = EventStream()

    async def steering():
        return [user("s")]

    async def stops(*_):
        return AgentToolResult(terminate=True)

    result = await execute_tool_calls(
        [AgentTool(name="ok", execute=stops)],
        message,
        None,
        stream,
        steering,
        lambda *_: None,
        lambda *_: None,
    )
    stream.end()
    assert [each.is_error for each in result.tool_results] == [False, True]
    assert result.terminate
    assert len(result.steering_messages) == 1
    assert notation([event async for event in stream]).endswith("M+(r:t2) M-(r:t2)")


async def test_skipped_call_has_all_its_events(notation):
    stream = EventStream()
    message = skip_tool_call(ToolCallContent(id="t1", name="ok"), stream)
    stream.end()
    assert message.is_error
    assert message.content[0].text == "Skipped due to queued user message."
    assert notation([event async for event in stream]) == "X+(t1) X-(t1) M+(r:t1) M-(r:t1)"


async def test_event_stream_ends_with_agent_end_and_ignores_the_rest():
    stream = EventStream()
    messages = [user("hi")]
    stream.push(TurnStartEvent())
    stream.push(AgentEndEvent(messages))
    stream.push(TurnStartEvent())
    stream.set_exception(RuntimeError("late"))
    assert len([event async for event in stream]) == 2
    assert await stream.result() is messages


async def test_event_stream_raises_after_the_queued_events():
    stream = EventStream()
    stream.push(TurnStartEvent())
    stream.set_exception(RuntimeError("broken"))
    assert (await anext(stream)).type == "turn_start"
    with pytest.raises(RuntimeError, match="broken"):
        await anext(stream)
    with pytest.raises(RuntimeError, match="broken"):
        await stream.result()


@pytest.mark.parametrize("how", ["push", "end", "error"])
async def test_blocked_reader_is_woken(how):
    stream = EventStream()
    reader = asyncio.create_task(stream.result())
    await asyncio.sleep(0)
    if how == "push":
        stream.push(AgentEndEvent([]))
    elif how == "end":
        stream.end()
    else:
        stream.set_exception(LookupError("x"))
    if how == "error":
        with pytest.raises(LookupError):
            await reader
    else:
        assert await reader == []
