"""The acceptance checks of spec/agent.md, 16 (25 is caching's, 26 to 28 are the proxy's)."""

import asyncio
from contextlib import aclosing

import pytest

from jackfield.agent.agent import Agent
from jackfield.errors import AgentRunError
from jackfield.events import DoneEvent
from jackfield.messages import (
    AssistantMessage,
    TextContent,
    ToolCallContent,
    ToolResultMessage,
    UserMessage,
)
from jackfield.models import Model
from jackfield.stream import AnswerStream
from jackfield.testing import Call, Finish, RawStream, ScriptedProvider
from jackfield.tools import AgentTool, AgentToolResult, ToolLoopControl

MODEL = Model(provider="p", id="m", api="x")
PLAIN = "A+ T+ M+(u) M-(u) M+(a) Mu* M-(a) T-[] A-(stop)"


def agent_of(provider, *tools, **options):
    return Agent(stream_fn=provider.stream, model=MODEL, tools=list(tools), **options)


def make_tool(name, execute, **fields):
    return AgentTool(name=name, execute=execute, **fields)


def result_of(text, **fields):
    return AgentToolResult(content=[TextContent(text=text)], **fields)


async def answers_ok(call_id, args, signal, on_update):
    return result_of("ok")


async def collected(stream):
    return [event async for event in stream]


def told(agent):
    events = []
    agent.subscribe(events.append)
    return events


def text_of(message):
    return message.content[0].text


def results_in(agent):
    return {m.tool_call_id: m for m in agent.state.messages if m.role == "tool_result"}


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
    agent = agent_of(provider, make_tool("add", add))
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

    return make_tool("slow", slow), make_tool("fast", fast)


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
    agent = agent_of(provider, make_tool("meet", meet))
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
    agent = agent_of(provider, make_tool("alone", alone), tool_execution="sequential")
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
    agent = agent_of(provider, make_tool("fails", fails))
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


class LineServer:
    """Sends a line every 10 ms for as long as somebody listens."""

    def __init__(self):
        self.closed = asyncio.Event()
        self.sent = 0

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader, writer):
        gone = asyncio.create_task(reader.read())
        try:
            while self.sent < 1000 and not gone.done():
                writer.write(b"x\n")
                self.sent += 1
                await asyncio.wait([gone], timeout=0.01)
            self.closed.set()
        finally:
            gone.cancel()
            writer.close()

    def stream(self, model, context, options):
        async def read(answer):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            try:
                while line := await reader.readline():
                    answer.text(line.decode())
                    yield
                answer.finish()
            finally:
                writer.close()
                await writer.wait_closed()

        return AnswerStream(model, read)


async def test_abort_closes_the_connection_at_once(notation):
    """Check 11, over a loopback socket."""
    async with LineServer() as server:
        agent = Agent(stream_fn=server.stream, model=MODEL)

        def abort(event):
            if event.type == "message_update":
                agent.abort()

        unsubscribe = agent.subscribe(abort)
        events = told(agent)
        answer = await agent.prompt("hi")
        async with asyncio.timeout(0.1):
            await server.closed.wait()
        assert server.sent < 20
        assert (answer.stop_reason, answer.error_message) == ("aborted", "Request was aborted")
        assert "x\n" in text_of(answer)
        assert notation(events) == "A+ T+ M+(u) M-(u) M+(a) Mu* M-(a) T-[] A-(aborted)"
        unsubscribe()
    agent.stream_fn = ScriptedProvider("fine").stream
    assert await agent.prompt_text("again") == "fine"


async def test_abort_cancels_a_running_tool_and_ends_the_run(notation):
    """Check 12."""
    cancelled = asyncio.Event()

    async def sleeps(call_id, args, signal, on_update):
        try:
            asyncio.get_running_loop().call_soon(agent.abort)
            await asyncio.Event().wait()  # for ever
        finally:
            cancelled.set()

    provider = ScriptedProvider([Call("sleeps", id="t1")], "never")
    agent = agent_of(provider, make_tool("sleeps", sleeps))
    async with asyncio.timeout(5):
        events = await collected(agent.stream("go"))
    assert cancelled.is_set()
    result = results_in(agent)["t1"]
    assert (result.is_error, text_of(result)) == (True, "Operation aborted")
    assert len(provider.requests) == 1
    assert notation(events).endswith("X-(t1) M+(r:t1) M-(r:t1) T-[t1] A-(aborted)")


async def test_cancelled_prompt_cleans_up_before_it_lets_go(roles):
    """Check 13."""
    started, ended = asyncio.Event(), asyncio.Event()

    async def sleeps(call_id, args, signal, on_update):
        started.set()
        try:
            await asyncio.sleep(10)
        finally:
            ended.set()

    provider = ScriptedProvider([Call("sleeps", id="t1")], "never")
    agent = agent_of(provider, make_tool("sleeps", sleeps))
    task = asyncio.create_task(agent.prompt("go"))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert len(provider.requests) == 1
    assert roles(agent.state.messages) == "u a r:t1"
    assert not agent.state.is_streaming


async def test_leaving_the_stream_early_aborts_the_run(notation, roles):
    """Check 14."""
    ran = []

    async def runs(call_id, args, signal, on_update):
        ran.append(call_id)
        return "ok"

    provider = ScriptedProvider([Call("runs", id="t1"), Call("runs", id="t2")], "never")
    agent = agent_of(provider, make_tool("runs", runs))
    events = told(agent)
    async with aclosing(agent.stream("go")) as stream:
        async for event in stream:
            if event.type == "tool_execution_start":
                break
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert (len(provider.requests), ran) == (1, [])
    assert roles(agent.state.messages) == "u a r:t1 r:t2"
    assert notation(events).endswith("T-[t1,t2] A-(aborted)")
    assert not agent.state.is_streaming


async def test_steering_during_tools_waits_for_the_batch(notation):
    """Check 15."""
    provider = ScriptedProvider([Call("ok", id="t1"), Call("ok", id="t2")], "steered")
    agent = agent_of(provider, make_tool("ok", answers_ok))

    def steer(event):
        if event.type == "tool_execution_start" and event.tool_call_id == "t1":
            agent.steer("look here")

    agent.subscribe(steer)
    events = await collected(agent.stream("go"))
    assert not any(result.is_error for result in results_in(agent).values())
    assert "T-[t1,t2] T+ M+(u) M-(u) M+(a) Mu* M-(a) T-[] A-(stop)" in notation(events)


@pytest.mark.parametrize(
    ("mode", "answers", "history"),
    [("one-at-a-time", 3, "u a u a u a"), ("all", 2, "u a u u a")],
)
async def test_follow_ups_extend_the_run(notation, roles, mode, answers, history):
    """Check 16."""
    agent = agent_of(ScriptedProvider(*["yes"] * answers), follow_up_mode=mode)
    agent.follow_up("f1")
    agent.follow_up("f2")
    events = await collected(agent.stream("u"))
    assert roles(agent.state.messages) == history
    assert notation(events).count("A-") == 1
    assert notation(events).count("T+") == answers


async def test_stopped_run_keeps_its_steering_message():
    """Check 17."""
    agent = agent_of(ScriptedProvider("one", "two"), should_stop_after_turn=lambda *_: True)

    def steer(event):
        if event.type == "turn_end" and len(agent.state.messages) == 2:
            agent.steer("later")

    agent.subscribe(steer)
    events = await collected(agent.stream("u"))
    assert events[-1].reason == "should_stop"
    assert agent.has_queued_messages()
    await agent.prompt("next")
    texts = [text_of(message) for message in agent.state.messages]
    assert texts == ["u", "one", "next", "later", "two"]


async def test_before_hook_that_raises_becomes_the_result():
    """Check 18."""

    def hook(tool_call, tool, args):
        raise RuntimeError("hook")

    provider = ScriptedProvider([Call("ok", id="t1")], "I see")
    agent = agent_of(provider, make_tool("ok", answers_ok), before_tool_call=hook)
    assert await agent.prompt_text("go") == "I see"
    result = results_in(agent)["t1"]
    assert (result.is_error, text_of(result)) == (True, "hook")


async def test_before_hook_can_answer_and_terminate():
    """Check 19."""
    ran = []

    async def runs(call_id, args, signal, on_update):
        ran.append(call_id)
        return "ran"

    def hook(tool_call, tool, args):
        if tool_call.id == "t1":
            return ToolLoopControl(result=result_of("blocked"), terminate=True)
        return None

    provider = ScriptedProvider([Call("runs", id="t1"), Call("runs", id="t2")], "never")
    agent = agent_of(provider, make_tool("runs", runs), before_tool_call=hook)
    events = await collected(agent.stream("go"))
    results = results_in(agent)
    assert ran == ["t2"]
    assert (results["t1"].is_error, text_of(results["t1"])) == (True, "blocked")
    assert not results["t2"].is_error
    assert (events[-1].reason, len(provider.requests)) == ("terminate", 1)


async def test_calls_of_a_cut_answer_are_not_run():
    """Check 20."""
    ran = []

    async def runs(call_id, args, signal, on_update):
        ran.append(call_id)

    provider = ScriptedProvider([Call("runs", {"a": 1}, id="t1"), Finish("length")], "again")
    agent = agent_of(provider, make_tool("runs", runs))
    assert await agent.prompt_text("go") == "again"
    assert ran == []
    assert results_in(agent)["t1"].is_error
    assert "output limit" in text_of(results_in(agent)["t1"])


async def test_unparsable_arguments_are_not_run():
    """Check 21."""
    ran = []

    async def runs(call_id, args, signal, on_update):
        ran.append(call_id)

    provider = ScriptedProvider([Call("runs", '{"a": 1', id="t1")], "again")
    agent = agent_of(provider, make_tool("runs", runs))
    await agent.prompt("go")
    assert ran == []
    result = results_in(agent)["t1"]
    assert result.is_error
    assert text_of(result).startswith('Invalid JSON arguments for tool "runs": ')


async def test_failing_listener_disturbs_nobody(notation, caplog):
    """Check 22."""

    def fails(event):
        raise RuntimeError("listener")

    agent = agent_of(ScriptedProvider("hello"))
    agent.subscribe(fails)
    events = told(agent)
    assert await agent.prompt_text("hi") == "hello"
    assert notation(events) == PLAIN
    assert len([record for record in caplog.records if record.exc_info]) == 1


async def test_continue_retries_after_an_error(roles):
    """Check 23."""
    provider = ScriptedProvider("fine")
    agent = agent_of(provider)
    agent.replace_messages(
        [
            UserMessage(content=[TextContent(text="hi")]),
            AssistantMessage(stop_reason="error", error_message="down"),
        ]
    )
    answer = await agent.continue_()
    assert text_of(answer) == "fine"
    assert roles(provider.requests[0].messages) == "u"
    assert roles(agent.state.messages) == "u a a"


async def test_missing_results_are_filled_in_for_the_model():
    """Check 24."""
    provider = ScriptedProvider("fine")
    agent = agent_of(provider)
    agent.replace_messages(
        [
            UserMessage(content=[TextContent(text="hi")]),
            AssistantMessage(
                content=[ToolCallContent(id="t1", name="a"), ToolCallContent(id="t2", name="b")],
                stop_reason="tool_calls",
                provider="p",
                api="x",
                model="m",
            ),
            ToolResultMessage(tool_call_id="t1", tool_name="a", content=[TextContent(text="one")]),
        ]
    )
    await agent.prompt("and?")
    sent = {m.tool_call_id: m for m in provider.requests[0].messages if m.role == "tool_result"}
    assert text_of(sent["t1"]) == "one"
    assert (sent["t2"].is_error, text_of(sent["t2"])) == (True, "No result provided")


def answer_of_deltas(count):
    async def source(answer):
        for _ in range(0, count, 50):
            for _ in range(50):
                answer.text("abcd")
            yield
        answer.finish()
        yield

    async def run():
        agent = Agent(stream_fn=lambda model, *_: AnswerStream(model, source), model=MODEL)
        async for _ in agent.stream_text("go"):
            pass

    asyncio.run(run())


def test_cost_of_a_delta_does_not_grow_with_the_message(calls_in):
    """Check 29, in calls; benchmarks/token_path.py has its row in CPU time."""
    answer_of_deltas(50)  # imports what is imported late
    short = calls_in(lambda: answer_of_deltas(1_000)) / 1_000
    long = calls_in(lambda: answer_of_deltas(10_000)) / 10_000
    assert long <= 1.01 * short


async def test_turn_limit_ends_the_run_and_continue_goes_on(roles):
    """Check 30."""
    provider = ScriptedProvider(default=[Call("ok")])
    agent = agent_of(provider, make_tool("ok", answers_ok), max_turns=2)
    events = await collected(agent.stream("go"))
    assert events[-1].reason == "max_turns"
    assert len([e for e in events if e.type == "turn_end"]) == len(provider.requests) == 2
    await agent.continue_()
    assert len(provider.requests) == 4
