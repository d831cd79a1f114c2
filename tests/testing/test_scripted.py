"""The scripted provider."""

import asyncio

import pytest

from jackfield.contracts import Context, Provider, StreamOptions
from jackfield.errors import ProviderError
from jackfield.messages import UserMessage, extract_text
from jackfield.testing import (
    Call,
    Error,
    Finish,
    Interleaved,
    ScriptedProvider,
    Text,
    Thinking,
    Wait,
)
from jackfield.usage import Usage


def ask(provider, *messages, **options):
    context = Context(messages=[UserMessage(content=text) for text in messages])
    return provider.stream(provider.model, context, StreamOptions(**options))


async def kinds(stream):
    return [event.type async for event in stream]


def test_it_satisfies_the_provider_protocol():
    assert isinstance(ScriptedProvider(), Provider)


async def test_text_streams_one_delta_a_word():
    stream = ask(ScriptedProvider("Hello big world"))
    deltas = [event.delta async for event in stream if event.type == "text_delta"]
    assert deltas == ["Hello", " big", " world"]
    assert (await stream.result()).stop_reason == "stop"


async def test_scripts_answer_requests_in_order():
    provider = ScriptedProvider("one", "two")
    assert extract_text(await ask(provider).result()) == "one"
    assert provider.remaining == 1
    assert extract_text(await ask(provider).result()) == "two"
    assert provider.remaining == 0


async def test_order_of_requests_counts_not_order_of_reading():
    provider = ScriptedProvider("one", "two")
    first, second = ask(provider), ask(provider)
    assert extract_text(await second.result()) == "two"
    assert extract_text(await first.result()) == "one"


async def test_all_steps_make_one_answer():
    script = [Thinking("hm", signature="s"), Text("let me see"), Call("clock"), Usage(input=3)]
    message = await ask(ScriptedProvider(script)).result()
    assert [part.type for part in message.content] == ["thinking", "text", "tool_call"]
    assert message.content[0].thinking_signature == "s"
    assert message.usage.input == 3
    assert message.stop_reason == "tool_calls"


async def test_call_ids_are_counted_and_arguments_parsed():
    script = [Call("add", {"a": 1, "b": 2}, chunks=4), Call("add", id="mine")]
    message = await ask(ScriptedProvider(script, [Call("x")])).result()
    assert [call.id for call in message.tool_calls()] == ["call_1", "mine"]
    assert message.tool_calls()[0].arguments == {"a": 1, "b": 2}


async def test_interleaved_calls_end_in_index_order():
    calls = [Call("a", {"x": 1}, chunks=2), Call("b", {"y": 2}, chunks=3)]
    stream = ask(ScriptedProvider([Interleaved(*calls)]))
    seen = [(e.type, e.content_index) async for e in stream if e.type.startswith("tool_call")]
    assert seen[:4] == [
        ("tool_call_start", 0),
        ("tool_call_start", 1),
        ("tool_call_delta", 0),
        ("tool_call_delta", 1),
    ]
    assert seen[-2:] == [("tool_call_end", 0), ("tool_call_end", 1)]


async def test_finish_sets_the_reason():
    message = await ask(ScriptedProvider(["cut o", Finish("length")])).result()
    assert message.stop_reason == "length"


@pytest.mark.parametrize(
    ("step", "kind", "text"),
    [
        (Error("too many", kind="rate_limit"), "rate_limit", "too many"),
        (ProviderError("down", kind="overloaded"), "overloaded", "down"),
        (Error(ValueError("odd")), "internal", "odd"),
    ],
    ids=["text", "provider-error", "foreign"],
)
async def test_failures_are_the_last_event(step, kind, text):
    events = [event async for event in ask(ScriptedProvider(["so far ", step]))]
    assert events[-1].type == "error"
    assert events[-1].error.error.kind == kind
    assert events[-1].error.error_message == text
    assert extract_text(events[-1].error) == "so far "


async def test_failure_before_the_answer_is_a_bare_error():
    assert await kinds(ask(ScriptedProvider(Error()))) == ["error"]


async def test_wait_holds_the_answer_until_released():
    gate = Wait()
    stream = ask(ScriptedProvider([Text("before"), gate, Text("after")], batch=100))
    reading = asyncio.ensure_future(stream.result())
    await gate.reached.wait()
    assert extract_text(stream.answer.message) == "before"
    assert not reading.done()
    gate.release()
    assert extract_text(await reading) == "beforeafter"


@pytest.mark.parametrize("batch", [1, 2, 7, 1000])
async def test_batch_sets_the_events_per_read(batch):
    stream = ask(ScriptedProvider(Text("x" * 50, chunks=50), batch=batch))
    sizes = [len(events) async for events in stream.batches()]
    assert sum(sizes) == 1 + 1 + 50 + 1 + 1
    assert all(size <= batch + 2 for size in sizes[:-1])
    assert len(sizes) == 1 or min(sizes[:-1]) >= batch


async def test_a_function_answers_from_the_context():
    provider = ScriptedProvider(lambda context, options: extract_text(context.messages[-1])[::-1])
    assert extract_text(await ask(provider, "abc").result()) == "cba"


async def test_requests_are_snapshots():
    provider = ScriptedProvider("ok")
    context = Context(system_prompt="be kind", messages=[UserMessage(content="hi")])
    options = StreamOptions(temperature=0.5)
    await provider.stream(provider.model, context, options).result()
    context.messages[0].content[0].text = "changed"
    context.messages.append(UserMessage(content="more"))
    options.temperature = 1.0
    (request,) = provider.requests
    assert request.system_prompt == "be kind"
    assert [extract_text(message) for message in request.messages] == ["hi"]
    assert request.options.temperature == 0.5


async def test_running_out_of_scripts_says_so():
    provider = ScriptedProvider("only one")
    await ask(provider).result()
    message = await ask(provider).result()
    assert message.stop_reason == "error"
    assert "request 2 came, 1 scripts were given" in message.error_message


async def test_default_answers_the_rest():
    provider = ScriptedProvider("first", default="again")
    texts = [extract_text(await ask(provider).result()) for _ in range(3)]
    assert texts == ["first", "again", "again"]


async def test_unknown_steps_are_refused():
    message = await ask(ScriptedProvider([3.5])).result()
    assert "no steps of type float" in message.error_message


async def test_models_and_closing():
    provider = ScriptedProvider()
    assert [model.id for model in await provider.models()] == ["test"]
    await provider.aclose()
    assert provider.closed
