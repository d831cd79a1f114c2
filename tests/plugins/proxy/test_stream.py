"""TinyAgent's functions, and the factory for agents. Source: spec/agent.md, 13.2."""

import asyncio
import json

import pytest

import jackfield_proxy
from jackfield import Agent, AgentOptions
from jackfield.contracts import Context, StreamOptions
from jackfield.errors import OptionError
from jackfield.messages import AssistantMessage, ThinkingContent
from jackfield.models import Model
from jackfield.testing import Hold
from jackfield.testing import sse_reply as sse
from jackfield_proxy import (
    ProxyStreamOptions,
    ProxyStreamResponse,
    create_proxy_stream,
    proxy_stream_fn,
    stream_proxy,
)

MODEL = Model(provider="p", id="m", api="a")
TEXT = {"type": "text_start", "contentIndex": 0}
HI = {"type": "text_delta", "contentIndex": 0, "delta": "Hi"}
DONE = {"type": "done", "reason": "stop", "usage": {}}


def data(*events):
    return [b"data: " + json.dumps(event).encode() + b"\n\n" for event in events]


async def test_stream_proxy_answers_as_the_original(loopback, hi):
    loopback.add(sse(data(TEXT, HI, DONE)))
    options = ProxyStreamOptions(
        auth_token="a-secret",
        proxy_url=loopback.url,
        temperature=0.5,
        max_tokens=7,
        reasoning="high",
    )
    stream = await stream_proxy(MODEL, hi, options)
    assert isinstance(stream, ProxyStreamResponse)
    assert [event.type async for event in stream][-1] == "done"
    request = loopback.requests[0]
    assert request.headers["authorization"] == "Bearer a-secret"
    assert request.json()["options"] == {"temperature": 0.5, "maxTokens": 7, "reasoning": "high"}
    assert "a-secret" not in repr(options)


def test_options_can_be_given_by_position_as_to_the_original():
    options = ProxyStreamOptions("tok", "http://x", 0.5, 7, "low")
    assert (options.proxy_url, options.temperature, options.reasoning) == ("http://x", 0.5, "low")


async def test_create_proxy_stream_takes_the_options_as_arguments(loopback, hi):
    loopback.add(sse(data(TEXT, HI, DONE)))
    stream = await create_proxy_stream(
        MODEL, hi, "tok", loopback.url, temperature=0.1, max_tokens=3, reasoning=None
    )
    assert (await stream.result()).content[0].text == "Hi"
    assert loopback.requests[0].json()["options"]["maxTokens"] == 3


async def test_dictionaries_are_read_and_the_history_is_made_valid(loopback):
    loopback.add(sse(data(TEXT, HI, DONE)))
    foreign = AssistantMessage(
        content=[ThinkingContent(thinking="hm")], provider="x", model="y", stop_reason="stop"
    )
    broken = AssistantMessage(stop_reason="error", error_message="down")
    context = {
        "system_prompt": "s",
        "messages": [{"role": "user", "content": "hi"}, foreign, broken],
    }
    await (await create_proxy_stream(MODEL, context, "tok", loopback.url)).result()
    sent = loopback.requests[0].json()["context"]
    assert sent["system_prompt"] == "s"
    assert [message["role"] for message in sent["messages"]] == ["user", "assistant"]
    assert sent["messages"][1]["content"] == [{"type": "text", "text": "hm"}]


async def test_the_factory_makes_a_stream_function_for_agents(loopback):
    loopback.add(sse(data(TEXT, HI, DONE)))
    agent = Agent(AgentOptions(stream_fn=proxy_stream_fn("tok", loopback.url)))
    agent.set_model(MODEL)
    assert await agent.prompt_text("hello") == "Hi"
    assert loopback.requests[0].headers["authorization"] == "Bearer tok"


async def test_an_agents_abort_closes_the_connection(loopback):
    hold = Hold()
    loopback.add(sse([*data(TEXT, HI), hold]))
    agent = Agent(AgentOptions(stream_fn=proxy_stream_fn("tok", loopback.url)))
    agent.set_model(MODEL)
    running = asyncio.ensure_future(agent.prompt("hello"))
    await hold.reached.wait()
    agent.abort()
    message = await running
    assert message.stop_reason == "aborted"
    await asyncio.wait_for(loopback.requests[0].over.wait(), 5)
    assert loopback.requests[0].outcome == "client closed"


async def test_stream_proxy_as_a_stream_function_says_what_to_use():
    with pytest.raises(OptionError, match="proxy_stream_fn"):
        await stream_proxy(MODEL, Context(), StreamOptions())


@pytest.mark.parametrize("settings", [{"proxy_url": "ftp://x"}, {"dialect": "latin"}])
def test_a_wrong_setting_is_an_option_error(settings):
    arguments = {"auth_token": "tok", "proxy_url": "http://x"} | settings
    with pytest.raises(OptionError, match=next(iter(settings))) as caught:
        proxy_stream_fn(**arguments)
    assert "tok" not in str(caught.value)


async def test_an_empty_token_is_an_error_event(loopback, hi):
    stream = await create_proxy_stream(MODEL, hi, "", loopback.url)
    message = await stream.result()
    assert (message.stop_reason, message.error.kind) == ("error", "authentication")
    assert "auth_token" in message.error_message


@pytest.mark.parametrize("kind", ["event", "function"])
async def test_the_signal_ends_answer_and_connection(loopback, hi, kind):
    event = asyncio.Event()
    loopback.add(sse([*data(TEXT, HI), Hold()]))
    signal = event if kind == "event" else event.is_set
    stream = await create_proxy_stream(MODEL, hi, "tok", loopback.url, signal=signal)
    async for told in stream:
        if told.type == "text_delta":
            break
    reading = asyncio.ensure_future(stream.result())
    await asyncio.sleep(0)
    event.set()
    message = await asyncio.wait_for(reading, 5)
    assert (message.stop_reason, message.error_message) == ("aborted", "Request aborted by user")
    assert message.content[0].text == "Hi"
    await asyncio.wait_for(loopback.requests[0].over.wait(), 5)
    assert loopback.requests[0].outcome == "client closed"
    await stream.aclose()


async def test_a_signal_that_is_set_already_sends_nothing(loopback, hi):
    stream = await create_proxy_stream(MODEL, hi, "tok", loopback.url, signal=lambda: True)
    events = [event async for event in stream]
    assert [(event.type, event.reason) for event in events] == [("error", "aborted")]
    assert loopback.requests == []


async def test_an_unused_signal_changes_nothing(loopback, hi):
    loopback.add(sse(data(TEXT, HI, DONE)))
    stream = await create_proxy_stream(MODEL, hi, "tok", loopback.url, signal=asyncio.Event())
    events = [event.type async for event in stream]
    assert events == ["start", "text_start", "text_delta", "text_end", "done"]


async def test_a_signal_that_raises_is_the_streams_failure(loopback, hi):
    def signal():
        raise ValueError("odd")

    stream = await create_proxy_stream(MODEL, hi, "tok", loopback.url, signal=signal)
    message = await stream.result()
    assert (message.stop_reason, message.error_message) == ("error", "odd")


async def test_a_watched_stream_can_be_closed_while_it_is_read(loopback, hi):
    hold = Hold()
    loopback.add(sse([*data(TEXT, HI), hold]))
    stream = await create_proxy_stream(MODEL, hi, "tok", loopback.url, signal=asyncio.Event())
    reading = asyncio.ensure_future(stream.result())
    await hold.reached.wait()
    await stream.aclose()
    assert (await reading).stop_reason == "aborted"


async def test_a_wrong_message_is_refused_at_once():
    with pytest.raises(ValueError, match="messages"):
        await create_proxy_stream(MODEL, {"messages": [{"role": "user"}]}, "tok", "http://x")


def test_the_package_hands_out_its_names():
    for name in jackfield_proxy.__all__:
        assert getattr(jackfield_proxy, name) is not None
    with pytest.raises(AttributeError, match="nonsense"):
        jackfield_proxy.nonsense  # noqa: B018 - the access is the test
