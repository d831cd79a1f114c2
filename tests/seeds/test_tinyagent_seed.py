"""The snippets of TinyAgent's README run on Jackfield with only their import line changed.

The snippets that need OpenRouter get the scripted provider's `stream_fn` and a plain `Model`
in place of these two names; those about Rust are left out.
"""

import asyncio
import dataclasses
from typing import get_args

import pytest
from support.tinyagent_readme import CONTEXT, EVENTS, QUICK_START, TOOLS, run_snippet

import jackfield
from jackfield.errors import AgentRunError
from jackfield.events import AgentEvent, AssistantMessageEvent
from jackfield.messages import AssistantMessage, ToolResultMessage, UserMessage, extract_text
from jackfield.testing import Call, Error, ScriptedProvider

NEW_IMPORTS = {
    "from tinyagent import": "from jackfield import",
    ", OpenRouterModel, stream_openrouter": ", Model as OpenRouterModel",
}
EVENT_NAMES = {
    *("AgentStartEvent", "AgentEndEvent"),
    *("TurnStartEvent", "TurnEndEvent"),
    *("MessageStartEvent", "MessageUpdateEvent", "MessageEndEvent"),
    *("ToolExecutionStartEvent", "ToolExecutionUpdateEvent", "ToolExecutionEndEvent"),
}


def snippet(text, provider, **names):
    """Run a snippet: `tinyagent` becomes `jackfield`, OpenRouter the scripted provider."""
    return run_snippet(text, NEW_IMPORTS, stream_openrouter=provider.stream, **names)


@pytest.fixture
def agent(scripted):
    agent = jackfield.Agent(jackfield.AgentOptions(stream_fn=scripted.stream))
    agent.set_model(scripted.model)
    return agent


def test_quick_start(capsys):
    provider = ScriptedProvider("Paris is the capital of France.")
    snippet(QUICK_START, provider)
    assert capsys.readouterr().out == "Paris is the capital of France.\n"
    (request,) = provider.requests
    assert request.system_prompt == "You are a helpful assistant."
    assert request.model.id == "anthropic/claude-3.5-sonnet"
    assert request.options.session_id == "my-session"
    assert [extract_text(message) for message in request.messages] == [
        "What is the capital of France?"
    ]


async def test_tools(agent, scripted):
    snippet(TOOLS, scripted, agent=agent)
    scripted.add([Call("sum", {"a": 2, "b": 3})], "It is 5.")
    assert await agent.prompt_text("What is 2 + 3?") == "It is 5."
    assert [tool.name for tool in scripted.requests[0].tools] == ["sum"]
    result = scripted.requests[1].messages[-1]
    assert isinstance(result, ToolResultMessage)
    assert (result.content[0].text, result.is_error) == ("5", False)


async def test_a_tool_that_misses_an_argument_is_an_error_for_the_model(agent, scripted):
    snippet(TOOLS, scripted, agent=agent)
    scripted.add([Call("sum", {"a": 2})], "I forgot one.")
    assert await agent.prompt_text("What is 2 + ?") == "I forgot one."
    assert "b" in scripted.requests[1].messages[-1].content[0].text
    assert scripted.requests[1].messages[-1].is_error


async def test_events(agent, scripted, capsys):
    scripted.add("Hello.")
    unsubscribe = snippet(EVENTS, scripted, agent=agent)["unsubscribe"]
    await agent.prompt("Hi")
    lines = capsys.readouterr().out.splitlines()
    shown = [line.removeprefix("Event: ") for line in lines]
    updates = [kind for kind in shown if kind == "message_update"]
    assert updates
    assert [kind for kind in shown if kind != "message_update"] == [
        "agent_start",
        "turn_start",
        "message_start",
        "message_end",
        "message_start",
        "message_end",
        "turn_end",
        "agent_end",
    ]
    unsubscribe()
    scripted.add("Again.")
    await agent.prompt("Hi")
    assert capsys.readouterr().out == ""


def test_the_named_event_types_exist():
    assert {event.__name__ for event in get_args(AgentEvent)} >= EVENT_NAMES


@pytest.mark.parametrize("read", ["attributes", "mapping"])
async def test_messages_follow_a_typed_dictionary_structure(agent, scripted, read):
    context = snippet(CONTEXT, scripted)["context"]
    scripted.add("Hello you.")
    message = await agent.prompt(context["messages"])
    assert isinstance(agent.state.messages[0], UserMessage)
    assert isinstance(message, AssistantMessage)
    if read == "mapping":
        assert message["content"][0]["text"] == "Hello you."
        assert message.get("role") == "assistant"
    else:
        assert message.content[0].text == "Hello you."


async def test_state_is_kept_between_prompts(agent, scripted):
    scripted.add("One.", "Two.")
    await agent.prompt("First")
    await agent.prompt("Second")
    roles = [message.role for message in scripted.requests[1].messages]
    assert roles == ["user", "assistant", "user"]
    assert len(agent.state.messages) == 4


async def test_text_streams(agent, scripted):
    scripted.add("Paris is nice.")
    assert [text async for text in agent.stream_text("Well?")] == ["Paris", " is", " nice."]


async def test_events_stream(agent, scripted):
    scripted.add([Call("nothing")], "Done.")
    kinds = [event.type async for event in agent.stream("Well?")]
    assert kinds[0] == "agent_start"
    assert kinds[-1] == "agent_end"
    assert "tool_execution_end" in kinds


async def test_any_function_may_be_the_provider():
    """`Provider agnostic`: an asynchronous `stream_fn` of the original form."""
    provider = ScriptedProvider("Mine.")

    async def stream_mine(model, context, options):
        return provider.stream(model, context, options)

    agent = jackfield.Agent(jackfield.AgentOptions(stream_fn=stream_mine))
    agent.set_model(jackfield.Model(id="any"))
    assert await agent.prompt_text("Hi") == "Mine."


async def test_a_failure_does_not_look_like_an_empty_answer(agent, scripted):
    scripted.add(Error("no such host"))
    with pytest.raises(AgentRunError, match="no such host"):
        await agent.prompt_text("Hi")


def test_prompts_work_without_a_loop_one_after_another(scripted):
    scripted.add("One.", "Two.")
    agent = jackfield.Agent(jackfield.AgentOptions(stream_fn=scripted.stream))
    agent.set_model(scripted.model)
    assert asyncio.run(agent.prompt_text("Hi")) == "One."
    assert asyncio.run(agent.prompt_text("Hi")) == "Two."


def test_assistant_events_have_the_original_names():
    names = {event.type for event in get_args(AssistantMessageEvent)}
    assert {"start", "text_delta", "thinking_delta", "tool_call_delta", "done", "error"} <= names
    assert all(dataclasses.is_dataclass(event) for event in get_args(AssistantMessageEvent))
