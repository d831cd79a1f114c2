"""Acceptance check 10, for both clients. Source: spec/infinity.md, 11."""

import pytest

from jackfield.testing import Reply, json_reply
from jackfield_infinity import (
    InfinityAssistantAuthenticationError,
    InfinityAssistantError,
    InfinityAssistantRateLimitError,
)


async def failing(infinity, name="chat", *args, expected=InfinityAssistantError):
    """Return the error with which a call, or a stream as it opens, ends."""
    args = args or (("Hi",) if name.startswith("chat") else ())
    use = infinity.read if name == "chat_stream" else infinity.call
    with pytest.raises(expected) as caught:
        await use(name, *args)
    assert type(caught.value) is expected
    return caught.value


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
