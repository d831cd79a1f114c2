"""Acceptance checks 5 to 9, for both clients. Source: spec/infinity.md, 11."""

import asyncio
import pickle
import socket
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from jackfield.testing import Cut, Pause, Reply, Reset, json_reply
from jackfield_infinity import (
    AsyncInfinityAssistantClient,
    InfinityAssistantClient,
    InfinityAssistantError,
    InfinityAssistantNetworkError,
    InfinityAssistantRateLimitError,
    InfinityAssistantTimeoutError,
)

ANSWER = {"success": True, "response": "Hello."}
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n"
DROPS = {"before the answer": [Cut()], "by a reset": [Reset()]}
TORN = {"inside the head": [HEAD, Cut()], "inside the body": [HEAD + b'\r\n{"respo', Cut()]}


async def failing(infinity, name="chat", *args, expected=InfinityAssistantError):
    """Return the error with which a call, or a stream as it opens, ends."""
    args = args or (("Hi",) if name.startswith("chat") else ())
    use = infinity.read if name == "chat_stream" else infinity.call
    with pytest.raises(expected) as caught:
        await use(name, *args)
    assert type(caught.value) is expected
    return caught.value


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a5_a_read_is_repeated_as_often_as_allowed(make, server, clock, status):
    infinity = make(max_retries=2, retry_delay=0.01)
    server.default = Reply(status=status)
    error = await failing(infinity, "health")
    assert (error.status_code, len(server.requests)) == (status, 3)
    assert clock.slept == [0.01, 0.02]


@pytest.mark.parametrize("name", ["chat", "chat_stream"])
@pytest.mark.parametrize("status", [400, 404, 408, 409, 499, 500, 502, 503, 504])
async def test_a5_a_message_is_not_repeated(infinity, server, status, name):
    server.default = json_reply({"error": "no"}, status=status)
    error = await failing(infinity, name)
    assert (error.status_code, len(server.requests)) == (status, 1)


async def test_a5_a_message_is_repeated_where_the_service_says_when(infinity, server, clock):
    server.add(Reply(status=503, headers={"retry-after": "2"}), json_reply(ANSWER))
    assert (await infinity.call("chat", "Hi"))["response"] == "Hello."
    assert clock.slept == [2.0]


async def test_a5_what_is_deleted_is_deleted_again(infinity, server):
    server.add(Reply(status=502), json_reply({"success": True}))
    await infinity.call("delete_webhook", "w")
    assert [request.method for request in server.requests] == ["DELETE", "DELETE"]


async def test_a5_no_retries_means_one_attempt(make, server):
    infinity = make(max_retries=0)
    server.default = Reply(status=503)
    await failing(infinity, "health")
    assert len(server.requests) == 1


@pytest.mark.parametrize("name", ["chat", "chat_stream", "health"])
async def test_a6_a_limit_that_passes_is_waited_for(infinity, server, clock, name):
    busy = Reply(status=429, headers={"retry-after": "0"})
    server.add(busy, busy, json_reply(ANSWER))
    if name == "chat_stream":
        assert [each["type"] for each in await infinity.read(name, "Hi")] == ["text", "done"]
    else:
        await infinity.call(name, *(["Hi"] if name == "chat" else []))
    assert len(server.requests) == 3
    assert clock.slept == [0.0, 0.0]


async def test_a6_a_date_is_waited_for(infinity, server, clock):
    at = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    server.add(Reply(status=429, headers={"retry-after": at}), json_reply(ANSWER))
    await infinity.call("chat", "Hi")
    assert clock.slept == [pytest.approx(30, abs=2)]


@pytest.mark.parametrize("name", ["chat", "chat_stream", "health"])
async def test_a6_a_long_wait_is_the_caller_s_business(infinity, server, clock, name):
    server.default = Reply(status=429, headers={"retry-after": "86400"})
    error = await failing(infinity, name, expected=InfinityAssistantRateLimitError)
    assert (error.retry_after, error.code, error.status_code) == (86400, "RATE_LIMIT", 429)
    assert (len(server.requests), clock.slept) == (1, [])


async def test_a6_how_long_is_too_long_can_be_said(make, server, clock):
    infinity = make(max_retry_wait=100_000)
    server.add(Reply(status=429, headers={"retry-after": "86400"}), json_reply(ANSWER))
    await infinity.call("chat", "Hi")
    assert clock.slept == [86400]


async def test_a7_a_used_up_quota_says_when_it_begins_anew(infinity, server):
    reset_at = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    quota = {"allowed": False, "limit": 50, "remaining": 0, "reset_at": reset_at}
    server.default = json_reply({"error": "Daily quota", "rateLimit": quota}, status=429)
    error = await failing(infinity, expected=InfinityAssistantRateLimitError)
    assert error.rate_limit == quota
    assert error.retry_after == pytest.approx(7200, abs=60)
    assert error.message == "Daily quota"
    assert len(server.requests) == 1


@pytest.mark.parametrize("pieces", DROPS.values(), ids=DROPS)
@pytest.mark.parametrize("name", ["chat", "chat_stream"])
async def test_a8_a_message_without_an_answer_is_sent_again(infinity, server, clock, pieces, name):
    server.default = Reply(framing="raw", body=pieces)
    error = await failing(infinity, name, expected=InfinityAssistantNetworkError)
    assert (error.status_code, error.code) == (0, "NETWORK_ERROR")
    assert error.__cause__ is not None
    assert len(server.requests) == 4
    assert clock.slept == [1.0, 2.0, 4.0]


@pytest.mark.parametrize("pieces", TORN.values(), ids=TORN)
async def test_a8_a_message_whose_answer_broke_is_not(infinity, server, pieces):
    server.default = Reply(framing="raw", body=pieces)
    await failing(infinity, expected=InfinityAssistantNetworkError)
    assert len(server.requests) == 1


@pytest.mark.parametrize("pieces", TORN.values(), ids=TORN)
async def test_a8_a_read_whose_answer_broke_is(infinity, server, pieces):
    server.add(Reply(framing="raw", body=pieces), json_reply({"status": "healthy"}))
    await infinity.call("health")
    assert len(server.requests) == 2


async def test_a8_nobody_is_there(make, clock):
    infinity = make(base_url="http://127.0.0.1:9", max_retries=6, retry_delay=3)
    await failing(infinity, expected=InfinityAssistantNetworkError)
    assert clock.slept == [3.0, 6.0, 12.0, 24.0, 30.0, 30.0]


async def test_a9_a_message_is_sent_again_if_no_connection_came_about(make, clock):
    with socket.create_server(("127.0.0.1", 0)) as silent:  # never answers the TLS handshake
        url = f"https://127.0.0.1:{silent.getsockname()[1]}"
        infinity = make(base_url=url, timeout=1, max_retries=1)
        await failing(infinity, "health", expected=InfinityAssistantTimeoutError)
        clock.slept.clear()
        error = await failing(infinity, expected=InfinityAssistantTimeoutError)
    assert "No connection" in error.message
    assert clock.slept == [1.0]


@pytest.mark.parametrize("retry_timeouts", [False, True])
async def test_a9_a_slow_message_is_not_sent_again_unless_that_is_asked_for(
    make, server, retry_timeouts
):
    infinity = make(timeout=0.4, max_retries=1, retry_timeouts=retry_timeouts)
    server.default = Reply(framing="raw", body=[Pause(5)])
    error = await failing(infinity, expected=InfinityAssistantTimeoutError)
    assert (error.code, error.status_code) == ("TIMEOUT", 408)
    assert len(server.requests) == (2 if retry_timeouts else 1)


async def test_a9_a_slow_read_is_repeated(make, server, clock):
    infinity = make(timeout=0.4, max_retries=2, retry_delay=1)
    server.default = Reply(framing="raw", body=[Pause(5)])
    await failing(infinity, "health", expected=InfinityAssistantTimeoutError)
    assert len(server.requests) == 3
    assert clock.slept == [1.0, 2.0]


async def test_a9_a_whole_attempt_is_bounded(make, server):
    infinity = make(timeout=0.3, max_retries=0)
    server.default = Reply(framing="chunked", body=[b" ", Pause(0.1)] * 50)
    await failing(infinity, "health", expected=InfinityAssistantTimeoutError)
    await server.requests[0].over.wait()
    assert server.requests[0].outcome == "client closed"  # the answer takes 5 s


async def test_a_redirect_of_a_message_is_an_error_of_ours(infinity, server):
    server.default = Reply(status=307, headers={"location": "https://elsewhere.example/"})
    error = await failing(infinity)
    assert (error.code, error.status_code) == ("REDIRECT", 307)


async def test_programming_errors_stay_what_they_are(infinity, server):
    with pytest.raises(ValueError, match="JSON"):
        await infinity.call("chat", "Hi", preferences={"a": object()})
    with pytest.raises(TypeError, match="message"):
        await infinity.call("chat", 7)
    assert server.requests == []


async def test_a_cancelled_wait_ends_at_once(server):
    server.default = Reply(status=503)
    async with AsyncInfinityAssistantClient("ia_x", server.url, retry_delay=25) as client:
        waiting = asyncio.Event()
        client.service.on_notice = lambda notice: waiting.set()
        call = asyncio.ensure_future(client.health())
        await waiting.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call


def test_closing_ends_the_wait_of_another_thread(server):
    server.default = Reply(status=503)
    client = InfinityAssistantClient("ia_x", server.url, retry_delay=25)
    waiting = threading.Event()
    client.service.on_notice = lambda notice: waiting.set()
    ended = []

    def work():
        with pytest.raises(RuntimeError, match="closed") as caught:
            client.health()
        ended.append(caught.value)

    thread = threading.Thread(target=work)
    thread.start()
    assert waiting.wait(5)
    client.close()
    thread.join(5)
    assert len(ended) == 1


def test_errors_can_be_sent_to_another_process():
    error = InfinityAssistantRateLimitError(
        "Later.", "RATE_LIMIT", 429, {"a": 1}, retry_after=2.0, rate_limit={"limit": 1}
    )
    found = pickle.loads(pickle.dumps(error))
    assert (str(found), found.__dict__) == (str(error), error.__dict__)
    assert str(InfinityAssistantError("Only words.")) == "Only words."
