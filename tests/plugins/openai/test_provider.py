"""The provider against a loopback server: answers, connections, models, package."""

import asyncio

import pytest
from support.chat_answers import CONTEXT, GOOD, answer_of, events_of, kinds

from jackfield import Context, Model, StreamOptions, UserMessage, extract_text
from jackfield.testing import (
    Call,
    Hold,
    LoopbackServer,
    ManifestContract,
    ProviderContract,
    Reply,
    Thinking,
    json_reply,
    sse,
    sse_reply,
)
from jackfield_openai.provider import API
from jackfield_openai.settings import OpenAISettings


async def test_answer_is_told_read_by_read(loopback, provider_at):
    hold = Hold()
    loopback.default = sse_reply([*GOOD[:2], hold, *GOOD[2:]])
    stream = provider_at().stream(Model(id="m"), CONTEXT, StreamOptions())
    async with stream:
        batches = stream.batches()
        first = await anext(batches)
        assert kinds(first) == ["start", "text_start", "text_delta"]
        assert extract_text(first[-1].partial) == "Hello"
        hold.release()
        rest = [event async for batch in batches for event in batch]
    assert kinds(rest) == ["text_end", "done"]
    message = await stream.result()
    assert (message.api, message.provider, message.model) == (API, "lab", "m")
    assert (message.usage.input, message.usage.output) == (10, 5)


@pytest.mark.parametrize("stream", [True, False], ids=["not asked", "asked"])
async def test_answer_that_is_not_streamed(loopback, provider_at, stream):
    loopback.default = json_reply(sse.completion("Hello"))
    events, message = await events_of(provider_at(stream=stream))
    assert kinds(events) == ["start", "text_start", "text_delta", "text_end", "done"]
    assert extract_text(message) == "Hello"
    assert loopback.requests[0].json()["stream"] is stream


async def test_wrong_content_types_do_not_matter(loopback, provider_at):
    wrong = {"content-type": "application/json"}
    loopback.add(sse_reply(GOOD, headers=wrong))
    loopback.add(json_reply(sse.completion("Hello"), headers={"content-type": "text/event-stream"}))
    provider = provider_at()
    assert [extract_text(await answer_of(provider)) for _ in range(2)] == ["Hello", "Hello"]


async def test_twenty_answers_need_one_connection(loopback, provider_at):
    loopback.default = sse_reply(GOOD)
    provider = provider_at()
    for _ in range(20):
        assert (await answer_of(provider)).stop_reason == "stop"
    assert loopback.connections == 1


async def test_events_after_the_end_mark_do_not_matter(loopback, provider_at):
    loopback.default = sse_reply([*GOOD, b"data: {oops\n\n", sse.text_chunk("more")])
    assert extract_text(await answer_of(provider_at())) == "Hello"


async def test_end_mark_is_the_end_although_the_server_goes_on(loopback, provider_at):
    loopback.default = sse_reply([*GOOD, Hold()])
    async with asyncio.timeout(5):
        events, message = await events_of(provider_at())
    assert kinds(events)[-1] == "done"
    assert message.stop_reason == "stop"


async def test_gzip_is_read(loopback, provider_at):
    loopback.default = sse_reply(GOOD, gzip=True)
    assert extract_text(await answer_of(provider_at())) == "Hello"


@pytest.mark.parametrize("failing", [False, True])
async def test_no_connection_is_left_in_use(loopback, provider_at, transport, failing):
    bad = [sse.text_chunk("x"), b"data: {oops\n\n", Hold()]
    loopback.default = sse_reply(bad if failing else GOOD)
    provider = provider_at()
    for _ in range(3):
        await answer_of(provider)
    [pool] = transport._sender.engine.pools()
    assert all(connection.is_idle() for connection in pool.connections)
    if failing:
        assert pool.connections == []


async def test_abort_closes_the_connection(loopback, provider_at):
    loopback.default = sse_reply([sse.text_chunk("par"), Hold()])
    stream = provider_at().stream(Model(id="m"), CONTEXT, StreamOptions())
    async with asyncio.timeout(5):
        async with stream:
            await anext(stream)
        await loopback.requests[0].over.wait()
    message = await stream.result()
    assert (message.stop_reason, extract_text(message)) == ("aborted", "par")
    assert loopback.requests[0].outcome == "client closed"


async def test_cancelled_read_closes_the_connection(loopback, provider_at):
    hold = Hold()
    loopback.default = sse_reply([sse.text_chunk("par"), hold])
    reading = asyncio.ensure_future(answer_of(provider_at()))
    await hold.reached.wait()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    async with asyncio.timeout(5):
        await loopback.requests[0].over.wait()


async def test_wait_before_a_retry_can_be_aborted(loopback, provider_at):
    loopback.default = Reply(status=429, headers={"retry-after": "30"})
    waiting = asyncio.Event()
    options = StreamOptions(notify=lambda _: waiting.set())
    stream = provider_at(clock=None).stream(Model(id="m"), CONTEXT, options)
    reading = asyncio.ensure_future(stream.result())
    await waiting.wait()
    async with asyncio.timeout(5):
        await stream.aclose()
    assert (await reading).stop_reason == "aborted"


async def test_concurrent_answers_do_not_mix(loopback, provider_at):
    def reply(request):
        text = request.json()["messages"][0]["content"]
        return sse_reply([sse.recut(b"".join(sse.chat_stream(text * 5)), 7)][0])

    loopback.default = reply
    provider = provider_at()
    contexts = [Context(messages=[UserMessage(content=f"<{n}>")]) for n in range(20)]
    messages = await asyncio.gather(*(answer_of(provider, context=each) for each in contexts))
    assert [extract_text(message) for message in messages] == [f"<{n}>" * 5 for n in range(20)]


async def test_models_are_listed(loopback, provider_at):
    loopback.default = json_reply(sse.model_list("a", "b"))
    found = await provider_at().models()
    assert [model.id for model in found] == ["a", "b"]
    assert loopback.requests[0].path == "/v1/models"


class TestContract(ProviderContract):
    @pytest.fixture
    def server(self):
        stream = sse_reply(sse.chat_stream(Thinking("hm"), "Hello", Call("add", {"a": 1, "b": 2})))
        models = json_reply(sse.model_list("m"))
        # In a thread: the tasks of the loop are all the provider's.
        with LoopbackServer(default=lambda got: models if got.method == "GET" else stream) as made:
            yield made

    @pytest.fixture
    def provider(self, server, provider_at):
        return provider_at(base_url=f"{server.url}/v1")

    @pytest.fixture
    def failing_provider(self, provider_at):
        return provider_at(base_url="http://127.0.0.1:9/v1", max_retries=0)


class TestPackage(ManifestContract):
    distribution = "jackfield-openai"


async def test_kernel_opens_it(loopback, kernel):
    loopback.default = sse_reply(GOOD)
    opened = kernel({"providers": {"lab": {"use": "openai", "base_url": f"{loopback.url}/v1"}}})
    async with opened:
        provider, model = opened.resolve_model("lab:m")
        stream = provider.stream(model, CONTEXT, StreamOptions())
        message = await stream.result()
    assert (message.provider, message.model, extract_text(message)) == ("lab", "m", "Hello")


def test_every_setting_is_described():
    assert all(field.description for field in OpenAISettings.model_fields.values())
