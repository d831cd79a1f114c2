"""The APIs that the crate speaks: what is sent, what is refused, how an answer comes back."""

import asyncio
import json
from dataclasses import replace

import pytest
from support.chat_answers import CONTEXT, answer_of, events_of, kinds

from jackfield import (
    Agent,
    AgentTool,
    AssistantMessage,
    Context,
    ImageContent,
    Model,
    StreamOptions,
    TextContent,
    ToolCallContent,
    ToolResultMessage,
    UserMessage,
    extract_text,
)
from jackfield.models import ThinkingLevel
from jackfield.testing import Hold, Reply, json_reply, sse, sse_reply
from jackfield_alchemy import OpenAICompatModel
from jackfield_alchemy.settings import COMPLETIONS, URLS, AlchemySettings

CRATE_APIS = sorted(URLS)
PIXEL = ImageContent(url="data:image/png;base64,iVBORw0KGgo=")
TOOL = AgentTool(name="add", description="Add.", parameters={"type": "object", "properties": {}})


def anthropic_event(kind, **fields):
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


ANTHROPIC = [
    anthropic_event("message_start", message={"usage": {"input_tokens": 3, "output_tokens": 0}}),
    anthropic_event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
    anthropic_event("content_block_delta", index=0, delta={"type": "text_delta", "text": "Hello"}),
    anthropic_event("content_block_stop", index=0),
    anthropic_event("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 5}),
    anthropic_event("message_stop"),
]


def good(api):
    return sse_reply(ANTHROPIC if api == "anthropic-messages" else sse.chat_stream("Hello"))


@pytest.fixture
def crate_at(provider_at, loopback):
    """Give a function that makes a provider for an API before the loopback server."""

    def make(api, **fields):
        end = "" if api == "anthropic-messages" else "/v1/chat/completions"
        return provider_at(api=api, base_url=f"{loopback.url}{end}", **fields)

    return make


def with_key(**fields):
    return StreamOptions(**{"api_key": "k-1234567"} | fields)


@pytest.mark.parametrize("api", CRATE_APIS)
async def test_answer_streams(loopback, crate_at, api):
    loopback.default = good(api)
    events, message = await events_of(crate_at(api), with_key(max_tokens=9, temperature=0.5))
    assert kinds(events) == ["start", "text_start", "text_delta", "text_end", "done"]
    assert (extract_text(message), message.api, message.provider) == ("Hello", api, "lab")
    assert message.usage.output == 5
    [request] = loopback.requests
    name = "x-api-key" if api == "anthropic-messages" else "authorization"
    assert request.headers[name].removeprefix("Bearer ") == "k-1234567"
    body = request.json()
    assert (body["model"], body["stream"], body["temperature"]) == ("m", True, 0.5)


async def test_model_may_say_what_is_spoken(loopback, crate_at):
    loopback.default = good("anthropic-messages")
    model = OpenAICompatModel(id="m", provider="kimi", max_tokens=77, headers={"X-Custom": "val"})
    stream = crate_at("anthropic-messages").stream(model, CONTEXT, with_key())
    message = await stream.result()
    assert (message.api, message.provider) == ("anthropic-messages", "kimi")
    [request] = loopback.requests
    assert request.headers["x-custom"] == "val"
    assert request.json()["max_tokens"] == 77


async def test_history_with_tools_is_sent(loopback, crate_at):
    loopback.default = good("anthropic-messages")
    call = ToolCallContent(id="c1", name="add", arguments={"a": 1})
    result = ToolResultMessage(tool_call_id="c1", tool_name="add", content=[PIXEL])
    history = [
        UserMessage(content=[TextContent(text="Look."), PIXEL]),
        AssistantMessage(content=[call], stop_reason="tool_calls"),
        result,
    ]
    context = Context(system_prompt="Be brief.", messages=history, tools=[TOOL])
    message = await answer_of(crate_at("anthropic-messages"), with_key(), context)
    assert message.error is None
    body = loopback.requests[0].json()
    assert body["system"] == "Be brief."
    assert body["tools"][0]["name"] == "add"
    assert "iVBORw0KGgo=" in json.dumps(body["messages"][0])
    assert "iVBORw0KGgo=" in json.dumps(body["messages"][-1])


REFUSED = [
    ("zai-completions", {"options": {"response_schema": {"type": "object"}}}, "response_schema"),
    ("minimax-completions", {"options": {"tool_choice": "add"}}, "'add'"),
    ("anthropic-messages", {"options": {"tool_choice": "required"}}, "'required'"),
    (
        "zai-completions",
        {
            "messages": [
                UserMessage(content="x"),
                AssistantMessage(content=[ToolCallContent(id="c", name="f")]),
                ToolResultMessage(tool_call_id="c", tool_name="f", content=[PIXEL]),
            ]
        },
        "messages[2].content[0]",
    ),
    (
        "anthropic-messages",
        {"messages": [UserMessage(content=[ImageContent(url="https://a.example/b.png")])]},
        "data:",
    ),
]


@pytest.mark.parametrize(("api", "ask", "said"), REFUSED)
async def test_what_the_crate_would_drop_is_refused(loopback, crate_at, api, ask, said):
    context = Context(messages=ask.get("messages") or CONTEXT.messages, tools=[TOOL])
    events, message = await events_of(crate_at(api), with_key(**ask.get("options", {})), context)
    assert kinds(events) == ["error"]
    assert message.error.kind == "unsupported"
    assert api in message.error_message
    assert said in message.error_message
    assert loopback.requests == []


async def test_unknown_api_is_refused(provider_at):
    stream = provider_at().stream(Model(id="m", api="openai-responses"), CONTEXT, StreamOptions())
    message = await stream.result()
    assert message.error.kind == "unsupported"
    assert "anthropic-messages" in message.error_message


@pytest.mark.parametrize("field", [{"extra_body": {"seed": 1}}, {"query": {"a": "b"}}])
def test_settings_that_the_crate_cannot_obey_are_refused(field):
    with pytest.raises(ValueError, match=next(iter(field))):
        AlchemySettings(api="zai-completions", **field)


@pytest.mark.parametrize("api", CRATE_APIS)
def test_each_api_has_its_own_place(api):
    assert AlchemySettings(api=api).url_of(api) == URLS[api]
    assert AlchemySettings(api=api, base_url="https://a.example").url_of(api) == "https://a.example"


async def test_failure_is_told_and_repeated(loopback, crate_at, clock):
    busy = json_reply({"error": {"message": "busy"}}, status=503)
    loopback.add(busy, good("zai-completions"))
    message = await answer_of(crate_at("zai-completions"), with_key())
    assert extract_text(message) == "Hello"
    assert len(loopback.requests) == 2


@pytest.mark.parametrize("api", CRATE_APIS)
async def test_refused_key_names_the_provider_and_not_the_key(loopback, crate_at, api):
    loopback.default = json_reply({"error": {"message": "bad key k-1234567"}}, status=401)
    events, message = await events_of(crate_at(api), with_key())
    assert kinds(events) == ["error"]
    assert (message.error.kind, message.error.status) == ("authentication", 401)
    assert message.error.provider_name == "lab"
    assert "k-1234567" not in repr(message)


async def test_missing_key_is_an_error_of_authentication(loopback, crate_at):
    message = await answer_of(crate_at("anthropic-messages"))
    assert message.error.kind == "authentication"
    assert loopback.requests == []


@pytest.mark.parametrize("api", CRATE_APIS)
async def test_abort_closes_the_connection(loopback, crate_at, api):
    hold = Hold()
    loopback.default = Reply(headers={"content-type": "text/event-stream"}, body=[hold])
    stream = crate_at(api).stream(Model(id="m"), CONTEXT, with_key())
    reading = asyncio.ensure_future(stream.result())
    async with asyncio.timeout(5):
        await hold.reached.wait()
        await stream.aclose()
        assert (await reading).stop_reason == "aborted"
        await loopback.requests[0].over.wait()
    assert loopback.requests[0].outcome == "client closed"


async def test_level_of_thinking_is_sent(loopback, crate_at):
    loopback.default = good("anthropic-messages")
    options = with_key(max_tokens=4000, reasoning=ThinkingLevel.MAX)
    await answer_of(crate_at("anthropic-messages"), options)
    assert loopback.requests[0].json()["thinking"]["type"] == "enabled"


@pytest.mark.parametrize("api", CRATE_APIS)
async def test_configuration_names_the_api(loopback, kernel, monkeypatch, api):
    monkeypatch.setenv("LAB_KEY", "k-1234567")
    loopback.default = good(api)
    end = "" if api == "anthropic-messages" else "/v1/chat/completions"
    lab = {"use": "alchemy", "api": api, "base_url": f"{loopback.url}{end}", "auth": "lab-key"}
    auth = {"lab-key": {"use": "env", "variable": "LAB_KEY"}}
    agents = {"default": {"model": "lab:m"}}
    opened = kernel({"providers": {"lab": lab}, "auth": auth, "agents": agents})
    async with opened:
        assert await opened.agent().prompt_text("hi") == "Hello"
    assert "k-1234567" in str(loopback.requests[0].headers)


@pytest.mark.parametrize("api", [COMPLETIONS, *CRATE_APIS])
async def test_abort_of_an_agent_closes_the_connection(loopback, crate_at, api):
    hold = Hold()
    loopback.default = sse_reply([hold])
    provider = crate_at(api)

    def ask(model, context, options):
        return provider.stream(model, context, replace(options, api_key="k-1234567"))

    agent = Agent(model=Model(provider="lab", id="m"), stream_fn=ask)
    running = asyncio.ensure_future(agent.prompt("hi"))
    async with asyncio.timeout(5):
        await hold.reached.wait()
        agent.abort()
        await running
        await loopback.requests[0].over.wait()
    assert agent.state.messages[-1].stop_reason == "aborted"
    assert loopback.requests[0].outcome == "client closed"
