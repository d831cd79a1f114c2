"""Who answers, who is told, what is kept."""

import asyncio
from operator import is_

import pytest

from jackfield.contracts import Context, StreamOptions
from jackfield.errors import ProviderError
from jackfield.events import DoneEvent, ErrorEvent, StartEvent, TextDeltaEvent, TextStartEvent
from jackfield.messages import (
    AssistantMessage,
    TextContent,
    ThinkingContent,
    UserMessage,
    extract_text,
)
from jackfield.models import Model, ThinkingLevel
from jackfield.run.grammar import EventOrder
from jackfield.testing import (
    Call,
    Error,
    Finish,
    Interleaved,
    ProviderContract,
    ScriptedProvider,
    Text,
    Thinking,
    Wait,
)
from jackfield.testing.manifest_contract import ManifestContract

MODEL = Model(provider="fallback", id="default")
CONTEXT = Context(messages=[UserMessage(content="hi")])
DOWN = Error("a is down", kind="overloaded", status=503)
ANSWER = [
    Thinking("hm", signature="s"),
    "Hello there",
    Interleaved(Call("add", {"a": 1}), Call("add", {"a": 2})),
]


class TestContractOfTheFirst(ProviderContract):
    @pytest.fixture
    def provider(self, over):
        return over(ScriptedProvider(name="a", default=ANSWER), ScriptedProvider(name="b"))

    @pytest.fixture
    def failing_provider(self, over):
        return over(
            ScriptedProvider(name="a", default=DOWN), ScriptedProvider(name="b", default=DOWN)
        )


class TestContractOfTheSecond(TestContractOfTheFirst):
    @pytest.fixture
    def provider(self, over):
        return over(
            ScriptedProvider(name="a", default=DOWN), ScriptedProvider(name="b", default=ANSWER)
        )


class TestPackage(ManifestContract):
    distribution = "jackfield-fallback"


async def test_the_first_that_works_answers_and_nobody_is_told(over, scripts, ask):
    first, second = scripts("hello", "never")
    events, message, notices = await ask(over(first, second), CONTEXT)
    assert extract_text(message) == "hello"
    assert (message.provider, message.model) == ("a", "m1")
    assert message.metadata == {"via": ["fallback:default"]}
    assert events[-1].message is message
    assert notices == []
    assert second.requests == []


async def test_the_next_one_answers_and_listeners_are_told(over, scripts, ask):
    events, message, notices = await ask(over(*scripts(DOWN, "hello")), CONTEXT)
    assert extract_text(message) == "hello"
    assert (message.provider, message.model, message.stop_reason) == ("b", "m2", "stop")
    assert [event.type for event in events].count("start") == 1
    [notice] = notices
    assert (notice.kind, notice.message) == ("fallback", "a:m1 failed: a is down. Asking b:m2.")
    assert notice.details == {
        "model": "a:m1",
        "next": "b:m2",
        "reason": "overloaded",
        "status": 503,
    }
    [error] = message.metadata["fallback_errors"]
    assert (error["provider"], error["model"], error["kind"]) == ("a", "m1", "overloaded")
    assert (error["message"], error["status"]) == ("a is down", 503)


async def test_a_start_alone_is_held_back(over, ask):
    class Starts(ScriptedProvider):
        async def _play(self, number, answer, context, options):
            answer.start()
            yield
            answer.open_text()
            yield
            raise ProviderError("torn", kind="connection")

    events, message, notices = await ask(
        over(Starts(name="a"), ScriptedProvider("hello", name="b")), CONTEXT
    )
    assert extract_text(message) == "hello"
    assert {event.partial.provider for event in events} == {"b"}
    assert len(notices) == 1


@pytest.mark.parametrize("step", ["some words", Thinking("hm"), Call("add")])
async def test_nothing_moves_on_after_content(over, scripts, ask, step):
    first, second = scripts([step, DOWN], "never")
    events, message, notices = await ask(over(first, second), CONTEXT)
    assert (message.stop_reason, message.provider) == ("error", "a")
    assert message.error_message == "a is down"
    assert (notices, second.requests) == ([], [])
    order = EventOrder("fallback")
    for event in events:
        order.check(event)


async def test_all_errors_are_kept_when_all_fail(over, scripts, ask):
    third = Error("c is full", kind="rate_limit", status=429)
    events, message, notices = await ask(over(*scripts(DOWN, DOWN, third)), CONTEXT)
    assert [event.type for event in events] == ["error"]
    assert (message.provider, message.model) == ("c", "m3")
    assert (message.error.kind, message.error.status) == ("rate_limit", 429)
    assert [each["provider"] for each in message.error.previous_errors] == ["a", "b"]
    assert message.error_message == (
        "No model answered. a:m1: a is down. b:m2: a is down. c:m3: c is full."
    )
    assert [notice.details["next"] for notice in notices] == ["b:m2", "c:m3"]


async def test_an_error_after_a_fallback_keeps_the_earlier_ones(over, scripts, ask):
    _, message, _ = await ask(over(*scripts(DOWN, ["words", DOWN])), CONTEXT)
    assert (message.provider, message.stop_reason) == ("b", "error")
    assert [each["provider"] for each in message.error.previous_errors] == ["a"]


@pytest.mark.parametrize("kind", ["invalid_request", "content_filter"])
async def test_other_kinds_do_not_move_on(over, scripts, ask, kind):
    first, second = scripts(Error("no", kind=kind), "hello")
    _, message, notices = await ask(over(first, second), CONTEXT)
    assert (message.error_message, message.error.kind, message.provider) == ("no", kind, "a")
    assert (notices, second.requests, message.error.previous_errors) == ([], [], [])


async def test_the_kinds_are_a_setting(over, scripts, ask):
    first, second = scripts(DOWN, "hello")
    _, message, _ = await ask(over(first, second, on=["timeout"]), CONTEXT)
    assert message.stop_reason == "error"
    refused = Error("no", kind="content_filter")
    _, message, _ = await ask(over(*scripts(refused, "hello"), on=["*"]), CONTEXT)
    assert extract_text(message) == "hello"


async def test_a_bug_in_a_provider_leads_to_the_next(over, scripts, ask):
    _, message, _ = await ask(over(*scripts(ValueError("bug"), "hello")), CONTEXT)
    assert extract_text(message) == "hello"
    assert message.metadata["fallback_errors"][0]["kind"] == "internal"


class Foreign:
    """A provider whose streams are not ours and break the contract."""

    def __init__(self, name, *batches, error=None):
        self.name, self._batches, self._error, self.closed = name, batches, error, 0

    def stream(self, model, context, options):
        return self

    async def batches(self):
        for batch in self._batches:
            yield batch
        if self._error is not None:
            raise self._error

    async def aclose(self):
        self.closed += 1


async def test_an_exception_is_a_failure_like_any_other(over, ask):
    first = Foreign("a", error=ProviderError("gone", kind="connection"))
    _, message, _ = await ask(over(first, ScriptedProvider("hello", name="b")), CONTEXT)
    assert extract_text(message) == "hello"
    assert first.closed == 1
    _, message, _ = await ask(over(Foreign("a", error=ProviderError("gone"))), CONTEXT)
    assert (message.error_message, message.error.kind) == ("gone", "server")


async def test_an_exception_after_content_ends_the_answer(over, ask):
    message = AssistantMessage(content=[TextContent(text="x")], provider="a", model="m1")
    batch = [
        StartEvent(message),
        TextStartEvent(0, message),
        TextDeltaEvent(0, "x", message),
    ]
    first = Foreign("a", batch, error=ProviderError("gone"))
    _, found, _ = await ask(over(first, ScriptedProvider("never", name="b")), CONTEXT)
    assert found is message
    assert (found.stop_reason, found.error_message) == ("error", "gone")


async def test_a_stream_without_an_end_is_a_failure(over, ask):
    start = StartEvent(AssistantMessage(provider="a", model="m1"))
    _, message, _ = await ask(over(Foreign("a", [start]), *_hello()), CONTEXT)
    assert extract_text(message) == "hello"
    _, message, _ = await ask(over(Foreign("a", [start])), CONTEXT)
    assert message.error_message == "Stream ended without a terminal event."


async def test_an_error_without_details_moves_on(over, ask):
    failed = AssistantMessage(stop_reason="error", error_message="odd")
    first = Foreign("a", [ErrorEvent("error", failed)])
    _, message, _ = await ask(over(first, *_hello()), CONTEXT)
    assert message.metadata["fallback_errors"][0]["message"] == "odd"


async def test_an_empty_answer_is_an_answer(over, ask, scripts):
    _, message, _ = await ask(over(*scripts([Finish("stop")], "never")), CONTEXT)
    assert (message.content, message.stop_reason, message.provider) == ([], "stop", "a")
    done = AssistantMessage(stop_reason="stop", provider="x", model="y")
    _, message, _ = await ask(over(Foreign("a", [DoneEvent("stop", done)])), CONTEXT)
    assert message is done


def _hello():
    return [ScriptedProvider("hello", name="b")]


async def test_batches_pass_through_as_they_are(over):
    handed: list[list] = []

    class Watched(ScriptedProvider):
        def stream(self, model, context, options):
            stream = super().stream(model, context, options)
            inner = stream.batches

            async def batches():
                async for batch in inner():
                    handed.append(batch)
                    yield batch

            stream.batches = batches
            return stream

    watched = Watched([Text("one two three four", chunks=4)], name="a", batch=2)
    stream = over(watched).stream(MODEL, CONTEXT, StreamOptions())
    received = [batch async for batch in stream.batches()]
    await stream.aclose()
    assert len(received) > 2
    assert len(received) == len(handed)  # the first has content at once
    assert all(map(is_, received[1:], handed[1:]))


async def test_abort_ends_the_candidate_and_asks_nobody_else(over):
    wait = Wait()
    first, second = ScriptedProvider([wait], name="a"), ScriptedProvider("never", name="b")
    stream = over(first, second).stream(MODEL, CONTEXT, StreamOptions())
    reading = asyncio.ensure_future(stream.result())
    await wait.reached.wait()
    await stream.aclose()
    assert (await reading).stop_reason == "aborted"
    assert first.streams[0].answer.message.stop_reason == "aborted"
    assert second.requests == []


async def test_abort_after_content_keeps_it(over):
    wait = Wait()
    first = ScriptedProvider(["words", wait], name="a")
    stream = over(first).stream(MODEL, CONTEXT, StreamOptions())
    async for event in stream:
        if event.type == "text_delta":
            break
    await stream.aclose()
    message = await stream.result()
    assert (message.stop_reason, extract_text(message)) == ("aborted", "words")
    assert message is first.streams[0].answer.message


async def test_a_key_is_not_handed_on(over, scripts, ask):
    first, second = scripts(DOWN, "hello")
    await ask(over(first, second), CONTEXT, api_key="secret", temperature=0.5)
    for each in (first, second):
        assert each.requests[0].options.api_key is None
        assert each.requests[0].options.temperature == 0.5


async def test_each_candidate_is_asked_for_its_own_model(over, scripts):
    [first] = scripts("hello")
    model = Model(provider="fallback", id="default", thinking_level=ThinkingLevel.HIGH)
    await over(first).stream(model, CONTEXT, StreamOptions()).result()
    asked = first.requests[0].model
    assert (asked.provider, asked.id, asked.thinking_level) == ("a", "m1", ThinkingLevel.HIGH)


async def test_thinking_goes_back_to_who_thought_it(over, scripts, ask):
    def thought(provider, model):
        part = ThinkingContent(thinking=f"by {provider}", thinking_signature="s")
        return AssistantMessage(
            content=[part], provider=provider, model=model, api="scripted", stop_reason="stop"
        )

    history = [UserMessage(content="x"), thought("a", "m1"), thought("b", "m2")]
    context = Context(messages=[*history, UserMessage(content="y")])
    first, second = scripts(DOWN, "hello")
    await ask(over(first, second), context)
    for each, own in ((first, 1), (second, 2)):
        messages = each.requests[0].messages
        other = messages[3 - own].content[0]
        assert messages[own].content[0].thinking_signature == "s"
        assert isinstance(other, TextContent)
    assert isinstance(context.messages[1].content[0], ThinkingContent)  # what was given stays


async def test_the_list_is_told_as_a_model(over, scripts):
    [info] = await over(*scripts("x", "y")).models()
    assert (info.id, info.description) == ("default", "a:m1, then b:m2")


async def test_closing_closes_nobody_else(over, scripts):
    [first] = scripts("x")
    await over(first).aclose()
    assert first.closed is False
