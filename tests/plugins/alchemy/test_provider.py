"""The provider against a loopback server: answers, connections, models, package."""

import asyncio
import sys

import pytest
from support.chat_answers import CONTEXT, GOOD, answer_of, events_of, kinds

from jackfield import Context, Model, StreamOptions, UserMessage, extract_text
from jackfield.errors import PluginError
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
from jackfield_alchemy import binding
from jackfield_alchemy.provider import AlchemyProvider
from jackfield_alchemy.settings import COMPLETIONS, AlchemySettings


def test_numbers_of_records_are_those_of_the_binding():
    import alchemy_llm_py

    names = [name.upper() for name in alchemy_llm_py.RECORD_TYPES]
    assert [getattr(binding, name) for name in names] == list(range(12))


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
    assert (message.api, message.provider, message.model) == (COMPLETIONS, "lab", "m")
    assert (message.usage.input, message.usage.output) == (10, 5)


async def test_answer_that_is_not_streamed(loopback, provider_at):
    loopback.default = json_reply(sse.completion("Hello"))
    events, message = await events_of(provider_at(stream=False))
    assert kinds(events) == ["start", "text_start", "text_delta", "text_end", "done"]
    assert extract_text(message) == "Hello"
    assert loopback.requests[0].json()["stream"] is False


async def test_twenty_answers_need_one_connection(loopback, provider_at):
    loopback.default = sse_reply([b"".join(GOOD)], framing="length")
    provider = provider_at()
    for _ in range(20):
        assert (await answer_of(provider)).stop_reason == "stop"
    assert loopback.connections == 1


async def test_request_is_that_of_openai(loopback, provider_at, transport):
    from jackfield_openai.provider import OpenAIProvider
    from jackfield_openai.settings import OpenAISettings

    loopback.default = sse_reply(GOOD)
    fields = {
        "headers": {"X-Custom": "val", "accept-language": "de"},
        "query": {"v": "1"},
        "extra_body": {"seed": 7},
    }
    settings = OpenAISettings(base_url=f"{loopback.url}/v1", **fields)
    options = StreamOptions(api_key="k-1234567", temperature=0.0, max_tokens=9, headers={"a": "b"})
    for provider in (OpenAIProvider("lab", settings, transport), provider_at(**fields)):
        await answer_of(provider, options)
    theirs, ours = loopback.requests
    assert (ours.method, ours.path, ours.body) == (theirs.method, theirs.path, theirs.body)
    for name in ("x-custom", "a", "authorization", "content-type", "accept", "accept-language"):
        assert ours.headers[name] == theirs.headers[name]


async def test_end_mark_is_the_end_although_the_server_goes_on(loopback, provider_at):
    loopback.default = sse_reply([*GOOD, Hold()])
    async with asyncio.timeout(5):
        events, message = await events_of(provider_at())
    assert kinds(events)[-1] == "done"
    assert message.stop_reason == "stop"


async def test_abort_closes_the_connection(loopback, provider_at):
    loopback.default = sse_reply([sse.text_chunk("par"), Hold()])
    stream = provider_at().stream(Model(id="m"), CONTEXT, StreamOptions())
    async with asyncio.timeout(5):
        async with stream:
            await anext(stream)
        await loopback.requests[0].over.wait()
    message = await stream.result()
    assert (message.stop_reason, extract_text(message)) == ("aborted", "par")
    assert message.response_id == "chatcmpl-1"
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


async def test_request_is_cancelled_before_its_answer(loopback, provider_at):
    hold = Hold()
    loopback.default = Reply(body=[hold], framing="raw")
    stream = provider_at().stream(Model(id="m"), CONTEXT, StreamOptions())
    reading = asyncio.ensure_future(stream.result())
    async with asyncio.timeout(5):
        await hold.reached.wait()
        await stream.aclose()
        assert (await reading).stop_reason == "aborted"
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
    distribution = "jackfield-alchemy"


async def test_kernel_opens_it(loopback, kernel):
    loopback.default = sse_reply(GOOD)
    opened = kernel({"providers": {"lab": {"use": "alchemy", "base_url": f"{loopback.url}/v1"}}})
    async with opened:
        provider, model = opened.resolve_model("lab:m")
        stream = provider.stream(model, CONTEXT, StreamOptions())
        message = await stream.result()
    assert isinstance(provider, AlchemyProvider)
    assert (message.provider, message.model, extract_text(message)) == ("lab", "m", "Hello")


def test_missing_binding_is_told_when_the_provider_is_opened(kernel, monkeypatch):
    monkeypatch.setitem(sys.modules, "alchemy_llm_py", None)
    opened = kernel({"providers": {"lab": {"use": "alchemy"}}})
    with pytest.raises(PluginError, match=r"pip install alchemy-llm-py.*bindings/alchemy_llm_py"):
        opened.resolve_model("lab:m")
    with pytest.raises(RuntimeError, match="Rust toolchain"):
        binding.binding()


def test_every_setting_is_described():
    assert all(field.description for field in AlchemySettings.model_fields.values())
