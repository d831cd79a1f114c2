"""The agent between runs: options, model, tools, history, queues. Source: spec/agent.md, 2."""

import asyncio
import subprocess
import sys
import tracemalloc
from dataclasses import fields
from typing import get_type_hints

import pytest
from support.agent_runs import MODEL, agent_of, text_of, user

from jackfield.agent.agent import Agent
from jackfield.agent.options import AgentFields, AgentOptions
from jackfield.agent.state import AgentState
from jackfield.errors import (
    AgentBusyError,
    AgentRunError,
    OptionError,
    StateError,
    ValidationError,
)
from jackfield.messages import AssistantMessage, ImageContent, TextContent
from jackfield.models import Model, ThinkingBudgets, ThinkingLevel
from jackfield.testing import Call, Error, ScriptedProvider, Wait
from jackfield.tools import AgentTool


def test_long_and_short_form_make_the_same_agent():
    def stream_fn(model, context, options):
        raise NotImplementedError

    long = Agent(AgentOptions(stream_fn=stream_fn, session_id="s", steering_mode="all"))
    long.set_model(Model(provider="p", id="m:free"))
    long.set_system_prompt("brief")
    short = Agent(
        stream_fn=stream_fn,
        session_id="s",
        steering_mode="all",
        model="p:m:free",
        system_prompt="brief",
    )
    assert short.state == long.state
    assert short.stream_fn is long.stream_fn
    assert (short.session_id, short.get_steering_mode()) == ("s", "all")


def test_keyword_arguments_win_over_options_and_leave_them_alone():
    options = AgentOptions(session_id="a", temperature=0.1)
    assert Agent(options, session_id="b").session_id == "b"
    assert options.session_id == "a"


def test_every_option_is_a_keyword_argument():
    assert list(get_type_hints(AgentFields)) == [field.name for field in fields(AgentOptions)]


def test_unknown_option_is_refused():
    with pytest.raises(TypeError, match="temperatur"):
        Agent(temperatur=1)


@pytest.mark.parametrize(
    "options",
    [
        {"steering_mode": "some"},
        {"follow_up_mode": "some"},
        {"tool_execution": "both"},
        {"max_turns": 0},
        {"initial_state": {"system": "x"}},
        {"model": "no-provider"},
        {"model": ":m"},
        {"model": "p:"},
    ],
)
def test_wrong_options_are_value_errors(options):
    with pytest.raises(OptionError) as caught:
        Agent(**options)
    assert isinstance(caught.value, ValueError)


def test_modes_are_checked_when_they_are_set():
    agent = Agent()
    agent.set_steering_mode("all")
    agent.set_follow_up_mode("all")
    assert (agent.get_steering_mode(), agent.get_follow_up_mode()) == ("all", "all")
    with pytest.raises(OptionError, match="steering_mode must be"):
        agent.set_steering_mode("none")
    with pytest.raises(OptionError, match="follow_up_mode must be"):
        agent.set_follow_up_mode("none")


@pytest.mark.parametrize("form", ["mapping", "state"])
def test_initial_state_is_merged_over_the_defaults(form):
    messages = [user("hi")]
    given = {"system_prompt": "brief", "messages": messages, "is_streaming": True}
    initial = given if form == "mapping" else AgentState(**given)
    agent = Agent(AgentOptions(initial_state=initial))
    assert (agent.state.system_prompt, agent.state.messages) == ("brief", messages)
    assert agent.state.messages is not messages
    assert not agent.state.is_streaming
    assert agent.state.thinking_level is ThinkingLevel.OFF
    assert agent.state["model"] is None


def test_properties_can_be_set():
    agent = Agent()
    budgets = ThinkingBudgets(low=1)

    def key(provider):
        return "k"

    agent.session_id, agent.thinking_budgets, agent.get_api_key = "s", budgets, key
    assert (agent.session_id, agent.thinking_budgets, agent.get_api_key) == ("s", budgets, key)
    agent.set_thinking_level("high")
    assert agent.state.thinking_level is ThinkingLevel.HIGH


async def test_metadata_is_given_to_the_provider(scripted):
    scripted.add("One", "Two")
    agent = Agent(stream_fn=scripted.stream, metadata={"user_id": "a"})
    agent.set_model(Model(provider="scripted", id="test"))
    await agent.prompt("Hello")
    agent.metadata = {"user_id": "b"}
    await agent.prompt("Hello")
    given = [request.options.metadata for request in scripted.requests]
    assert given == [{"user_id": "a"}, {"user_id": "b"}]


def test_repr_names_the_model_and_no_message():
    agent = Agent(model="p:m")
    agent.append_message(user("secret"))
    assert repr(agent) == "<Agent p:m, 1 messages>"
    assert "no model" in repr(Agent())


async def test_prompt_without_a_model_says_so():
    with pytest.raises(StateError, match="No model configured"):
        await Agent(stream_fn=ScriptedProvider().stream).prompt("hi")


async def test_text_and_images_make_one_message():
    agent = agent_of(ScriptedProvider("nice"))
    images = [ImageContent(url="https://x/a.png"), {"type": "image", "url": "data:image/png;,"}]
    await agent.prompt("look", images)
    parts = agent.state.messages[0].content
    assert [part.type for part in parts] == ["text", "image", "image"]
    assert agent.state.messages[0].timestamp > 1_600_000_000_000


@pytest.mark.parametrize(
    "prompt",
    [
        user("hi"),
        {"role": "user", "content": "hi"},
        [user("hi")],
        [{"role": "user", "content": "hi"}],
    ],
    ids=["message", "dict", "list", "dicts"],
)
async def test_prompts_of_every_form_are_accepted(prompt):
    agent = agent_of(ScriptedProvider("yes"))
    await agent.prompt(prompt)
    assert text_of(agent.state.messages[0]) == "hi"


async def test_empty_and_shapeless_prompts_are_refused():
    agent = agent_of(ScriptedProvider())
    with pytest.raises(OptionError, match="empty"):
        await agent.prompt([])
    with pytest.raises(ValidationError):
        await agent.prompt([{"role": "user", "content": 3}])
    assert agent.state.messages == []
    assert not agent.state.is_streaming


async def test_prompt_returns_the_last_answer_even_if_it_failed():
    agent = agent_of(ScriptedProvider(Error("down")))
    assert (await agent.prompt("hi")).stop_reason == "error"


async def test_prompt_text_raises_with_the_failed_message():
    agent = agent_of(ScriptedProvider(Error("down")))
    with pytest.raises(AgentRunError, match="down") as caught:
        await agent.prompt_text("hi")
    assert caught.value.failed_message.error.kind == "server"


async def test_second_run_is_refused_while_one_is_active():
    wait = Wait()
    agent = agent_of(ScriptedProvider([wait, "done"]))
    task = asyncio.create_task(agent.prompt("hi"))
    await wait.reached.wait()
    with pytest.raises(AgentBusyError, match="already processing a prompt"):
        await agent.prompt("again")
    with pytest.raises(AgentBusyError, match="Agent is already processing"):
        await agent.continue_()
    stream = agent.stream("again")  # nothing is checked before the first event
    with pytest.raises(RuntimeError):
        await anext(stream)
    for forbidden in (
        agent.reset,
        agent.clear_messages,
        lambda: agent.replace_messages([]),
        lambda: agent.append_message(user("x")),
    ):
        with pytest.raises(StateError):
            forbidden()
    assert agent.state.is_streaming
    wait.release()
    await task
    assert text_of(agent.state.messages[-1]) == "done"


async def test_settings_changed_during_a_run_hold_from_the_next():
    wait = Wait()
    provider = ScriptedProvider([Call("none"), wait], "two", "three")
    agent = agent_of(provider, system_prompt="old")
    task = asyncio.create_task(agent.prompt("hi"))
    await wait.reached.wait()
    agent.set_system_prompt("new")
    agent.set_model(Model(provider="p", id="other"))
    agent.set_tools([AgentTool(name="t")])
    wait.release()
    await task
    await agent.prompt("hi")
    assert [request.system_prompt for request in provider.requests] == ["old", "old", "new"]
    assert [request.model.id for request in provider.requests] == ["m", "m", "other"]
    assert [len(request.tools) for request in provider.requests] == [0, 0, 1]


def test_history_can_be_replaced_appended_and_cleared():
    agent = Agent()
    messages = [user("a")]
    agent.replace_messages(messages)
    agent.append_message({"role": "user", "content": "b"})
    assert [text_of(message) for message in agent.state.messages] == ["a", "b"]
    assert len(messages) == 1
    agent.clear_messages()
    assert agent.state.messages == []


async def test_reset_keeps_what_the_agent_is():
    agent = agent_of(ScriptedProvider(Error("down")), system_prompt="brief", steering_mode="all")
    seen = []
    agent.subscribe(seen.append)
    agent.follow_up("later")
    await agent.prompt("hi")
    agent.reset()
    assert (agent.state.messages, agent.state.error) == ([], None)
    assert not agent.has_queued_messages()
    assert (agent.state.system_prompt, agent.state.model) == ("brief", MODEL)
    assert agent.get_steering_mode() == "all"
    agent.stream_fn = ScriptedProvider("fine").stream
    before = len(seen)
    await agent.prompt("hi")
    assert len(seen) > before


def test_queues_can_be_emptied():
    agent = Agent()
    agent.steer("a")
    agent.follow_up(user("b"))
    agent.clear_all_queues()
    assert not agent.has_queued_messages()


async def test_wait_for_idle_returns_when_the_last_listeners_are_done():
    wait = Wait()
    agent = agent_of(ScriptedProvider([wait, "done"]))
    finished = []

    async def listen(event):
        if event.type == "agent_end":
            await asyncio.sleep(0)
            finished.append(event)

    agent.subscribe(listen)
    await agent.wait_for_idle()
    task = asyncio.create_task(agent.prompt("hi"))
    await wait.reached.wait()
    waiters = [asyncio.create_task(agent.wait_for_idle()) for _ in range(2)]
    await asyncio.sleep(0)
    waiters[0].cancel()
    wait.release()
    await waiters[1]
    assert len(finished) == 1
    await task


async def test_waiting_for_idle_in_a_listener_is_refused(caplog):
    async def listen(event):
        if event.type == "turn_end":
            await agent.wait_for_idle()

    agent = agent_of(ScriptedProvider("done"))
    agent.subscribe(listen)
    async with asyncio.timeout(1):
        await agent.prompt("hi")
    assert "would wait for itself" in caplog.text


async def test_signal_belongs_to_the_active_run():
    agent = agent_of(ScriptedProvider("one"))
    assert agent.signal is None
    signals = []
    agent.subscribe(lambda event: signals.append(agent.signal))
    await agent.prompt("hi")
    assert agent.signal is None
    assert isinstance(signals[0], asyncio.Event)
    assert not signals[0].is_set()


async def test_closing_aborts_and_runs_all_callbacks_last_first():
    wait = Wait()
    order = []

    def callback(name, *, fails=False):
        async def close():
            order.append(name)
            if fails:
                raise RuntimeError(name)

        return close

    agent = agent_of(ScriptedProvider([wait, "never"]))
    agent.on_close(callback("first"))
    agent.on_close(callback("second", fails=True))
    agent.on_close(callback("third"))
    task = asyncio.create_task(agent.prompt("hi"))
    await wait.reached.wait()
    with pytest.raises(RuntimeError, match="second"):
        await agent.aclose()
    assert order == ["third", "second", "first"]
    assert (await task).stop_reason == "aborted"
    await agent.aclose()
    assert len(order) == 3


async def test_agent_is_an_async_context_manager():
    closed = []

    async def close():
        closed.append(True)

    async with agent_of(ScriptedProvider("one")) as agent:
        agent.on_close(close)
        assert await agent.prompt_text("hi") == "one"
    assert closed == [True]


def test_constructing_an_agent_imports_nothing_heavy():
    code = (
        "import sys; from jackfield.agent.agent import Agent; Agent(model='p:m');"
        "heavy = {'pydantic', 'rich', 'httpx', 'httpx2', 'click', 'pluggy', 'stevedore'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.strip() == "[]"


def test_idle_agent_takes_less_than_ten_kibibytes():
    provider = ScriptedProvider()
    kept = [agent_of(provider)]
    tracemalloc.start()
    try:
        kept += [agent_of(provider) for _ in range(200)]
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert used / 200 < 10 * 1024


def test_state_of_an_answer_is_a_mapping_too():
    agent = Agent()
    agent.append_message(AssistantMessage(content=[TextContent(text="x")]))
    assert agent.state["messages"][0]["content"][0]["text"] == "x"
    assert "error" in agent.state
    assert agent.state.get("nothing", 1) == 1
