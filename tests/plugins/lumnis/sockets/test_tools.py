"""The tool `delegate` over a socket, alone and in the hands of an agent."""

import asyncio

import pytest

from jackfield import Agent, AgentOptions, ToolError
from jackfield.models import Model
from jackfield.testing import Call, Hold, Reply, ScriptedProvider, ToolsContract
from jackfield.testing.rules import no_tasks_left
from jackfield_lumnis.auth import given_key
from jackfield_lumnis.settings import LumnisSettings
from jackfield_lumnis.testing import LumnisServer, Run, Step, entry, tool_call
from jackfield_lumnis.tools import open_tools

THINK = entry("planning", "Thinking", tool_call("find", q=1))
KEY = "the-key-of-the-test"


class Host:
    """What the tool set asks of a kernel."""

    def __init__(self, transport):
        self._transport = transport

    def transport(self, name=None):
        return self._transport

    def auth(self, name):
        return given_key(KEY)


@pytest.fixture
def delegate(server, transport):
    """Give a function that opens the tool with settings."""

    def open_(**settings):
        given = {"base_url": server.url, "user_id": "u", "poll_interval_s": 0.0, "auth": "a"}
        told = LumnisSettings(**given | settings)
        [tool] = open_tools("lumnis", told, Host(transport))
        return tool

    return open_


async def call(tool, on_update=lambda result: None, **args):
    return await tool.execute("call_1", args, asyncio.Event(), on_update)


class TestContract(ToolsContract):
    examples = {"delegate": {"task": "Name a prime."}}

    @pytest.fixture
    def server(self):
        with LumnisServer() as server:
            yield server

    @pytest.fixture
    def tools(self, delegate):
        return [delegate()]


async def test_result_is_the_answer_and_the_thread(server, delegate):
    server.plan(Run.of(THINK, output_text="7"))
    result = await call(delegate(), task="Name a prime.")
    assert [part.text for part in result.content] == ["7", "[thread_id: t-1]"]
    assert result.details == {"response_id": "r-1", "thread_id": "t-1"}
    body = server.received("POST /v1/responses")[0].json()
    assert body == {"messages": [{"role": "user", "content": "Name a prime."}], "user_id": "u"}


async def test_later_task_goes_on_in_the_thread(server, delegate):
    tool = delegate()
    await call(tool, task="Name a prime.")
    result = await call(tool, task="And the next one?", thread_id="t-1")
    assert server.received("POST /v1/responses")[1].json()["thread_id"] == "t-1"
    assert result.details["thread_id"] == "t-1"


async def test_progress_is_told_as_updates(server, delegate):
    server.plan(Run.of(THINK, output_text="7"))
    updates = []
    await call(delegate(), updates.append, task="Name a prime.")
    texts = [update.content[0].text for update in updates]
    assert texts[0] == "PLANNING: Thinking\n\t→ find(q=1)"


async def test_options_of_the_settings_are_sent(server, delegate):
    await call(
        delegate(
            user_id=None,
            scope="tenant",
            model_overrides={"smart_model": "p:m"},
            agent_config={"agent_mode": "multi_agent"},
        ),
        task="x",
    )
    assert server.received("POST /v1/responses")[0].json() == {
        "messages": [{"role": "user", "content": "x"}],
        "model_overrides": {"smart_model": "p:m"},
        "agent_config": {"agent_mode": "multi_agent"},
    }


@pytest.mark.parametrize("status", ["failed", "cancelled"])
async def test_run_that_does_not_succeed_is_an_error(server, delegate, status):
    server.plan(Run.of(THINK, status=status, error={"message": "boom"}))
    with pytest.raises(ToolError, match="boom"):
        await call(delegate(), task="x")


async def test_what_the_service_refuses_is_an_error(server, delegate):
    with pytest.raises(ToolError, match="knows no such thing"):
        await call(delegate(), task="x", thread_id="nowhere")
    server.fail("POST /v1/responses", Reply(status=500))
    with pytest.raises(ToolError, match="500"):
        await call(delegate(max_retries=0), task="x")


async def test_nobody_to_work_for_is_an_error(server, delegate):
    with pytest.raises(ToolError, match=r"\[tools.lumnis\]"):
        await call(delegate(user_id=None), task="x")
    assert server.requests == []


async def test_cancelled_call_cancels_the_run(server, delegate):
    hold = Hold()
    server.plan(Run(steps=[Step(progress=[THINK]), Step(progress=[THINK], hold=hold)]))
    async with no_tasks_left("The tool"):
        running = asyncio.ensure_future(call(delegate(), task="x"))
        await hold.reached.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert server.state.runs["r-1"].is_cancelled


async def test_listener_that_fails_cancels_the_run(server, delegate):
    server.plan(Run.endless(THINK))

    def fail(update):
        raise RuntimeError("the listener")

    with pytest.raises(RuntimeError, match="the listener"):
        await call(delegate(), fail, task="x")
    assert server.state.runs["r-1"].is_cancelled


async def test_agent_with_another_model_delegates(server, delegate):
    server.plan(Run.of(THINK, output_text="7"))
    model = ScriptedProvider()
    model.add([Call("delegate", {"task": "Name a prime."})], "The service says 7.")
    agent = Agent(AgentOptions(stream_fn=model.stream))
    agent.set_model(Model(provider="scripted", id="test"))
    agent.set_tools([delegate()])
    seen = []
    agent.subscribe(lambda event: seen.append(event.type))
    assert await agent.prompt_text("A prime?") == "The service says 7."
    assert "tool_execution_update" in seen
    result = model.requests[1].messages[-1]
    assert result.content[0].text == "7"
    assert not result.is_error


async def test_abort_of_the_agent_cancels_the_delegated_run(server, delegate):
    hold = Hold()
    server.plan(Run(steps=[Step(progress=[THINK]), Step(progress=[THINK], hold=hold)]))
    model = ScriptedProvider()
    model.add([Call("delegate", {"task": "Name a prime."})])
    agent = Agent(AgentOptions(stream_fn=model.stream))
    agent.set_model(Model(provider="scripted", id="test"))
    agent.set_tools([delegate()])
    running = asyncio.ensure_future(agent.prompt("A prime?"))
    await hold.reached.wait()
    agent.abort()
    await running
    assert server.state.runs["r-1"].is_cancelled
