"""The acceptance checks of spec/agent.md, 16 (25 is caching's, 26 to 28 are the proxy's)."""

import asyncio

import pytest
from support.agent_runs import (
    MODEL,
    PLAIN,
    agent_of,
    collected,
    result_of,
    results_in,
    text_of,
    told,
    tool_of,
)

from jackfield.agent.agent import Agent
from jackfield.errors import AgentRunError
from jackfield.events import DoneEvent
from jackfield.messages import (
    AssistantMessage,
    TextContent,
)
from jackfield.stream import AnswerStream
from jackfield.testing import Call, RawStream, ScriptedProvider


async def test_plain_answer_gives_the_specified_events(notation, roles):
    """Check 1."""
    agent = agent_of(ScriptedProvider("hello"))
    events = told(agent)
    assert await agent.prompt_text("hi") == "hello"
    assert notation(events) == PLAIN
    updates = [e.assistant_message_event.type for e in events if e.type == "message_update"]
    assert updates == ["text_start", "text_delta", "text_end"]
    assert roles(agent.state.messages) == "u a"


async def test_dictionaries_work_wherever_messages_do(notation):
    """Check 2."""
    part = {"type": "text", "text": "hello"}
    message = {"role": "assistant", "content": [part], "stop_reason": "stop"}
    live = {**message, "content": [{"type": "text", "text": ""}], "stop_reason": None}
    events = [
        {"type": "start", "partial": live},
        {"type": "text_start", "content_index": 0, "partial": live},
        {"type": "text_delta", "content_index": 0, "delta": "hello", "partial": live},
        {"type": "text_end", "content_index": 0, "content": "hello", "partial": message},
        {"type": "done", "reason": "stop", "message": message},
    ]

    async def stream():
        for event in events:
            yield event

    agent = Agent(stream_fn=lambda *_: stream(), model=MODEL)
    seen = await collected(agent.stream({"role": "user", "content": [part]}))
    assert notation(seen) == PLAIN
    answer = agent.state.messages[-1]
    assert answer["content"][0]["text"] == answer.content[0].text == "hello"
    assert agent.state["messages"][0]["content"][0]["text"] == "hello"


async def test_tool_call_runs_and_its_result_reaches_the_model(notation, roles):
    """Check 3."""

    async def add(call_id, args, signal, on_update):
        on_update(result_of("working"))
        return result_of(str(args["a"] + args["b"]))

    provider = ScriptedProvider([Call("add", {"a": 1, "b": 2}, id="t1")], "it is 3")
    agent = agent_of(provider, tool_of(add, "add"))
    events = await collected(agent.stream("add"))
    assert notation(events) == (
        "A+ T+ M+(u) M-(u) M+(a) Mu* M-(a) X+(t1) Xu(t1) X-(t1) M+(r:t1) M-(r:t1) T-[t1] "
        "T+ M+(a) Mu* M-(a) T-[] A-(stop)"
    )
    assert roles(provider.requests[1].messages) == "u a r:t1"
    assert roles(events[-1].messages) == "u a r:t1 a"
    assert text_of(results_in(agent)["t1"]) == "3"


def two_tools():
    """A slow tool that ends after the fast one, without a clock."""
    fast_is_done = asyncio.Event()

    async def slow(call_id, args, signal, on_update):
        await fast_is_done.wait()
        return result_of("slow")

    async def fast(call_id, args, signal, on_update):
        fast_is_done.set()
        return result_of("fast")

    return tool_of(slow, "slow"), tool_of(fast, "fast")


async def test_parallel_tools_end_in_completion_order(notation):
    """Check 4: the slow tool waits for the fast one, so they do run together."""
    provider = ScriptedProvider([Call("slow", id="t1"), Call("fast", id="t2")], "done")
    events = await collected(agent_of(provider, *two_tools()).stream("go"))
    assert (
        "X+(t1) X+(t2) X-(t2) X-(t1) M+(r:t1) M-(r:t1) M+(r:t2) M-(r:t2) T-[t1,t2]"
    ) in notation(events)


async def test_parallel_tools_take_the_time_of_the_slowest():
    """Check 4, the clock: each waits until the other runs, too."""
    both = asyncio.Barrier(2)

    async def meet(call_id, args, signal, on_update):
        await both.wait()
        return "met"

    provider = ScriptedProvider([Call("meet", id="t1"), Call("meet", id="t2")], "done")
    agent = agent_of(provider, tool_of(meet, "meet"))
    async with asyncio.timeout(5):
        await agent.prompt("go")
    assert [text_of(result) for result in results_in(agent).values()] == ["met", "met"]


async def test_sequential_tools_run_one_after_another(notation):
    """Check 5."""
    running = []

    async def alone(call_id, args, signal, on_update):
        assert not running
        running.append(call_id)
        await asyncio.sleep(0)
        running.remove(call_id)
        return "ok"

    provider = ScriptedProvider([Call("alone", id="t1"), Call("alone", id="t2")], "done")
    agent = agent_of(provider, tool_of(alone, "alone"), tool_execution="sequential")
    events = await collected(agent.stream("go"))
    assert (
        "X+(t1) X-(t1) M+(r:t1) M-(r:t1) X+(t2) X-(t2) M+(r:t2) M-(r:t2) T-[t1,t2]"
    ) in notation(events)
    assert not any(result.is_error for result in results_in(agent).values())


async def test_failing_and_unknown_tools_are_errors_for_the_model():
    """Check 6."""

    async def fails(call_id, args, signal, on_update):
        raise ValueError("nope")

    provider = ScriptedProvider([Call("fails", id="t1"), Call("zzz", id="t2")], "I see")
    agent = agent_of(provider, tool_of(fails, "fails"))
    events = await collected(agent.stream("go"))
    ends = {e.tool_call_id: e for e in events if e.type == "tool_execution_end"}
    assert ends["t1"].is_error
    assert ends["t2"].is_error
    results = results_in(agent)
    assert text_of(results["t1"]) == "nope"
    assert text_of(results["t2"]).startswith("Tool zzz not found")
    assert text_of(agent.state.messages[-1]) == "I see"


async def test_stream_function_that_raises_ends_the_run_in_order(notation, roles):
    """Check 7."""

    def down(model, context, options):
        raise RuntimeError("down")

    agent = Agent(stream_fn=down, model=MODEL)
    events = told(agent)
    async with asyncio.timeout(1):
        answer = await agent.prompt("hi")
    assert notation(events) == "A+ T+ M+(u) M-(u) M+(a) M-(a) T-[] A-(error)"
    assert (answer.stop_reason, answer.error_message) == ("error", "down")
    assert agent.state.error == "down"
    assert roles(events[-1].messages) == "u a"
    with pytest.raises(AgentRunError, match="down") as caught:
        await agent.prompt_text("again")
    assert caught.value.failed_message is agent.state.messages[-1]


async def test_stream_that_breaks_keeps_the_text_so_far():
    """Check 8."""
    agent = agent_of(ScriptedProvider(["hel", RuntimeError("cut")]))
    answer = await agent.prompt("hi")
    assert text_of(answer) == "hel"
    assert (answer.stop_reason, answer.error_message) == ("error", "cut")


@pytest.mark.parametrize("kind", ["foreign", "ours"])
async def test_stream_without_terminal_event_is_an_error(notation, kind):
    """Check 9."""

    async def stops(answer):
        answer.start()
        yield

    async def starts():
        yield {"type": "start", "partial": {"role": "assistant", "content": []}}

    agent = Agent(
        stream_fn=lambda *_: starts() if kind == "foreign" else AnswerStream(MODEL, stops),
        model=MODEL,
    )
    events = await collected(agent.stream("hi"))
    assert notation(events) == "A+ T+ M+(u) M-(u) M+(a) M-(a) T-[] A-(error)"
    answer = agent.state.messages[-1]
    assert answer.stop_reason == "error"
    assert answer.error_message.startswith("Stream ended without a terminal event")


async def test_done_without_start_is_a_whole_answer(notation):
    """Check 10."""
    message = AssistantMessage(content=[TextContent(text="all")], stop_reason="stop")
    stream = RawStream([DoneEvent("stop", message)])
    agent = Agent(stream_fn=lambda *_: stream, model=MODEL)
    events = await collected(agent.stream("hi"))
    assert notation(events) == "A+ T+ M+(u) M-(u) M+(a) M-(a) T-[] A-(stop)"
    assert agent.state.messages[-1] is message
    assert stream.closed
