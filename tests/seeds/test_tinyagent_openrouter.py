"""Every OpenRouter snippet of TinyAgent's README, with the import line changed, at a real socket.

The base URL comes from the environment, as the README of jackfield-openrouter says. The
snippets of the optional Rust binding belong to the plugin that replaces it.
"""

import asyncio

import pytest
from support.tinyagent_readme import CONTEXT, EVENTS, QUICK_START, TOOLS, run_snippet

import jackfield
from jackfield.testing import Call, LoopbackServer, sse, sse_reply

NEW_IMPORTS = {
    "from tinyagent import Agent, AgentOptions, OpenRouterModel, stream_openrouter": (
        "from jackfield import Agent, AgentOptions\n"
        "from jackfield_openrouter import OpenRouterModel, stream_openrouter"
    ),
    "from tinyagent import AgentTool, AgentToolResult": (
        "from jackfield import AgentTool, AgentToolResult"
    ),
}


def snippet(text, **names):
    """Run a snippet with its import line changed."""
    return run_snippet(text, NEW_IMPORTS, **names)


@pytest.fixture
def server(monkeypatch):
    with LoopbackServer() as server:
        monkeypatch.setenv("OPENROUTER_BASE_URL", f"{server.url}/api/v1")
        monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-v1-test")
        yield server


def answer(*steps):
    return sse_reply(sse.chat_stream(*steps))


def test_quick_start(server, capsys):
    server.add(answer("Paris is the capital of France."))
    snippet(QUICK_START)
    assert capsys.readouterr().out == "Paris is the capital of France.\n"
    [request] = server.requests
    assert request.path == "/api/v1/chat/completions"
    assert request.headers["authorization"] == "Bearer sk-or-v1-test"
    assert request.body == (
        b'{"model":"anthropic/claude-3.5-sonnet","messages":['
        b'{"role":"system","content":"You are a helpful assistant."},'
        b'{"role":"user","content":"What is the capital of France?"}],'
        b'"stream":true,"session_id":"my-session"}'
    )


def test_tools_and_events(server, capsys):
    server.add(answer("Paris."))
    agent = snippet(QUICK_START)["agent"]
    snippet(TOOLS, agent=agent)
    unsubscribe = snippet(EVENTS, agent=agent)["unsubscribe"]
    capsys.readouterr()
    server.add(answer(Call("sum", {"a": 2, "b": 3}, id="c1")), answer("It is 5."))
    assert asyncio.run(agent.prompt_text("What is 2 + 3?")) == "It is 5."
    sent = server.requests[2].json()
    assert [tool["function"]["name"] for tool in sent["tools"]] == ["sum"]
    assert sent["messages"][-1] == {"role": "tool", "tool_call_id": "c1", "content": "5"}
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "Event: agent_start"
    assert "Event: tool_execution_end" in shown
    assert shown[-1] == "Event: agent_end"
    unsubscribe()
    server.add(answer("Bye."))
    assert asyncio.run(agent.prompt_text("Bye")) == "Bye."
    assert capsys.readouterr().out == ""


def test_dictionaries_of_the_original_form(server):
    """The README's model, context and options, as attributes and messages of ours."""
    from jackfield_openrouter import OpenRouterModel, stream_openrouter

    names = snippet(CONTEXT)
    model = OpenRouterModel(**names["model"])
    key = names["options"].pop("api_key")
    agent = jackfield.Agent(
        jackfield.AgentOptions(
            stream_fn=stream_openrouter, get_api_key=lambda provider: key, **names["options"]
        )
    )
    agent.set_model(model)
    agent.set_system_prompt(names["context"]["system_prompt"])
    server.add(answer("Hello you."))
    message = asyncio.run(agent.prompt(names["context"]["messages"]))
    assert message["content"][0]["text"] == "Hello you."
    [request] = server.requests
    assert request.headers["x-custom"] == "val"
    assert request.headers["authorization"] == "Bearer sk-..."
    assert request.json() == {
        "model": "anthropic/claude-3.5-sonnet",
        "messages": [
            {"role": "system", "content": "You are helpful."},
            {"role": "user", "content": "Hello"},
        ],
        "stream": True,
        "temperature": 0.7,
        "max_tokens": 1024,
    }


def test_prompts_work_on_one_loop_after_another(server):
    server.default = answer("Paris.")
    agent = snippet(QUICK_START)["agent"]
    assert asyncio.run(agent.prompt_text("Again?")) == "Paris."
    assert [message.role for message in agent.state.messages] == ["user", "assistant"] * 2
