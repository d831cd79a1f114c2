"""Provider and sink as a configuration opens them."""

import pytest
from support.assistant_threads import ThreadServer

from jackfield.errors import SettingsError
from jackfield.messages import extract_text
from jackfield.testing import LoopbackServer, Reply

LINES = {"content-type": "text/plain", "x-vercel-ai-data-stream": "v1"}


@pytest.fixture
def threads():
    with ThreadServer() as server:
        yield server


@pytest.fixture
def model():
    answer = Reply(headers=LINES, body='0:"Hel"\n0:"lo"\nd:{"finishReason":"stop"}\n')
    with LoopbackServer(default=answer) as server:
        yield server


async def test_a_model_and_a_mirror_need_a_configuration_only(kernel, model, threads, monkeypatch):
    monkeypatch.setenv("AGENTS_TOKEN", "sesame")
    opened = kernel(
        {
            "agents": {"default": {"model": "assistant-ui:writer", "sinks": ["assistant-ui"]}},
            "providers": {"assistant-ui": {"base_url": f"{model.url}/v1/", "auth": "agents"}},
            "auth": {"agents": {"use": "env", "variable": "AGENTS_TOKEN"}},
            "sinks": {"assistant-ui": {"base_url": threads.url, "thread": "mirror"}},
        }
    )
    async with opened:
        agent = opened.agent("default")
        assert extract_text(await agent.prompt("Hi")) == "Hello"
        assert extract_text(await agent.prompt("More")) == "Hello"
    assert [request.path for request in model.requests] == ["/v1/api/chat"] * 2
    assert model.requests[0].headers["authorization"] == "Bearer sesame"
    assert model.requests[0].json()["config"] == {"agent": "writer"}
    assert threads.texts("mirror") == ["Hi", "Hello", "More", "Hello"]


async def test_a_server_must_be_named(kernel):
    opened = kernel({"agents": {"default": {"model": "assistant-ui:default"}}})
    with pytest.raises(SettingsError, match="base_url"):
        opened.provider("assistant-ui")


async def test_a_wrong_thread_is_told_by_its_place(kernel, threads):
    opened = kernel(
        {
            "agents": {"default": {"model": "scripted:test", "sinks": ["assistant-ui"]}},
            "sinks": {"assistant-ui": {"base_url": threads.url, "thread": "{user}"}},
        }
    )
    with pytest.raises(SettingsError, match=r"sinks\.assistant-ui"):
        opened.agent("default")
