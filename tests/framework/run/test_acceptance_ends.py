"""The acceptance checks of spec/agent.md, 16, from the first abort on."""

import asyncio
from contextlib import aclosing

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
from jackfield.messages import (
    AssistantMessage,
    TextContent,
    ToolCallContent,
    ToolResultMessage,
    UserMessage,
)
from jackfield.stream import AnswerStream
from jackfield.testing import Call, Finish, ScriptedProvider
from jackfield.tools import ToolLoopControl


async def answers_ok(call_id, args, signal, on_update):
    return result_of("ok")


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
    agent = agent_of(provider, tool_of(sleeps, "sleeps"))
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
    agent = agent_of(provider, tool_of(sleeps, "sleeps"))
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
    agent = agent_of(provider, tool_of(runs, "runs"))
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
    agent = agent_of(provider, tool_of(answers_ok, "ok"))

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
    agent = agent_of(provider, tool_of(answers_ok, "ok"), before_tool_call=hook)
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
    agent = agent_of(provider, tool_of(runs, "runs"), before_tool_call=hook)
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
    agent = agent_of(provider, tool_of(runs, "runs"))
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
    agent = agent_of(provider, tool_of(runs, "runs"))
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
    agent = agent_of(provider, tool_of(answers_ok, "ok"), max_turns=2)
    events = await collected(agent.stream("go"))
    assert events[-1].reason == "max_turns"
    assert len([e for e in events if e.type == "turn_end"]) == len(provider.requests) == 2
    await agent.continue_()
    assert len(provider.requests) == 4
