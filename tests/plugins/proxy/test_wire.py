"""Model, context and options -> the body, byte for byte. Source: spec/agent.md, 13.1."""

import json

import pytest

from jackfield.contracts import Context, StreamOptions
from jackfield.errors import UnsupportedError
from jackfield.messages import (
    AssistantMessage,
    CacheControl,
    ErrorInfo,
    ImageContent,
    TextContent,
    ThinkingContent,
    ToolCallContent,
    ToolResultMessage,
    UserMessage,
)
from jackfield.models import Model, ThinkingBudgets, ThinkingLevel
from jackfield.tools import AgentTool
from jackfield.usage import Usage
from jackfield_proxy.settings import ProxySettings
from jackfield_proxy.wire import RequestEncoder

MODEL = Model(provider="p", id="m", api="a", thinking_level=ThinkingLevel.LOW)
EXAMPLE = {
    "model": {"provider": "p", "id": "m", "api": "a", "thinking_level": "low"},
    "context": {
        "system_prompt": "sys",
        "messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}], "timestamp": 1}],
        "tools": [
            {"name": "t", "description": "d", "parameters": {"type": "object"}, "label": "L"}
        ],
    },
    "options": {"temperature": 0.5, "maxTokens": 7, "reasoning": "high"},
}


def encoded(context, options=None, model=MODEL, **settings):
    encoder = RequestEncoder(ProxySettings(proxy_url="http://x", **settings), own_api="proxy")
    return encoder.encode(model, context, options or StreamOptions())


def user(text="hi"):
    return UserMessage(content=[TextContent(text=text)], timestamp=1)


def history():
    call = ToolCallContent(id="c1", name="t", arguments={"a": 1}, partial_json="x")
    return [
        UserMessage(
            content=[
                TextContent(text="hi", cache_control=CacheControl()),
                ImageContent(url="data:image/png;base64,QUJD", mime_type=None),
            ],
            timestamp=1,
        ),
        AssistantMessage(
            content=[ThinkingContent(thinking="hm", thinking_signature="s"), call],
            stop_reason="tool_calls",
            timestamp=2,
            api="a",
            provider="p",
            model="m",
            usage=Usage(input=1, cache_read=2),
            response_id="private",
            metadata={"private": True},
            error=ErrorInfo(kind="server", message="private"),
        ),
        ToolResultMessage(
            tool_call_id="c1",
            tool_name="t",
            content=[TextContent(text="r")],
            details={"private": True},
            is_error=True,
            timestamp=3,
            terminate=True,
        ),
    ]


def test_the_body_is_that_of_the_original():
    tool = AgentTool(name="t", description="d", parameters={"type": "object"}, label="L")
    context = Context(system_prompt="sys", messages=[user()], tools=[tool])
    options = StreamOptions(temperature=0.5, max_tokens=7, reasoning=ThinkingLevel.HIGH)
    compact = json.dumps(EXAMPLE, separators=(",", ":")).encode()
    assert encoded(context, options) == compact


def test_options_that_are_not_set_are_null():
    body = json.loads(encoded(Context(messages=[user()]), StreamOptions(reasoning="off")))
    assert body["options"] == {"temperature": None, "maxTokens": None, "reasoning": None}
    assert "tools" not in body["context"]


def test_further_options_are_sent_when_they_are_set():
    options = StreamOptions(
        session_id="s",
        cache_retention="long",
        thinking_budgets=ThinkingBudgets(high=9),
        metadata={"k": "v"},
    )
    body = json.loads(encoded(Context(), options, max_retry_delay=1.5))
    assert body["options"] == {
        "temperature": None,
        "maxTokens": None,
        "reasoning": None,
        "sessionId": "s",
        "cacheRetention": "long",
        "thinkingBudgets": {"high": 9},
        "metadata": {"k": "v"},
        "maxRetryDelayMs": 1500,
    }


def test_a_tool_without_parameters_gets_an_empty_object():
    body = json.loads(encoded(Context(tools=[AgentTool(name="t")])))
    assert body["context"]["tools"][0]["parameters"] == {"type": "object", "properties": {}}


def test_private_fields_of_the_history_stay_here():
    body = encoded(Context(messages=history()))
    assert b"private" not in body
    assert b"partial_json" not in body
    first, second, third = json.loads(body)["context"]["messages"]
    assert first["content"][0]["cache_control"] == {"type": "ephemeral"}
    assert first["content"][1] == {"type": "image", "url": "data:image/png;base64,QUJD"}
    assert second["content"][0] == {
        "type": "thinking",
        "thinking": "hm",
        "thinking_signature": "s",
    }
    assert second["content"][1] == {
        "type": "tool_call",
        "id": "c1",
        "name": "t",
        "arguments": {"a": 1},
    }
    assert second["usage"]["cache_read"] == 2
    assert third == {
        "role": "tool_result",
        "tool_call_id": "c1",
        "tool_name": "t",
        "content": [{"type": "text", "text": "r"}],
        "is_error": True,
        "timestamp": 3,
    }


def test_the_pi_dialect_has_other_names():
    body = json.loads(
        encoded(Context(system_prompt="sys", messages=history()), dialect="pi", model=MODEL)
    )
    assert body["model"] == {"provider": "p", "id": "m", "api": "a"}
    assert body["context"]["systemPrompt"] == "sys"
    first, second, third = body["context"]["messages"]
    assert first["content"] == [
        {"type": "text", "text": "hi"},
        {"type": "image", "data": "QUJD", "mimeType": "image/png"},
    ]
    assert second["content"][0]["thinkingSignature"] == "s"
    assert second["content"][1]["type"] == "toolCall"
    assert second["stopReason"] == "toolUse"
    assert second["usage"]["cacheRead"] == 2
    assert set(second["usage"]["cost"]) == {"input", "output", "cacheRead", "cacheWrite", "total"}
    assert third == {
        "role": "toolResult",
        "toolCallId": "c1",
        "toolName": "t",
        "content": [{"type": "text", "text": "r"}],
        "isError": True,
        "timestamp": 3,
    }


def test_a_pi_server_gets_no_addresses_of_images():
    context = Context(messages=[UserMessage(content=[ImageContent(url="https://x/y.png")])])
    with pytest.raises(UnsupportedError, match="base64"):
        encoded(context, dialect="pi")


def test_the_model_can_have_another_name_at_the_server():
    mine = AssistantMessage(
        content=[TextContent(text="x")], provider="proxy", model="m", api="proxy", timestamp=1
    )
    other = AssistantMessage(
        content=[TextContent(text="y")], provider="local", model="m", api="llama", timestamp=1
    )
    name = {"provider": "anthropic", "api": "messages", "id": "c"}
    encoder = RequestEncoder(ProxySettings(proxy_url="http://x", model=name), own_api="proxy")
    context = Context(messages=[mine, other])
    body = json.loads(encoder.encode(Model(provider="proxy", id="m"), context, StreamOptions()))
    assert body["model"]["provider"] == "anthropic"
    first, second = body["context"]["messages"]
    assert (first["provider"], first["api"], first["model"]) == ("anthropic", "messages", "c")
    assert (second["provider"], second["api"], second["model"]) == ("local", "llama", "m")


@pytest.mark.parametrize(
    "options", [StreamOptions(response_schema={}), StreamOptions(tool_choice="required")]
)
def test_what_the_protocol_cannot_ask_is_refused(options):
    with pytest.raises(UnsupportedError, match="no place"):
        encoded(Context(), options)


def test_what_orjson_cannot_write_is_written_all_the_same():
    call = ToolCallContent(id="c", name="t", arguments={"n": 2**70})
    context = Context(
        system_prompt="a\ud800b",
        messages=[AssistantMessage(content=[call], stop_reason="tool_calls")],
    )
    body = json.loads(encoded(context))
    assert body["context"]["system_prompt"] == "ab"
    assert body["context"]["messages"][0]["content"][0]["arguments"] == {"n": 2**70}
