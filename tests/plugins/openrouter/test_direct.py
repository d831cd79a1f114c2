"""`stream_openrouter`: no kernel, one pool for each event loop."""

import asyncio

import jackfield_openrouter
from jackfield import Agent, AgentOptions, Context, Model, StreamOptions, UserMessage, extract_text
from jackfield.testing import LoopbackServer, sse, sse_reply
from jackfield_openrouter import (
    OpenRouterModel,
    OpenRouterStreamResponse,
    direct,
    stream_openrouter,
)

GOOD = sse_reply(sse.chat_stream("Hello"))
ASK = Context(messages=[UserMessage(content="Hi")])


async def test_stream_is_returned_before_the_answer_is_read(loopback, monkeypatch):
    monkeypatch.setenv("OPENROUTER_BASE_URL", f"{loopback.url}/api/v1")
    loopback.default = GOOD
    stream = await stream_openrouter(OpenRouterModel(id="m"), ASK, StreamOptions())
    assert isinstance(stream, OpenRouterStreamResponse)
    assert loopback.requests == []
    kinds = [event.type async for event in stream]
    assert kinds == ["start", "text_start", "text_delta", "text_end", "done"]
    assert extract_text(await stream.result()) == "Hello"
    await stream.aclose()


async def test_models_url_beats_the_environments(loopback, monkeypatch):
    monkeypatch.setenv("OPENROUTER_BASE_URL", "http://127.0.0.1:9/never")
    loopback.default = GOOD
    model = OpenRouterModel(id="m", base_url=f"{loopback.url}/chat/completions")
    stream = await stream_openrouter(model, ASK)
    assert extract_text(await stream.result()) == "Hello"


async def test_any_model_will_do(loopback, monkeypatch):
    monkeypatch.setenv("OPENROUTER_BASE_URL", loopback.url)
    loopback.default = GOOD
    message = await (await stream_openrouter(Model(id="a/b"), ASK)).result()
    assert (message.provider, message.model) == ("openrouter", "a/b")
    assert loopback.requests[0].json()["model"] == "a/b"


def test_each_loop_has_one_pool_that_is_closed_with_it(monkeypatch):
    async def ask_twice():
        agent = Agent(AgentOptions(stream_fn=stream_openrouter))
        agent.set_model(OpenRouterModel(id="m"))
        texts = [await agent.prompt_text("Hi") for _ in range(2)]
        assert len(direct._loops._opened) == 1
        return texts

    with LoopbackServer(default=GOOD) as server:
        monkeypatch.setenv("OPENROUTER_BASE_URL", server.url)
        assert asyncio.run(ask_twice()) == ["Hello", "Hello"]
        assert direct._loops._opened == {}
        assert asyncio.run(ask_twice()) == ["Hello", "Hello"]
        assert (len(server.requests), server.connections) == (4, 2)


def test_loop_that_never_closed_its_generators_is_forgotten(monkeypatch):
    async def ask():
        return extract_text(await (await stream_openrouter(OpenRouterModel(id="m"), ASK)).result())

    with LoopbackServer(default=GOOD) as server:
        monkeypatch.setenv("OPENROUTER_BASE_URL", server.url)
        monkeypatch.setitem(direct._loops._opened, closed_loop(), direct._Opened())
        assert asyncio.run(ask()) == "Hello"
        assert direct._loops._opened == {}


def closed_loop():
    loop = asyncio.new_event_loop()
    loop.close()
    return loop


def test_package_says_what_it_has():
    assert set(jackfield_openrouter.__all__) <= {*dir(jackfield_openrouter), *ROOM}
    assert not hasattr(jackfield_openrouter, "nothing")


ROOM = jackfield_openrouter._ROOM_OF
