"""The provider against a loopback server: requests, answers, failures, connections."""

import asyncio
import logging

import pytest

from jackfield import Context, Model, StreamOptions, UserMessage, extract_text
from jackfield.credentials import HeaderAuth, Secret
from jackfield.testing import (
    Call,
    Cut,
    Hold,
    LoopbackServer,
    ManifestContract,
    ProviderContract,
    Reply,
    Reset,
    Thinking,
    json_reply,
    redirect,
    sse,
    sse_reply,
)
from jackfield_openai.provider import API
from jackfield_openai.settings import OpenAISettings

GOOD = sse.chat_stream("Hello")
CONTEXT = Context(messages=[UserMessage(content="hi")])
KEY = "sk-very-secret-key"


async def events_of(provider, options=None, context=CONTEXT):
    stream = provider.stream(Model(id="m"), context, options or StreamOptions())
    async with stream:
        events = [event async for event in stream]
    return events, await stream.result()


async def answer_of(provider, options=None, context=CONTEXT):
    return (await events_of(provider, options, context))[1]


def kinds(events):
    return [event.type for event in events]


# What is sent


async def test_request_is_complete(loopback, provider_at):
    loopback.default = sse_reply(GOOD)
    options = StreamOptions(api_key=KEY, headers={"X-Mine": "1", "Accept": "text/plain"})
    provider = provider_at(headers={"x-mine": "0", "X-Site": "s"}, query={"v": "a b"})
    message = await answer_of(provider, options)
    assert extract_text(message) == "Hello"
    [request] = loopback.requests
    assert (request.method, request.path) == ("POST", "/v1/chat/completions?v=a+b")
    assert request.json() == {
        "model": "m",
        "messages": [{"role": "user", "content": "hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    sent = {name: request.headers.get(name) for name in ("authorization", "content-type")}
    assert sent == {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
    assert [request.headers[name] for name in ("x-mine", "x-site", "accept")] == [
        "1",
        "s",
        "text/plain",
    ]


async def test_headers_can_be_taken_away(loopback, provider_at):
    loopback.default = sse_reply(GOOD)
    await answer_of(provider_at(headers={"Accept": None}))
    assert "accept" not in loopback.requests[0].headers


async def test_header_with_a_line_break_is_refused_before_sending(loopback, provider_at):
    message = await answer_of(provider_at(), StreamOptions(headers={"X-A": "a\r\nb: c"}))
    assert message.error.kind == "invalid_request"
    assert loopback.requests == []


async def test_no_key_means_no_authorization(loopback, provider_at):
    loopback.default = sse_reply(GOOD)
    await answer_of(provider_at())
    assert "authorization" not in loopback.requests[0].headers


@pytest.mark.parametrize("key", ["a\nb", "schlüssel", " "])
async def test_unsendable_key_is_refused_and_not_shown(loopback, provider_at, key):
    events, message = await events_of(provider_at(), StreamOptions(api_key=key))
    assert kinds(events) == ["error"]
    assert message.error.kind == "authentication"
    assert loopback.requests == []
    assert key.strip() == "" or key not in repr(message)


async def test_short_call_ids_are_set(loopback, provider_at):
    from jackfield import AssistantMessage, ToolCallContent, ToolResultMessage

    loopback.default = sse_reply(GOOD)
    call = ToolCallContent(id="call_12345678901", name="f")
    result = ToolResultMessage(tool_call_id=call.id, tool_name="f")
    context = Context(messages=[AssistantMessage(content=[call]), result])
    await answer_of(provider_at(max_call_id_chars=9), context=context)
    first, second = loopback.requests[0].json()["messages"]
    assert first["tool_calls"][0]["id"] == second["tool_call_id"]
    assert len(second["tool_call_id"]) == 9
    assert second["tool_call_id"].isalnum()


async def test_thinking_is_sent_back_to_the_model_that_thought(loopback, provider_at):
    loopback.default = sse_reply(sse.chat_stream(Thinking("hm"), "Hello"))
    provider = provider_at()
    first = await answer_of(provider)
    context = Context(messages=[*CONTEXT.messages, first, UserMessage(content="more")])
    await answer_of(provider, context=context)
    sent = loopback.requests[1].json()["messages"][1]
    assert sent == {"role": "assistant", "content": "Hello", "reasoning_content": "hm"}


# What comes back


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


# Failures


@pytest.mark.parametrize(
    ("reply", "kind", "said"),
    [
        (json_reply({"error": {"code": 400, "message": "bad"}}), "invalid_request", "bad"),
        (json_reply({"error": {"message": "no"}}, status=400), "invalid_request", "no"),
        (json_reply({"error": "too many images"}, status=422), "invalid_request", "images"),
        (json_reply({"detail": "who are you"}, status=403), "permission", "who are you"),
        (json_reply({"message": "gone"}, status=404), "not_found", "gone"),
        (json_reply({}, status=413), "context_overflow", "413"),
        (Reply(status=402, body="pay first"), "payment", "pay first"),
        (
            Reply(status=404, body="<html><title>Not here</title><p>x</p></html>"),
            "not_found",
            "Not here",
        ),
        (Reply(body="<html><title>Login</title></html>"), "protocol", "base_url"),
        (redirect("https://elsewhere.example/v1"), "redirect", "elsewhere.example"),
    ],
)
async def test_failure_is_a_bare_typed_error(loopback, provider_at, reply, kind, said):
    loopback.default = reply
    events, message = await events_of(provider_at(max_retries=0))
    assert kinds(events) == ["error"]
    assert message.error.kind == kind
    assert said in message.error_message
    assert message.error.provider_name == "lab"
    assert len(loopback.requests) == 1


async def test_upstreams_reason_is_told(loopback, provider_at):
    metadata = {"provider_name": "P", "raw": '{"error":{"message":"too many images"}}'}
    error = {"message": "Provider returned error", "code": 400, "metadata": metadata}
    loopback.default = json_reply({"error": error}, status=400)
    message = await answer_of(provider_at())
    assert "P" in message.error_message
    assert "too many images" in message.error_message
    assert len(loopback.requests) == 1


async def test_key_that_the_server_echoes_is_masked(loopback, provider_at, caplog):
    caplog.set_level(logging.DEBUG)
    body = {"error": {"message": f"Incorrect API key provided: {KEY}"}}
    loopback.add(json_reply(body, status=401), sse_reply([sse.sse(body)]))
    provider = provider_at(max_retries=0)
    for _ in range(2):
        message = await answer_of(provider, StreamOptions(api_key=KEY))
        assert message.stop_reason == "error"
        assert "Incorrect API key" in message.error_message
        assert KEY not in repr(message) + str(message.to_dict()) + caplog.text


async def test_refused_key_is_looked_up_again_once(loopback, provider_at):
    keys = iter(["old-secret-key", "new-secret-key"])

    async def read():
        return Secret(next(keys, "new-secret-key"), source="test")

    loopback.add(json_reply({}, status=401), sse_reply(GOOD))
    message = await answer_of(provider_at(auth=HeaderAuth(read, cache_s=1000)))
    assert extract_text(message) == "Hello"
    sent = [request.headers["authorization"] for request in loopback.requests]
    assert sent == ["Bearer old-secret-key", "Bearer new-secret-key"]


async def test_limited_request_is_sent_again_when_the_server_says(loopback, provider_at, clock):
    loopback.add(Reply(status=429, headers={"retry-after": "1"}), sse_reply(GOOD))
    notices = []
    events, message = await events_of(provider_at(), StreamOptions(notify=notices.append))
    assert kinds(events) == ["start", "text_start", "text_delta", "text_end", "done"]
    assert clock.slept == [1.0]
    assert [notice.kind for notice in notices] == ["retry"]
    assert message.error is None


async def test_long_wait_is_an_error_at_once(loopback, provider_at, clock):
    loopback.default = Reply(status=429, headers={"retry-after": "7200"})
    message = await answer_of(provider_at())
    assert (message.error.kind, message.error.retry_after) == ("rate_limit", 7200)
    assert len(loopback.requests) == 1
    assert clock.slept == []


async def test_storm_of_limits_ends_after_the_retries(loopback, provider_at, clock):
    loopback.default = Reply(status=429)
    message = await answer_of(provider_at(max_retries=3))
    assert message.error.kind == "rate_limit"
    assert message.error.retryable
    assert len(loopback.requests) == 4
    assert len(clock.slept) == 3


@pytest.mark.parametrize(
    "reply",
    [
        sse_reply([sse.sse({"error": {"code": 503, "message": "busy"}})]),
        sse_reply([sse.chunk({"role": "assistant"}), sse.sse({"error": "busy"})]),
        sse_reply([sse.chunk({"content": ""}), sse.finish_chunk(), sse.DONE]),
        sse_reply([sse.DONE]),
        sse_reply([sse.comment(), Cut()]),
        sse_reply([sse.comment(), Reset()]),
        sse_reply([]),
        json_reply({"error": {"code": 500, "message": "oops"}}),
    ],
    ids=["error", "error after role", "empty", "mark only", "cut", "reset", "nothing", "json"],
)
async def test_failure_before_any_content_is_tried_again(loopback, provider_at, reply):
    loopback.add(reply, sse_reply(GOOD))
    events, message = await events_of(provider_at())
    assert kinds(events) == ["start", "text_start", "text_delta", "text_end", "done"]
    assert message.usage.output == 5
    assert len(loopback.requests) == 2


@pytest.mark.parametrize("rest", [[Cut()], [Reset()], [sse.sse({"error": {"code": 503}})], []])
async def test_failure_after_content_is_not_tried_again(loopback, provider_at, rest):
    loopback.default = sse_reply([sse.text_chunk("par"), *rest])
    events, message = await events_of(provider_at())
    assert kinds(events) == ["start", "text_start", "text_delta", "error"]
    assert extract_text(message) == "par"
    assert message.error.retryable
    assert len(loopback.requests) == 1


async def test_what_a_failed_attempt_said_is_forgotten(loopback, provider_at):
    usage = {"prompt_tokens": 99, "completion_tokens": 0}
    first = sse.chunk({"role": "assistant"}, id="old", model="m-old", provider="P", usage=usage)
    loopback.add(sse_reply([first, sse.sse({"error": {"code": 503}})]), sse_reply(GOOD))
    message = await answer_of(provider_at())
    assert (message.response_id, message.response_model) == ("chatcmpl-1", "test")
    assert message.usage.input == 10
    assert message.metadata == {}


async def test_transfer_cut_behind_the_finish_reason_is_an_answer(loopback, provider_at):
    loopback.default = sse_reply([sse.text_chunk("Hi"), sse.finish_chunk(), Hold(), Cut()])
    [hold] = [piece for piece in loopback.default.body if isinstance(piece, Hold)]
    stream = provider_at().stream(Model(id="m"), CONTEXT, StreamOptions())
    async with stream:
        await anext(stream)
        hold.release()
        message = await stream.result()
    assert message.stop_reason == "stop"
    assert message.metadata["truncated"] is True


async def test_request_id_comes_from_the_header_or_the_answer(loopback, provider_at):
    error = sse.sse({"id": "g7", "error": {"code": 400, "message": "x"}})
    loopback.add(sse_reply([error], headers={"x-request-id": "r1"}), sse_reply([error]))
    provider = provider_at()
    assert [(await answer_of(provider)).error.request_id for _ in range(2)] == ["r1", "g7"]


async def test_server_that_stalls_after_the_head(loopback, provider_at):
    loopback.default = sse_reply([Hold()])
    provider = provider_at(timeouts={"read_s": 0.05}, max_retries=0)
    events, message = await events_of(provider)
    assert kinds(events) == ["error"]
    assert message.error.kind == "timeout"


async def test_comments_alone_keep_no_stream_alive_for_ever(loopback, provider_at):
    hold = Hold()
    loopback.default = sse_reply([sse.comment(), hold, sse.comment(), Hold()])
    provider = provider_at(timeouts={"stall_s": 1e-9}, max_retries=0)
    reading = asyncio.ensure_future(answer_of(provider))
    await hold.reached.wait()
    hold.release()
    assert (await reading).error.kind == "timeout"


async def test_line_without_an_end_is_bounded(loopback, provider_at):
    loopback.default = sse_reply([b"data: ", *[b"x" * 16384] * 64])
    message = await answer_of(provider_at(max_event_bytes=65536, max_retries=0))
    assert message.error.kind == "protocol"
    assert "65,536 bytes" in message.error_message


async def test_answer_without_an_end_is_bounded(loopback, provider_at):
    loopback.default = Reply(body=[b'{"a":"', *[b"x" * 16384] * 64], framing="chunked")
    message = await answer_of(provider_at(max_event_bytes=65536, max_retries=0))
    assert message.error.kind == "protocol"
    assert "65,536 bytes" in message.error_message


async def test_nobody_listens(provider_at):
    message = await answer_of(provider_at(base_url="http://127.0.0.1:9/v1", max_retries=0))
    assert message.error.kind == "connection"


# Ends


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


# Models


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


def test_own_key_goes_to_its_own_host_only():
    from jackfield_openai.provider import default_auth

    assert default_auth(OpenAISettings()) is not None
    assert default_auth(OpenAISettings(base_url="https://gateway.example/v1")) is None


async def test_missing_key_is_named_before_sending(provider_at, monkeypatch):
    from jackfield_openai.provider import default_auth

    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    provider = provider_at(
        base_url="https://api.openai.com/v1", auth=default_auth(OpenAISettings())
    )
    events, message = await events_of(provider)
    assert kinds(events) == ["error"]
    assert message.error.kind == "authentication"
    assert "OPENAI_API_KEY" in message.error_message


async def test_key_in_the_environment_is_sent(loopback, provider_at, monkeypatch):
    from jackfield_openai.provider import env_auth

    monkeypatch.setenv("MY_KEY", KEY)
    loopback.default = sse_reply(GOOD)
    await answer_of(provider_at(auth=env_auth("MY_KEY")))
    assert loopback.requests[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("base_url", "chat", "models"),
    [
        ("https://x/v1", "https://x/v1/chat/completions", "https://x/v1/models"),
        ("https://x/v1/", "https://x/v1/chat/completions", "https://x/v1/models"),
        ("https://x/chat/completions", "https://x/chat/completions", "https://x/models"),
    ],
)
def test_urls_are_made_of_the_base(base_url, chat, models):
    settings = OpenAISettings(base_url=base_url)
    assert (settings.chat_url(), settings.models_url()) == (chat, models)


def test_field_of_the_longest_answer_is_that_of_the_host():
    assert OpenAISettings().dialect().max_tokens_field == "max_completion_tokens"
    elsewhere = OpenAISettings(base_url="http://127.0.0.1/v1")
    assert elsewhere.dialect().max_tokens_field == "max_tokens"


def test_every_setting_is_described():
    assert all(field.description for field in OpenAISettings.model_fields.values())
