"""Every Rust snippet of TinyAgent's README, with the import line changed, at a real socket."""

import asyncio

import alchemy_llm_py
import pytest
from support.tinyagent_readme import ALCHEMY, CONTEXT, EVENTS, TOOLS, run_snippet

from jackfield.testing import Call, LoopbackServer, sse, sse_reply

NEW_IMPORTS = {
    "from tinyagent import Agent, AgentOptions": "from jackfield import Agent, AgentOptions",
    "from tinyagent.alchemy_provider import": "from jackfield_alchemy import",
    "from tinyagent import AgentTool, AgentToolResult": (
        "from jackfield import AgentTool, AgentToolResult"
    ),
}
OPENROUTER = "https://openrouter.ai/api/v1/chat/completions"


def answer(*steps):
    return sse_reply(sse.chat_stream(*steps))


@pytest.fixture
def server():
    with LoopbackServer() as server:
        yield server


@pytest.fixture
def snippet(server):
    """Give a function that runs a snippet; OpenRouter is the loopback server."""
    there = {OPENROUTER: f"{server.url}/api/v1/chat/completions"}

    def run(text, **names):
        return run_snippet(text, NEW_IMPORTS | there, **names)

    return run


def test_agent_of_the_high_level_snippet_answers(server, snippet):
    server.add(answer("Paris."))
    agent = snippet(ALCHEMY)["agent"]
    assert asyncio.run(agent.prompt_text("What is the capital of France?")) == "Paris."
    [request] = server.requests
    assert request.path == "/api/v1/chat/completions"
    assert request.json()["model"] == "anthropic/claude-3.5-sonnet"


def test_tools_and_events_work_with_it(server, snippet, capsys):
    agent = snippet(ALCHEMY)["agent"]
    snippet(TOOLS, agent=agent)
    snippet(EVENTS, agent=agent)
    server.add(answer(Call("sum", {"a": 2, "b": 3}, id="c1")), answer("It is 5."))
    assert asyncio.run(agent.prompt_text("What is 2 + 3?")) == "It is 5."
    sent = server.requests[1].json()
    assert sent["messages"][-1] == {"role": "tool", "tool_call_id": "c1", "content": "5"}
    shown = capsys.readouterr().out.splitlines()
    assert (shown[0], shown[-1]) == ("Event: agent_start", "Event: agent_end")


def with_optional_keys(names):
    names["model"] |= {"reasoning": False, "context_window": 128000, "max_tokens": 4096}
    tool = {"name": "sum", "description": "Add numbers", "parameters": {"type": "object"}}
    names["context"]["tools"] = [tool]
    return names["model"], names["context"], names["options"]


@pytest.mark.parametrize("optional", [True, False])
def test_dictionaries_of_the_python_api_are_collected(server, snippet, optional):
    server.add(answer("Hello you."))
    model, context, options = with_optional_keys(snippet(CONTEXT))
    arguments = (model, context, options) if optional else (model, context)
    collected = alchemy_llm_py.collect_openai_completions(*arguments)
    kinds = [event["type"] for event in collected["events"]]
    assert (kinds[0], kinds[-1]) == ("start", "done")
    assert collected["final_message"]["content"][0]["text"] == "Hello you."
    [request] = server.requests
    assert request.headers["x-custom"] == "val"
    body = request.json()
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert body["tools"][0]["function"]["name"] == "sum"
    if optional:
        assert request.headers["authorization"] == "Bearer sk-..."
        assert body["temperature"] == 0.7


def test_handle_of_the_python_api_streams(server, snippet):
    server.add(answer("Hello you."))
    handle = alchemy_llm_py.openai_completions_stream(*with_optional_keys(snippet(CONTEXT)))
    assert isinstance(handle, alchemy_llm_py.OpenAICompletionsStream)
    kinds = []
    while (event := handle.next_event()) is not None:
        kinds.append(event["type"])
    assert (kinds[0], kinds[-1]) == ("start", "done")
    assert handle.result()["content"][0]["text"] == "Hello you."
