"""A real server that nobody of us wrote: llama.cpp's, driven as if it were OpenRouter."""

import asyncio

import pytest

from jackfield import (
    Agent,
    AgentTool,
    Context,
    StreamOptions,
    UserMessage,
    extract_text,
)
from jackfield_openrouter import OpenRouterModel, stream_openrouter

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

WEATHER = AgentTool(
    name="get_weather",
    description="Weather of a city.",
    parameters={"type": "object", "properties": {"city": {"type": "string"}}},
)


@pytest.fixture
def model(llama_server):
    url = f"{llama_server.url}/v1/chat/completions"
    return OpenRouterModel(id="smollm2", base_url=url)


def options(server, **more):
    return StreamOptions(**{"api_key": server.key, "max_tokens": 16, "temperature": 0.0} | more)


async def answer(server, model, text, **more):
    context = Context(messages=[UserMessage(content=text)], **more)
    return await stream_openrouter(model, context, options(server))


async def test_answer_streams_with_a_tool_schema_sent(llama_server, model):
    stream = await answer(llama_server, model, "Count: one, two,", tools=[WEATHER])
    async with stream:
        batches = [batch async for batch in stream.batches()]
    message = await stream.result()
    assert len(batches) > 4
    assert message.stop_reason in ("length", "stop", "tool_calls")


async def test_several_answers_at_once(llama_server, model):
    streams = [await answer(llama_server, model, f"Say {word}.") for word in ("hi", "yes", "no")]
    messages = await asyncio.gather(*(stream.result() for stream in streams))
    assert all(extract_text(message) for message in messages)


async def test_abort_ends_a_long_answer_and_the_next_prompt_works(llama_server, model):
    agent = Agent(
        model=model,
        stream_fn=stream_openrouter,
        get_api_key=lambda provider: llama_server.key,
        max_tokens=400,
    )
    async for _ in agent.stream_text("Write a long story about the sea."):
        agent.abort()
    assert agent.state.messages[-1].stop_reason == "aborted"
    assert extract_text(agent.state.messages[-1])
    assert (await agent.prompt("Say hi.")).stop_reason in ("stop", "length")
