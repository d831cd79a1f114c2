"""`stream_alchemy_openai_completions`: no kernel, and nothing to close."""

import asyncio
import subprocess
import sys

import pytest
from support.chat_answers import CONTEXT, GOOD, answer_of

import jackfield_alchemy
from jackfield import Agent, AgentOptions, Model, StreamOptions, extract_text
from jackfield.models import ThinkingLevel
from jackfield.testing import LoopbackServer, sse_reply
from jackfield_alchemy import (
    AlchemyStreamResponse,
    OpenAICompatModel,
    stream_alchemy_openai_completions,
)
from jackfield_alchemy.keys import VARIABLES, default_auth
from jackfield_alchemy.provider import AlchemyOpenRouterProvider, AlchemyProvider, open_alchemy
from jackfield_alchemy.settings import AlchemySettings
from jackfield_openrouter import OpenRouterModel


def model_at(url, **fields):
    return OpenAICompatModel(id="m", base_url=f"{url}/v1/chat/completions", **fields)


async def test_stream_is_returned_before_the_answer_is_read(loopback):
    loopback.default = sse_reply(GOOD)
    stream = await stream_alchemy_openai_completions(model_at(loopback.url), CONTEXT)
    assert isinstance(stream, AlchemyStreamResponse)
    assert loopback.requests == []
    kinds = [event.type async for event in stream]
    assert kinds == ["start", "text_start", "text_delta", "text_end", "done"]
    message = await stream.result()
    assert (message.provider, message.model, message.api) == (
        "openrouter",
        "m",
        "openai-completions",
    )
    assert loopback.requests[0].path == "/v1/chat/completions"


def test_one_loop_after_another_uses_the_connections_of_the_process():
    with LoopbackServer(default=sse_reply(GOOD)) as server:
        agent = Agent(AgentOptions(stream_fn=stream_alchemy_openai_completions))
        agent.set_model(model_at(server.url))
        texts = [asyncio.run(agent.prompt_text("Hi")) for _ in range(3)]
        assert texts == ["Hello"] * 3
        assert (len(server.requests), server.connections) == (3, 1)


async def test_headers_and_effort_of_the_model_are_sent(loopback):
    loopback.default = sse_reply(GOOD)
    model = model_at(loopback.url, headers={"X-Custom": "val"}, reasoning="high")
    assert model.thinking_level is ThinkingLevel.HIGH
    options = StreamOptions(api_key="k-1234567", max_tokens=7)
    await (await stream_alchemy_openai_completions(model, CONTEXT, options)).result()
    [request] = loopback.requests
    assert request.headers["x-custom"] == "val"
    assert request.headers["authorization"] == "Bearer k-1234567"
    body = request.json()
    assert (body["reasoning_effort"], body["max_tokens"]) == ("high", 7)


async def test_key_of_the_environment_is_sent_to_its_own_host_only(loopback, monkeypatch):
    for variable in {name for names in VARIABLES.values() for name in names}:
        monkeypatch.setenv(variable, "k-of-somebody-else")
    loopback.default = sse_reply(GOOD)
    await (await stream_alchemy_openai_completions(model_at(loopback.url), CONTEXT)).result()
    assert "authorization" not in loopback.requests[0].headers


@pytest.mark.parametrize(
    ("url", "variable"),
    [
        ("https://api.openai.com/v1", "OPENAI_API_KEY"),
        ("https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
        ("https://api.anthropic.com", "ANTHROPIC_API_KEY"),
        ("https://api.minimax.chat/v1/chat/completions", "MINIMAX_CN_API_KEY"),
    ],
)
async def test_host_has_its_key(url, variable, monkeypatch):
    from jackfield.http import Request

    monkeypatch.setenv(variable, "k-1234567")
    auth = default_auth(url)
    request = await auth.apply(Request(url=url))
    assert request.headers["authorization"] == "Bearer k-1234567"


def test_hosts_without_a_key_of_the_environment_get_no_auth():
    assert default_auth("https://openai.example/v1") is None
    assert default_auth("http://127.0.0.1:8080/v1") is None


def test_variables_are_declared():
    declared = jackfield_alchemy.jackfield_touches["env"]
    assert set(declared) == {name for names in VARIABLES.values() for name in names}


@pytest.mark.parametrize("url", ["", "  ", "no address"])
async def test_model_without_an_address_is_refused_at_once(url):
    with pytest.raises(ValueError, match="base_url"):
        await stream_alchemy_openai_completions(OpenAICompatModel(base_url=url), CONTEXT)
    with pytest.raises(ValueError, match="base_url"):
        await stream_alchemy_openai_completions(Model(id="m"), CONTEXT)


@pytest.mark.parametrize(
    ("fields", "api"),
    [
        ({}, "openai-completions"),
        ({"provider": "minimax"}, "minimax-completions"),
        ({"provider": "minimax-cn"}, "minimax-completions"),
        ({"provider": "kimi"}, "anthropic-messages"),
        ({"provider": "minimax", "api": "openai-compatible"}, "openai-completions"),
        ({"api": "minimax"}, "minimax-completions"),
        ({"api": "zai-completions"}, "zai-completions"),
    ],
)
def test_model_says_what_it_speaks(fields, api):
    assert OpenAICompatModel(**fields).api == api


def test_models_history_is_that_of_openrouter_too():
    model = OpenAICompatModel()
    assert (model.provider, model.id) == ("openrouter", "moonshotai/kimi-k2.5")
    assert model.same_apis == {"openrouter"}
    assert OpenRouterModel.same_apis == {model.api}


async def test_missing_binding_is_told_when_it_is_called(monkeypatch):
    monkeypatch.setitem(sys.modules, "alchemy_llm_py", None)
    model = OpenAICompatModel(base_url="http://127.0.0.1:9/never/asked/before")
    with pytest.raises(RuntimeError, match="pip install alchemy-llm-py"):
        await stream_alchemy_openai_completions(model, CONTEXT)


def test_import_needs_no_binding():
    code = (
        "import sys; sys.modules['alchemy_llm_py'] = None\n"
        "import jackfield_alchemy, jackfield_alchemy.direct, jackfield_alchemy.provider\n"
        "print(jackfield_alchemy.OpenAICompatModel().id)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8")
    assert done.stdout == "moonshotai/kimi-k2.5\n", done.stderr


async def test_openrouter_gets_what_only_it_wants(loopback, transport, clock):
    loopback.default = sse_reply(GOOD)
    settings = AlchemySettings(base_url="https://openrouter.ai/api/v1", headers={"a": "b"})
    opened = open_alchemy("lab", settings, transport)
    assert isinstance(opened, AlchemyOpenRouterProvider)
    there = settings.for_openrouter().model_copy(update={"base_url": f"{loopback.url}/v1"})
    provider = AlchemyOpenRouterProvider("lab", there, transport, clock=clock)
    options = StreamOptions(api_key="k", session_id="s", reasoning=ThinkingLevel.HIGH)
    message = await answer_of(provider, options)
    assert extract_text(message) == "Hello"
    body = loopback.requests[0].json()
    assert (body["session_id"], body["reasoning"]) == ("s", {"effort": "high"})
    assert "stream_options" not in body
    assert loopback.requests[0].headers["a"] == "b"


def test_other_hosts_get_the_plain_provider(transport):
    settings = AlchemySettings(base_url="https://openrouter.ai.example/v1")
    assert type(open_alchemy("lab", settings, transport)) is AlchemyProvider


def test_package_says_what_it_has():
    assert set(jackfield_alchemy.__all__) <= {*dir(jackfield_alchemy), *jackfield_alchemy._ROOM_OF}
    assert not hasattr(jackfield_alchemy, "nothing")
