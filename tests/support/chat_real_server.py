"""A real server that nobody of us wrote: llama.cpp's, with a small model."""

import asyncio

import pytest

from jackfield import (
    Agent,
    AgentOptions,
    AgentTool,
    AssistantMessage,
    Context,
    Model,
    StreamOptions,
    TextContent,
    ToolCallContent,
    ToolResultMessage,
    UserMessage,
    extract_text,
    tool,
)

MODEL = Model(provider="lab", id="smollm2")
WEATHER = AgentTool(
    name="get_weather",
    description="Weather of a city.",
    parameters={
        "type": "object",
        "properties": {"city": {"type": "string", "maxLength": 20}},
        "required": ["city"],
    },
)


def ask(text, **more):
    return Context(messages=[UserMessage(content=text)], **more)


def options(server, **more):
    return StreamOptions(**{"api_key": server.key, "max_tokens": 16, "temperature": 0.0} | more)


def earlier_calls():
    """Return a history that even so small a model imitates."""
    messages = []
    for number, city in enumerate(["Rome", "Oslo", "Lima", "Cairo"]):
        call = ToolCallContent(id=f"c{number}", name="get_weather", arguments={"city": city})
        messages += [
            UserMessage(content=f"What is the weather in {city}?"),
            AssistantMessage(content=[call], stop_reason="tool_calls"),
            ToolResultMessage(
                tool_call_id=call.id, tool_name=call.name, content=[TextContent(text="sunny")]
            ),
            AssistantMessage(content=[TextContent(text="It is sunny.")], stop_reason="stop"),
        ]
    return messages


class RealServerTests:
    """Each test, slow; a provider's folder has a subclass and a fixture `provider_at`."""

    @pytest.fixture
    def real(self, llama_server, provider_at):
        return provider_at(base_url=f"{llama_server.url}/v1")

    async def test_models_are_listed(self, llama_server, provider_at):
        from jackfield.credentials import HeaderAuth, Secret

        async def read():
            return Secret(llama_server.key, source="test")

        provider = provider_at(base_url=f"{llama_server.url}/v1", auth=HeaderAuth(read))
        [model] = await provider.models()
        assert (model.id, model.context_tokens) == ("smollm2", 2048)

    async def test_answer_streams(self, llama_server, real):
        stream = real.stream(MODEL, ask("Count: one, two,"), options(llama_server))
        async with stream:
            batches = [batch async for batch in stream.batches()]
        message = await stream.result()
        assert len(batches) > 4  # as it came, not at the end
        assert extract_text(message)
        assert message.stop_reason in ("length", "stop")
        assert message.usage.output > 0
        assert message.usage.input > 0
        assert message.metadata["timings"]["predicted_n"] == message.usage.output

    async def test_answer_that_is_not_streamed(self, llama_server, provider_at):
        provider = provider_at(base_url=f"{llama_server.url}/v1", stream=False)
        message = await provider.stream(MODEL, ask("Say hi."), options(llama_server)).result()
        assert extract_text(message)
        assert message.usage.output > 0

    async def test_tool_is_called_with_arguments_of_its_schema(self, llama_server, real):
        question = UserMessage(content="What is the weather in Paris?")
        context = Context(messages=[*earlier_calls(), question], tools=[WEATHER])
        stream = real.stream(MODEL, context, options(llama_server, max_tokens=60))
        async with stream:
            kinds = [event.type async for event in stream]
        message = await stream.result()
        assert message.stop_reason == "tool_calls", message.error_message
        [call] = message.tool_calls()
        assert (call.name, call.arguments) == ("get_weather", {"city": "Paris"})
        assert kinds.count("tool_call_delta") > 1

    async def test_answer_satisfies_a_schema(self, llama_server, real):
        import json

        schema = {
            "type": "object",
            "properties": {"yes": {"type": "boolean"}},
            "required": ["yes"],
            "additionalProperties": False,
        }
        settings = options(llama_server, response_schema=schema, max_tokens=24)
        message = await real.stream(MODEL, ask("Is water wet?"), settings).result()
        assert isinstance(json.loads(extract_text(message))["yes"], bool)

    async def test_agent_runs_a_tool_over_the_server(self, llama_server, real):
        calls = []

        @tool
        def get_weather(city: str) -> str:
            """Weather of a city."""
            calls.append(city)
            return "sunny"

        agent = Agent(
            AgentOptions(
                stream_fn=real.stream,
                initial_state={"model": MODEL, "tools": [get_weather], "messages": earlier_calls()},
                get_api_key=lambda provider: llama_server.key,
                max_tokens=40,
                max_turns=2,
                temperature=0.0,
            )
        )
        await agent.prompt("What is the weather in Paris?")
        assert calls[0] == "Paris"
        assert [message.role for message in agent.state.messages[16:20]] == [
            "user",
            "assistant",
            "tool_result",
            "assistant",
        ]

    async def test_abort_stops_the_server(self, llama_server, real):
        long = options(llama_server, max_tokens=1500)
        streams = [real.stream(MODEL, ask(f"Tell story {n}."), long) for n in range(4)]

        async def begin(stream):
            async with stream:
                async for event in stream:
                    if event.type == "text_delta":
                        break
            return await stream.result()

        messages = await asyncio.gather(*map(begin, streams))
        assert {message.stop_reason for message in messages} == {"aborted"}
        # All four slots of the server were in use: this would wait for minutes if they still were.
        async with asyncio.timeout(30):
            message = await real.stream(MODEL, ask("Say hi."), options(llama_server)).result()
        assert message.error is None

    async def test_answers_at_the_same_time(self, llama_server, real):
        async def answer(number):
            context = ask(f"Write the number {number}.")
            return await real.stream(MODEL, context, options(llama_server)).result()

        messages = await asyncio.gather(*map(answer, range(8)))
        assert all(extract_text(message) for message in messages)
        assert len({message.response_id for message in messages}) == 8

    async def test_wrong_key_is_refused(self, llama_server, real):
        settings = options(llama_server, api_key="wrong-key-of-mine")
        message = await real.stream(MODEL, ask("hi"), settings).result()
        assert message.error.kind == "authentication"
        assert "wrong-key-of-mine" not in repr(message)

    async def test_too_long_a_history_is_an_overflow(self, llama_server, real):
        message = await real.stream(MODEL, ask("word " * 4000), options(llama_server)).result()
        assert message.error.kind == "context_overflow"
        assert not message.error.retryable
