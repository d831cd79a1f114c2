"""What a provider for chat completions makes of a server that fails."""

import asyncio
import logging

import pytest
from support.chat_answers import CONTEXT, GOOD, KEY, answer_of, events_of, kinds

from jackfield import Model, StreamOptions, extract_text
from jackfield.credentials import HeaderAuth, Secret
from jackfield.testing import (
    Cut,
    Hold,
    Reply,
    Reset,
    json_reply,
    redirect,
    sse,
    sse_reply,
)


class ChatFailureTests:
    """Each test; a provider's folder has a subclass and a fixture `provider_at`."""

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
    async def test_failure_is_a_bare_typed_error(self, loopback, provider_at, reply, kind, said):
        loopback.default = reply
        events, message = await events_of(provider_at(max_retries=0))
        assert kinds(events) == ["error"]
        assert message.error.kind == kind
        assert said in message.error_message
        assert message.error.provider_name == "lab"
        assert len(loopback.requests) == 1

    async def test_upstreams_reason_is_told(self, loopback, provider_at):
        metadata = {"provider_name": "P", "raw": '{"error":{"message":"too many images"}}'}
        error = {"message": "Provider returned error", "code": 400, "metadata": metadata}
        loopback.default = json_reply({"error": error}, status=400)
        message = await answer_of(provider_at())
        assert "P" in message.error_message
        assert "too many images" in message.error_message
        assert len(loopback.requests) == 1

    async def test_key_that_the_server_echoes_is_masked(self, loopback, provider_at, caplog):
        caplog.set_level(logging.DEBUG)
        body = {"error": {"message": f"Incorrect API key provided: {KEY}"}}
        loopback.add(json_reply(body, status=401), sse_reply([sse.sse(body)]))
        provider = provider_at(max_retries=0)
        for _ in range(2):
            message = await answer_of(provider, StreamOptions(api_key=KEY))
            assert message.stop_reason == "error"
            assert "Incorrect API key" in message.error_message
            assert KEY not in repr(message) + str(message.to_dict()) + caplog.text

    async def test_refused_key_is_looked_up_again_once(self, loopback, provider_at):
        keys = iter(["old-secret-key", "new-secret-key"])

        async def read():
            return Secret(next(keys, "new-secret-key"), source="test")

        loopback.add(json_reply({}, status=401), sse_reply(GOOD))
        message = await answer_of(provider_at(auth=HeaderAuth(read, cache_s=1000)))
        assert extract_text(message) == "Hello"
        sent = [request.headers["authorization"] for request in loopback.requests]
        assert sent == ["Bearer old-secret-key", "Bearer new-secret-key"]

    async def test_limited_request_is_sent_again_when_the_server_says(
        self, loopback, provider_at, clock
    ):
        loopback.add(Reply(status=429, headers={"retry-after": "1"}), sse_reply(GOOD))
        notices = []
        events, message = await events_of(provider_at(), StreamOptions(notify=notices.append))
        assert kinds(events) == ["start", "text_start", "text_delta", "text_end", "done"]
        assert clock.slept == [1.0]
        assert [notice.kind for notice in notices] == ["retry"]
        assert message.error is None

    async def test_long_wait_is_an_error_at_once(self, loopback, provider_at, clock):
        loopback.default = Reply(status=429, headers={"retry-after": "7200"})
        message = await answer_of(provider_at())
        assert (message.error.kind, message.error.retry_after) == ("rate_limit", 7200)
        assert len(loopback.requests) == 1
        assert clock.slept == []

    async def test_storm_of_limits_ends_after_the_retries(self, loopback, provider_at, clock):
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
    async def test_failure_before_any_content_is_tried_again(self, loopback, provider_at, reply):
        loopback.add(reply, sse_reply(GOOD))
        events, message = await events_of(provider_at())
        assert kinds(events) == ["start", "text_start", "text_delta", "text_end", "done"]
        assert message.usage.output == 5
        assert len(loopback.requests) == 2

    @pytest.mark.parametrize("rest", [[Cut()], [Reset()], [sse.sse({"error": {"code": 503}})], []])
    async def test_failure_after_content_is_not_tried_again(self, loopback, provider_at, rest):
        loopback.default = sse_reply([sse.text_chunk("par"), *rest])
        events, message = await events_of(provider_at())
        assert kinds(events) == ["start", "text_start", "text_delta", "error"]
        assert extract_text(message) == "par"
        assert message.error.retryable
        assert len(loopback.requests) == 1

    async def test_what_a_failed_attempt_said_is_forgotten(self, loopback, provider_at):
        usage = {"prompt_tokens": 99, "completion_tokens": 0}
        first = sse.chunk({"role": "assistant"}, id="old", model="m-old", provider="P", usage=usage)
        loopback.add(sse_reply([first, sse.sse({"error": {"code": 503}})]), sse_reply(GOOD))
        message = await answer_of(provider_at())
        assert (message.response_id, message.response_model) == ("chatcmpl-1", "test")
        assert message.usage.input == 10
        assert message.metadata == {}

    async def test_transfer_cut_behind_the_finish_reason_is_an_answer(self, loopback, provider_at):
        loopback.default = sse_reply([sse.text_chunk("Hi"), sse.finish_chunk(), Hold(), Cut()])
        [hold] = [piece for piece in loopback.default.body if isinstance(piece, Hold)]
        stream = provider_at().stream(Model(id="m"), CONTEXT, StreamOptions())
        async with stream:
            await anext(stream)
            hold.release()
            message = await stream.result()
        assert message.stop_reason == "stop"
        assert message.metadata["truncated"] is True

    async def test_request_id_comes_from_the_header_or_the_answer(self, loopback, provider_at):
        error = sse.sse({"id": "g7", "error": {"code": 400, "message": "x"}})
        loopback.add(sse_reply([error], headers={"x-request-id": "r1"}), sse_reply([error]))
        provider = provider_at()
        assert [(await answer_of(provider)).error.request_id for _ in range(2)] == ["r1", "g7"]

    async def test_server_that_stalls_after_the_head(self, loopback, provider_at):
        loopback.default = sse_reply([Hold()])
        provider = provider_at(timeouts={"read_s": 0.05}, max_retries=0)
        events, message = await events_of(provider)
        assert kinds(events) == ["error"]
        assert message.error.kind == "timeout"

    async def test_comments_alone_keep_no_stream_alive_for_ever(self, loopback, provider_at):
        hold = Hold()
        loopback.default = sse_reply([sse.comment(), hold, sse.comment(), Hold()])
        provider = provider_at(timeouts={"stall_s": 1e-9}, max_retries=0)
        reading = asyncio.ensure_future(answer_of(provider))
        reached = asyncio.ensure_future(hold.reached.wait())
        # A provider with a timer of its own may not wait for the second comment.
        await asyncio.wait({reading, reached}, return_when=asyncio.FIRST_COMPLETED)
        reached.cancel()
        hold.release()
        assert (await reading).error.kind == "timeout"

    async def test_line_without_an_end_is_bounded(self, loopback, provider_at):
        loopback.default = sse_reply([b"data: ", *[b"x" * 16384] * 64])
        message = await answer_of(provider_at(max_event_bytes=65536, max_retries=0))
        assert message.error.kind == "protocol"
        assert "65,536 bytes" in message.error_message

    async def test_answer_without_an_end_is_bounded(self, loopback, provider_at):
        loopback.default = Reply(body=[b'{"a":"', *[b"x" * 16384] * 64], framing="chunked")
        message = await answer_of(provider_at(max_event_bytes=65536, max_retries=0))
        assert message.error.kind == "protocol"
        assert "65,536 bytes" in message.error_message

    async def test_nobody_listens(self, provider_at):
        message = await answer_of(provider_at(base_url="http://127.0.0.1:9/v1", max_retries=0))
        assert message.error.kind == "connection"
