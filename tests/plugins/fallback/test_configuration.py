"""The provider as a configuration sets it up, inside an agent."""

import pytest

from jackfield.errors import ConfigError, PluginError, SettingsError
from jackfield.messages import ThinkingContent, extract_text
from jackfield.testing import Error, Thinking, json_reply, sse, sse_reply
from jackfield_fallback.settings import FallbackSettings


def config(*models, **settings):
    return {
        "agents": {"default": {"model": "fallback:default"}},
        "providers": {"fallback": {"models": list(models)} | settings},
    }


async def test_an_agent_hears_of_the_fallback(kernel, scripted):
    scripted.add(Error("down", kind="server"), "hello")
    agent = kernel(config("scripted:first", "scripted:second")).agent()
    seen = []
    agent.subscribe(seen.append)
    message = await agent.prompt("hi")
    assert (message.provider, message.model) == ("scripted", "second")
    [notice] = [event for event in seen if event.type == "notice"]
    assert notice.kind == "fallback"
    kinds = [event.type for event in seen]
    assert kinds.index("notice") < kinds.index("message_update")


async def test_thinking_survives_the_loop(kernel, scripted):
    scripted.add([Thinking("hm", signature="s"), "one"], "two", Error("down"), "three")
    agent = kernel(config("scripted:first", "scripted:second")).agent()
    for prompt in ("a", "b", "c"):
        await agent.prompt(prompt)
    models = [request.model.id for request in scripted.requests]
    assert models == ["first", "first", "first", "second"]
    parts = [request.messages[1].content[0] for request in scripted.requests[1:]]
    assert [isinstance(part, ThinkingContent) for part in parts] == [True, True, False]
    assert parts[0].thinking_signature == "s"


async def test_a_server_that_is_down_is_left_for_the_next(kernel, loopback, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    loopback.add(
        json_reply({"error": {"message": "no room"}}, status=503),
        sse_reply(sse.chat_stream("hello")),
    )
    data = config("first:m", "second:m")
    for name in ("first", "second"):
        data["providers"][name] = {
            "use": "openai",
            "base_url": f"{loopback.url}/{name}",
            "max_retries": 0,
        }
    message = await kernel(data).agent().prompt("hi")
    assert (extract_text(message), message.provider) == ("hello", "second")
    assert message.metadata["fallback_errors"][0]["status"] == 503
    paths = [request.path.split("/")[1] for request in loopback.requests]
    assert paths == ["first", "second"]


async def test_a_list_without_any_server_tells_all_reasons(kernel):
    data = config("first:m", "second:m")
    for name in ("first", "second"):
        data["providers"][name] = {
            "use": "openai",
            "base_url": "http://127.0.0.1:9/v1",
            "max_retries": 0,
        }
    agent = kernel(data).agent()
    message = await agent.prompt("hi")
    assert (message.stop_reason, message.error.kind) == ("error", "connection")
    assert "first:m: " in message.error_message
    assert "second:m: " in message.error_message
    [error] = message.error.previous_errors
    assert (error["provider"], error["kind"]) == ("first", "connection")


async def test_a_circle_is_a_clear_error(kernel):
    made = kernel(
        {
            "agents": {"default": {"model": "one:x"}},
            "providers": {
                "one": {"use": "fallback", "models": ["two:x"]},
                "two": {"use": "fallback", "models": ["one:x"]},
            },
        }
    )
    with pytest.raises(ConfigError, match="needs itself: provider 'one' -> provider 'two'"):
        made.agent()
    with pytest.raises(ConfigError, match="needs itself"):
        kernel(config("fallback:other")).agent()


async def test_a_list_may_hold_another_list(kernel, scripted):
    scripted.add(Error("down"), Error("down"), "hello", "again")
    data = config("inner:x", "scripted:third")
    data["providers"]["inner"] = {
        "use": "fallback",
        "models": ["scripted:first", "scripted:second"],
    }
    agent = kernel(data).agent()
    message = await agent.prompt("hi")
    assert message.model == "third"
    [error] = message.metadata["fallback_errors"]
    assert [each["model"] for each in error["previous_errors"]] == ["first"]
    message = await agent.prompt("again")
    assert (message.model, message.metadata["via"]) == ("first", ["inner:x", "fallback:default"])


async def test_a_model_that_is_not_installed_is_found_at_once(kernel):
    with pytest.raises(PluginError, match="absent"):
        kernel(config("scripted:first", "absent:x")).agent()


@pytest.mark.parametrize(
    "settings",
    [{}, {"models": []}, {"models": ["plain"]}, {"models": [":x"]}, {"models": ["a:b", "a:b"]}],
)
async def test_wrong_settings_are_settings_errors(kernel, settings):
    data = config()
    data["providers"]["fallback"] = settings
    with pytest.raises(SettingsError, match="models"):
        kernel(data).agent()


def test_model_ids_may_hold_colons_and_slashes():
    names = ["openrouter:meta/llama-3:free", "local:smollm2-135m"]
    assert FallbackSettings(models=names).models == names
