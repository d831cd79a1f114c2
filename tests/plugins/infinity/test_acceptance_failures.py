"""Acceptance checks 5 to 10, for both clients. Source: spec/infinity.md, 11."""

import asyncio
import pickle
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from jackfield.testing import Cut, Pause, Reply, Reset, json_reply
from jackfield_infinity import (
    AsyncInfinityAssistantClient,
    InfinityAssistantAuthenticationError,
    InfinityAssistantClient,
    InfinityAssistantError,
    InfinityAssistantNetworkError,
    InfinityAssistantRateLimitError,
    InfinityAssistantTimeoutError,
)

ANSWER = {"success": True, "response": "Hello."}
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n"
DROPS = {
    "before the answer": [Cut()],
    "inside the head": [HEAD, Cut()],
    "by a reset": [Reset()],
}
CUT_ANSWER = Reply(framing="raw", body=[HEAD + b'\r\n{"respo', Cut()])


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


async def test_a8_a_message_whose_answer_broke_is_not(infinity, server):
    server.default = CUT_ANSWER
    await failing(infinity, expected=InfinityAssistantNetworkError)
    assert len(server.requests) == 1


async def test_a8_a_read_whose_answer_broke_is(infinity, server):
    server.add(CUT_ANSWER, json_reply({"status": "healthy"}))
    await infinity.call("health")
    assert len(server.requests) == 2


async def test_a8_nobody_is_there(make, clock):
    infinity = make(base_url="http://127.0.0.1:9", max_retries=6, retry_delay=3)
    await failing(infinity, expected=InfinityAssistantNetworkError)
    assert clock.slept == [3.0, 6.0, 12.0, 24.0, 30.0, 30.0]


@pytest.mark.parametrize("retry_timeouts", [False, True])
async def test_a9_a_slow_message_is_not_sent_again_unless_that_is_asked_for(
    make, server, retry_timeouts
):
    infinity = make(timeout=0.05, max_retries=1, retry_timeouts=retry_timeouts)
    server.default = Reply(framing="raw", body=[Pause(5)])
    error = await failing(infinity, expected=InfinityAssistantTimeoutError)
    assert (error.code, error.status_code) == ("TIMEOUT", 408)
    assert len(server.requests) == (2 if retry_timeouts else 1)


async def test_a9_a_slow_read_is_repeated(make, server, clock):
    infinity = make(timeout=0.05, max_retries=2, retry_delay=1)
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


A = {"error": "Message is required", "suggestion": "Say something"}
A_WORDS = {"error": "Bad", "message": "Message is required"}
B = {
    "success": False,
    "error": {"code": "MESSAGE_TOO_LONG", "message": "Message is required", "details": {"n": 1}},
}
C = {"success": False, "error": "Message is required"}
D = b"<html><body>" + b"x" * 3000
E = {"error": {"code": "INVALID_JSON", "message": "Message is required", "timestamp": "now"}}
FORMS = [
    ("A", A, 400, "VALIDATION_ERROR", "Message is required"),
    ("A in words", A_WORDS, 400, "VALIDATION_ERROR", "Message is required"),
    ("B", B, 400, "MESSAGE_TOO_LONG", "Message is required"),
    ("C", C, 400, "VALIDATION_ERROR", "Message is required"),
    ("D", D, 502, "BAD_GATEWAY", "Bad Gateway"),
    ("D empty", b"", 504, "AGENT_TIMEOUT", "Gateway Timeout"),
    ("E", E, 400, "INVALID_JSON", "Message is required"),
    ("a list", [1], 599, "API_ERROR", "Status 599"),
    ("words nobody expects", {"error": {"message": {"a": 1}}}, 400, "VALIDATION_ERROR", None),
    ("a code of its own", {"code": "X", "error": "y"}, 418, "X", "y"),
]


@pytest.mark.parametrize(
    ("body", "status", "code", "message"), [form[1:] for form in FORMS], ids=[f[0] for f in FORMS]
)
@pytest.mark.parametrize("name", ["chat", "chat_stream"])
async def test_a10_every_form_of_refusal_is_read(
    infinity, server, name, body, status, code, message
):
    reply = Reply(status=status, body=body) if isinstance(body, bytes) else None
    server.default = reply or json_reply(body, status=status)
    error = await failing(infinity, name)
    message = message or "Bad Request"
    assert (error.code, error.message, error.status_code) == (code, message, status)
    assert str(error) == f"{code}: {message}"
    assert isinstance(error.response, dict)
    if isinstance(body, dict):
        assert error.response == body
    elif isinstance(body, bytes):
        told = {"error": "Unknown error", "body": body.decode()[:2000]}
        assert error.response == told


@pytest.mark.parametrize("status", [401, 403])
async def test_a10_who_may_not_is_told_so(infinity, server, status):
    server.default = json_reply(
        {"error": {"code": "INVALID_API_KEY", "message": "No."}}, status=status
    )
    error = await failing(infinity, expected=InfinityAssistantAuthenticationError)
    assert (error.code, error.status_code) == ("INVALID_API_KEY", status)
    assert "API key" in error.__notes__[0]
    assert len(server.requests) == 1


async def test_a10_the_own_word_for_a_limit_stays_in_the_response(infinity, server):
    told = {"success": False, "error": {"code": "QUOTA_EXCEEDED", "retry_after": 3600}}
    server.default = json_reply(told, status=429)
    error = await failing(infinity, expected=InfinityAssistantRateLimitError)
    assert (error.code, error.retry_after) == ("RATE_LIMIT", 3600)
    assert error.response == told


@pytest.mark.parametrize(
    ("told", "code", "message"),
    [
        ({"success": False, "error": "The agent is ill."}, "API_ERROR", "The agent is ill."),
        ({"success": False, "error": {"code": "AGENT_ERROR"}}, "AGENT_ERROR", "OK"),
    ],
    ids=["words", "code"],
)
@pytest.mark.parametrize("name", ["chat", "chat_stream"])
async def test_a10_a_success_that_is_none_is_an_error(infinity, server, name, told, code, message):
    server.default = json_reply(told)
    error = await failing(infinity, name)
    assert (error.code, error.message, error.status_code) == (code, message, 200)
    assert error.response == told
    assert len(server.requests) == 1


HTML = Reply(headers={"content-type": "text/html; charset=utf-8"}, body="<html>Sign in</html>")


@pytest.mark.parametrize(
    "reply",
    [HTML, Reply(headers={"content-type": "application/json"}, body='{"respo'), json_reply([1])],
    ids=["html", "cut json", "a list"],
)
@pytest.mark.parametrize("name", ["chat", "chat_stream", "health"])
async def test_an_answer_that_nobody_can_read_is_not_asked_for_again(infinity, server, name, reply):
    server.default = reply
    error = await failing(infinity, name)
    assert (error.code, error.status_code) == ("INVALID_RESPONSE", 200)
    assert len(server.requests) == 1


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
