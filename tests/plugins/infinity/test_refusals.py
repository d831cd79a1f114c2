"""How long the service asks to wait, and which failures may pass.

Source: spec/infinity.md, 3 and 4.
"""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from jackfield.errors import ProviderError
from jackfield.http import Request
from jackfield.testing import json_reply
from jackfield_httpx.service import Failure, Reply
from jackfield_infinity.refusals import wait_of
from jackfield_infinity.repeating import may_pass


def in_seconds(seconds):
    return datetime.now(UTC) + timedelta(seconds=seconds)


def reply(status=429, headers=None, body=None):
    content = b"" if body is None else json_reply(body).body
    return Reply(status=status, headers=headers or {}, content=content)


def epoch(seconds):
    return str(in_seconds(seconds).timestamp())


def reset():
    return {"x-ratelimit-reset": epoch(5000)}


def quota(until=None):
    until = in_seconds(7000) if until is None else until
    return {"rateLimit": {"reset_at": until.isoformat().replace("+00:00", "Z")}}


def at(seconds):
    return format_datetime(in_seconds(seconds), usegmt=True)


@pytest.mark.parametrize(
    ("told", "wait"),  # functions: what they tell counts from the moment of the test
    [
        (lambda: ({"retry-after": "7"}, quota()), 7),
        (lambda: ({"retry-after": "1.5"}, None), 1.5),
        (lambda: ({"retry-after": "-3"}, None), 0),
        (lambda: ({"retry-after": at(9000)}, None), 9000),
        (lambda: ({"retry-after": at(-90)}, None), 0),
        (lambda: ({"retry-after": "soon", "x-ratelimit-retry-after": "8"}, None), 8),
        (lambda: ({"x-ratelimit-retry-after": "8"} | reset(), {"error": {"retry_after": 9}}), 8),
        (lambda: (reset(), {"error": {"retry_after": 9}}), 9),
        (lambda: (reset(), quota()), 5000),
        (lambda: ({}, quota()), 7000),
        (lambda: ({}, quota(in_seconds(-5))), 0),
        (lambda: ({}, quota(in_seconds(6000).replace(tzinfo=None))), 6000),
        (lambda: ({}, {"rateLimit": {"reset_at": "tomorrow"}}), None),
        (lambda: ({}, {"rateLimit": {"reset_at": None}}), None),
        (lambda: ({}, {"rateLimit": "none", "error": "x"}), None),
        (lambda: ({"retry-after": "inf"}, None), None),
        (lambda: ({}, None), None),
    ],
)
def test_the_first_that_says_how_long_counts(told, wait):
    headers, body = told()
    found = wait_of(reply(429, headers, body))
    assert found == (None if wait is None else pytest.approx(wait, abs=100))


def test_the_end_of_a_quota_is_no_wait_for_a_service_that_is_down():
    assert wait_of(reply(503, reset(), quota())) is None
    assert wait_of(reply(503, {"retry-after": "2"} | reset())) == 2


def failure(method, status=None, kind=None, **about):
    details = {"unsent": True} if about.pop("unsent", False) else {}
    cause = None if kind is None else ProviderError("x", kind=kind, details=details)
    answer = None if status is None else Reply(status=status)
    return Failure(
        request=Request(method=method, url="https://h"),
        operation="",
        reply=answer,
        cause=cause,
        **about,
    )


# outcome, GET and DELETE, POST. Source: spec/infinity.md, 4.2.
TABLE = [
    ({"kind": "connection", "unsent": True}, True, True),
    ({"kind": "connection"}, True, True),
    ({"kind": "connection", "answered": True}, True, False),
    ({"kind": "timeout", "unsent": True}, True, True),
    ({"kind": "timeout"}, True, False),
    ({"kind": "protocol"}, False, False),
    ({"kind": "redirect"}, False, False),
    ({"kind": "invalid_request"}, False, False),
    ({"kind": "protocol", "status": 200}, False, False),
    ({"status": 429}, True, True),
    ({"status": 503}, True, False),
    ({"status": 500}, True, False),
    ({"status": 502}, True, False),
    ({"status": 504}, True, False),
    ({"status": 501}, False, False),
    ({"status": 400}, False, False),
    ({"status": 408}, False, False),
    ({"status": 409}, False, False),
    ({"status": 499}, False, False),
]


@pytest.mark.parametrize(("outcome", "harmless", "message"), TABLE, ids=str)
def test_what_may_be_sent_again(outcome, harmless, message):
    assert may_pass(failure("GET", **outcome), None) is harmless
    assert may_pass(failure("DELETE", **outcome), None) is harmless
    assert may_pass(failure("POST", **outcome), None) is message


def test_a_service_that_says_when_is_asked_again_then():
    assert may_pass(failure("POST", status=503), 0.0)
    assert not may_pass(failure("POST", status=500), 1.0)


def test_a_message_may_be_sent_again_after_a_timeout_if_that_is_asked_for():
    assert may_pass(failure("POST", kind="timeout"), None, retry_timeouts=True)
    torn = failure("POST", kind="connection", answered=True)
    assert not may_pass(torn, None, retry_timeouts=True)
