"""Our client, our provider and our sink at our server."""

import asyncio
import logging

import pytest

from jackfield import Agent, AgentOptions
from jackfield.contracts import Context, StreamOptions
from jackfield.messages import TextContent, ToolResultMessage, UserMessage, extract_text
from jackfield.models import Model
from jackfield.testing import Error
from jackfield.testing.script import Call, Thinking, Wait
from jackfield.tools import AgentTool
from jackfield.usage import Usage
from jackfield_assistant_ui import AssistantAPIError, AssistantCancelledError, AssistantClient
from jackfield_assistant_ui.connection import Connection
from jackfield_assistant_ui.provider import AssistantUiProvider
from jackfield_assistant_ui.settings import AssistantProviderSettings, AssistantSinkSettings
from jackfield_assistant_ui.sink import AssistantUiSink
from jackfield_assistant_ui.wire.events import (
    CallResult,
    Finish,
    Reasoning,
    StateOps,
    StreamError,
    Text,
)
from jackfield_httpx.transport import HttpxTransport

CLOCK = AgentTool(name="where", description="Place.", parameters={"type": "object"})
MODEL = Model(provider="assistant-ui", id="default")


def add(text):
    parts = [{"type": "text", "text": text}]
    return {"type": "add-message", "message": {"role": "user", "parts": parts}}


def joined(events, kind=Text):
    return "".join(event.text for event in events if isinstance(event, kind))


@pytest.fixture
async def server(serve):
    return await serve()


@pytest.fixture
async def client(server):
    async with AssistantClient(server.url) as client:
        yield client


async def test_chat_gives_the_whole_answer(scripted, client):
    scripted.add([Thinking("Hm"), "It is ", Call("clock", {"tz": "UTC"})], ["noon."])
    reply = await client.threads("t1").chat(commands=[add("hi")])
    found = reply.json()
    assert found["threadId"] == "t1"
    assert [part["type"] for part in found["message"]["parts"]] == [
        "reasoning",
        "text",
        "tool-call",
        "text",
    ]
    assert found["status"] == {"type": "complete", "reason": "stop"}
    assert len(found["state"]["messages"]) == 2


@pytest.mark.parametrize("protocol", [None, "assistant-transport"])
async def test_streams_tell_parts_and_state(scripted, client, protocol):
    scripted.add([Thinking("Hm"), "It is ", Call("clock", {"tz": "UTC"})], ["noon."])
    thread = client.threads("t1")
    events = [e async for e in thread.stream(commands=[add("hi")], protocol=protocol)]
    assert (joined(events, Reasoning), joined(events)) == ("Hm", "It is noon.")
    assert [e.result for e in events if isinstance(e, CallResult)] == [
        {"now": "12:00", "tz": "UTC"}
    ]
    assert events[-1].reason == "stop"
    state = [e for e in events if isinstance(e, StateOps)][-1].state
    assert [message["role"] for message in state["messages"]] == ["user", "assistant"]


async def test_a_thread_that_the_server_keeps_goes_on_without_its_state(scripted, client):
    scripted.add(["One."], ["Two."])
    thread = client.threads("t1")
    async for _ in thread.stream(commands=[add("a")]):
        pass
    events = [event async for event in thread.stream(commands=[add("b")])]
    assert joined(events) == "Two."
    state = [event for event in events if isinstance(event, StateOps)][-1].state
    assert len(state["messages"]) == 4


async def test_streams_without_a_loop(scripted, server):
    scripted.add(["Hel", "lo"])

    def read():
        with AssistantClient(server.url) as client:
            return list(client.threads("t1").stream_sync(commands=[add("hi")]))

    events = await asyncio.to_thread(read)
    assert joined(events) == "Hello"
    assert isinstance(events[-1], Finish)


async def test_the_old_history_is_answered_too(scripted, client):
    scripted.add(["Hello"])
    with pytest.warns(DeprecationWarning, match="messages"):
        reply = await client.threads("t1").chat(messages=[{"role": "user", "content": "hi"}])
    assert [part["text"] for part in reply.json()["message"]["parts"]] == ["Hello"]


async def test_cancel_ends_the_answer_on_both_sides(scripted, server, client):
    wait = Wait()
    scripted.add(["Hel", wait, "lo"])
    thread = client.threads("t1")
    found = []

    async def read():
        async for event in thread.stream(commands=[add("hi")]):
            found.append(event)
            if isinstance(event, Text):
                await thread.cancel()

    async with asyncio.timeout(5):
        with pytest.raises(AssistantCancelledError):
            await read()
        for run in server.runs():
            await run.finished.wait()
    assert joined(found) == "Hel"


async def test_failures_are_told(scripted, client):
    scripted.add(["Hel", Error("boom")])
    thread = client.threads("t1")
    events = [event async for event in thread.stream(commands=[add("hi")])]
    assert joined(events) == "Hel"
    assert [e.message for e in events if isinstance(e, StreamError)]
    with pytest.raises(AssistantAPIError) as caught:
        await thread.chat(commands=[{"type": "dance"}])
    assert caught.value.status_code == 422
    assert "dance" in caught.value.body


@pytest.fixture
async def transport():
    opened = HttpxTransport()
    yield opened
    await opened.aclose()


@pytest.fixture
def provider(server, transport):
    def open_(**settings):
        told = AssistantProviderSettings(base_url=server.url, **settings)
        return AssistantUiProvider(
            "assistant-ui", told, Connection("assistant-ui", told, transport)
        )

    return open_


async def asked(provider, *messages, tools=None, **options):
    context = Context(messages=list(messages), tools=tools)
    return await provider.stream(MODEL, context, StreamOptions(**options)).result()


@pytest.mark.parametrize("request_form", ["messages", "commands"])
async def test_the_server_is_a_model(scripted, provider, request_form):
    usage = Usage(input=3, output=4, total_tokens=7)
    scripted.add(
        [Thinking("Hm"), "On", "e", Call("clock", {"tz": "UTC"}), usage], [".", usage], ["Two."]
    )
    model = provider(request=request_form)
    first = await asked(model, UserMessage(content="a"))
    assert extract_text(first) == "One."
    assert (first.stop_reason, first.content[0].thinking) == ("stop", "Hm")
    assert [call["name"] for call in first.metadata["tool_calls"]] == ["clock"]
    assert (first.usage.input, first.usage.output) == (6, 8)
    second = await asked(model, UserMessage(content="a"), first, UserMessage(content="b"))
    assert extract_text(second) == "Two."
    history = scripted.requests[-1].messages
    assert [extract_text(m) for m in history if m.role == "user"] == ["a", "b"]


@pytest.mark.parametrize("request_form", ["messages", "commands"])
async def test_the_server_may_use_tools_of_the_agent(scripted, provider, request_form):
    scripted.add(["Look: ", Call("where", {"who": "me"})], ["Here."])
    model = provider(request=request_form)
    first = await asked(model, UserMessage(content="a"), tools=[CLOCK])
    [call] = first.tool_calls()
    assert (first.stop_reason, call.name, call.arguments) == ("tool_calls", "where", {"who": "me"})
    result = ToolResultMessage(
        tool_call_id=call.id, tool_name="where", content=[TextContent(text="home")]
    )
    second = await asked(model, UserMessage(content="a"), first, result, tools=[CLOCK])
    assert (extract_text(second), second.stop_reason) == ("Here.", "stop")


async def test_agents_of_the_server_are_listed(provider):
    assert [info.id for info in await provider().models()] == ["default"]


async def test_runs_are_mirrored_into_threads_of_the_server(scripted, server, transport, tmp_path):
    settings = AssistantSinkSettings(base_url=server.url)
    sink = AssistantUiSink(
        settings,
        Connection("assistant-ui", settings, transport),
        lambda: tmp_path,
        logging.getLogger("mirror"),
    )
    scripted.add(["Look.", Call("fire", {})], ["Done."], ["Again."])
    events = []

    async def fire():
        """Burn."""
        return "burnt"

    agent = Agent(
        AgentOptions(stream_fn=scripted.stream, session_id="s1"),
        model=Model(provider="scripted", id="test"),
    )
    agent.set_tools([AgentTool(name="fire", description="", execute=lambda *_: fire())])
    agent.subscribe(events.append)
    await agent.prompt("Go.")
    await sink.handle(events)
    await agent.prompt("Once more.")
    await sink.aclose()
    reply = await server.call("GET", "/api/threads/s1")
    messages = reply.json()["state"]["messages"]
    told = [
        (message["role"], [part.get("text", part.get("result")) for part in message["parts"]])
        for message in messages
    ]
    assert told[:3] == [
        ("user", ["Go."]),
        ("assistant", ["Look.", "burnt"]),
        ("assistant", ["Done."]),
    ]
    assert server.runs() == []
