"""Acceptance checks A19 to A23 of spec/lumnis.md, 8: what goes wrong, and what is said of it."""

import logging
import pickle
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from jackfield.testing import Cut, Reply, Reset, json_reply
from jackfield_lumnis.exceptions import (
    AuthenticationError,
    ErrorCode,
    NotFoundError,
    NotImplementedYetError,
    RateLimitError,
    TransportError,
    ValidationError,
)

USER = {"id": "u-1", "email": "a@b.co"}
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n"
DROPS = {
    "before the answer": [Cut()],
    "inside the head": [HEAD, Cut()],
    "inside the body": [HEAD + b'\r\n{"id": "u-', Cut()],
    "by a reset": [Reset()],
}


@pytest.mark.parametrize("pieces", DROPS.values(), ids=DROPS)
async def test_a19_dropped_connections_are_retried_where_that_is_safe(lumnis, pieces):
    drop = Reply(framing="raw", body=pieces)
    lumnis.server.add(drop, json_reply(USER), drop)
    assert (await lumnis.call("get_user", "u-1")).id == "u-1"
    assert len(lumnis.sent) == 2
    with pytest.raises(TransportError) as caught:
        await lumnis.call("create_user", email="a@b.co")
    assert len(lumnis.sent) == 3
    assert type(caught.value).__module__ == "jackfield_lumnis.exceptions"
    assert caught.value.code == ErrorCode.NETWORK_ERROR
    assert caught.value.status_code is None


async def test_a19_a_service_that_is_not_there_is_a_transport_error(make, clock):
    nowhere = make(base_url="http://127.0.0.1:9")
    with pytest.raises(TransportError) as caught:
        await nowhere.call("create_user", email="a@b.co")
    assert caught.value.code == ErrorCode.CONNECTION_ERROR
    assert clock.slept == []


def _refused(after: str | None = None) -> Reply:
    return Reply(status=429, headers={} if after is None else {"retry-after": after})


@pytest.mark.parametrize("after", ["7", "7.0"])
async def test_a20_a_rate_limit_says_when_to_come_again(lumnis, clock, after):
    lumnis.server.add(_refused(after))
    with pytest.raises(RateLimitError) as caught:
        await lumnis.call("create_user", email="a@b.co")
    assert caught.value.retry_after == 7
    assert caught.value.code == ErrorCode.RATE_LIMIT_EXCEEDED
    assert len(lumnis.sent) == 1
    assert clock.slept == []


async def test_a20_a_rate_limit_says_it_as_a_date(lumnis):
    later = datetime.now(UTC) + timedelta(minutes=10)
    past = datetime(2001, 1, 1, tzinfo=UTC)
    lumnis.server.add(*(_refused(format_datetime(each, usegmt=True)) for each in (later, past)))
    waits = []
    for _ in range(2):
        with pytest.raises(RateLimitError) as caught:
            await lumnis.call("create_user", email="a@b.co")
        waits.append(caught.value.retry_after)
    assert 0 < waits[0] <= 600
    assert waits[1] == 0


@pytest.mark.parametrize("after", [None, "soon", ""])
async def test_a20_a_rate_limit_may_say_nothing(lumnis, after):
    lumnis.server.add(_refused(after))
    with pytest.raises(RateLimitError) as caught:
        await lumnis.call("create_user", email="a@b.co")
    assert caught.value.retry_after is None
    assert len(lumnis.sent) == 1


async def test_a20_nothing_is_repeated_where_that_was_switched_off(make, clock):
    lumnis = make(max_retries=0)
    lumnis.server.add(_refused("1"))
    with pytest.raises(RateLimitError):
        await lumnis.call("get_user", "u-1")
    assert len(lumnis.sent) == 1
    assert clock.slept == []


async def test_a20_a_get_waits_as_long_as_it_is_asked_to_but_not_longer_than_a_minute(
    lumnis, clock
):
    lumnis.server.add(_refused("7"), json_reply(USER), _refused("61"))
    await lumnis.call("get_user", "u-1")
    assert clock.slept == [7]
    with pytest.raises(RateLimitError) as caught:
        await lumnis.call("get_user", "u-1")
    assert caught.value.retry_after == 61
    assert clock.slept == [7]


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (401, AuthenticationError, ErrorCode.UNAUTHORIZED),
        (403, AuthenticationError, ErrorCode.FORBIDDEN),
        (404, NotFoundError, ErrorCode.NOT_FOUND),
        (409, ValidationError, ErrorCode.ALREADY_EXISTS),
        (422, ValidationError, ErrorCode.INVALID_PARAMETERS),
        (501, NotImplementedYetError, ErrorCode.NOT_IMPLEMENTED),
        (500, TransportError, ErrorCode.NETWORK_ERROR),
    ],
)
async def test_a21_statuses_have_their_exceptions(lumnis, status, error, code):
    lumnis.server.add(Reply(status=status, headers={"x-request-id": "q"}))
    doing = lumnis.call("create_user", email="a@b.co")
    if status == 501:
        doing.close()
        doing = lumnis.call("integrations.get_non_oauth_required_fields", "github")
    with pytest.raises(error) as caught:
        await doing
    found = caught.value
    assert type(found) is error
    assert (found.code, found.status_code, found.request_id) == (code, status, "q")
    assert len(lumnis.sent) == 1
    again = pickle.loads(pickle.dumps(found))
    assert (type(again), again.code, again.request_id, str(again)) == (
        error,
        code,
        "q",
        str(found),
    )


async def test_a21_a_code_that_the_service_names_is_used(lumnis):
    lumnis.server.add(json_reply({"error": {"code": "INVALID_API_KEY"}}, status=401))
    with pytest.raises(AuthenticationError) as caught:
        await lumnis.call("get_user", "u-1")
    assert caught.value.code == ErrorCode.INVALID_API_KEY


@pytest.mark.parametrize(
    ("body", "told", "detail"),
    [
        ('{"error":{"message":"m-1"}}', "m-1", {"error": {"message": "m-1"}}),
        ('{"detail":"m-1"}', "m-1", {"detail": "m-1"}),
        ('{"detail":[{"msg":"m-1"},{"msg":"m-2"}]}', "m-1; m-2", None),
        ('{"error":"m-1"}', "m-1", {"error": "m-1"}),
        ("[1]", "", {"raw": [1]}),
        ("it is broken", "", {"raw": "it is broken"}),
        ("", "", {}),
        ('{"error":null,"detail":{"a":[]}}', "", {"error": None, "detail": {"a": []}}),
        ("\xff{", "", None),
    ],
)
async def test_a22_refusals_are_read_whatever_their_form(lumnis, body, told, detail):
    lumnis.server.add(Reply(status=422, body=body.encode("latin-1")))
    with pytest.raises(ValidationError) as caught:
        await lumnis.call("create_user", email="a@b.co")
    assert told in caught.value.message
    assert caught.value.message
    assert isinstance(caught.value.detail, dict)
    if detail is not None:
        assert caught.value.detail == detail


KEY = "lk-canary-0123456789-abcdefghijkl"
UUID = "550e8400-e29b-41d4-a716-446655440000"


async def test_a23_secrets_are_taken_out_of_errors(make, caplog):
    lumnis = make(api_key=KEY)
    bearer = "Bearer " + "b" * 25
    body = {
        "error": {"message": f"no entry for {KEY}", "api_key": KEY},
        "nested": [{"password": "pässword-1"}, [["see", bearer]]],
        "response_id": UUID,
        "max_tokens": 7,
        "key_id": "k-1",
    }
    lumnis.server.add(*[json_reply(body, status=status) for status in (422, 401)])
    with caplog.at_level(logging.DEBUG):
        errors = [await _refusal(lumnis), await _refusal(lumnis)]
    for error in errors:
        shown = f"{error} {error!r} {error.detail} {error.args} {error.__dict__}"
        for secret in (KEY, "pässword-1", "b" * 25):
            assert secret not in shown + caplog.text
        assert error.detail["response_id"] == UUID
        assert error.detail["max_tokens"] == 7
        assert error.detail["key_id"] == "k-1"
        assert error.detail["nested"][1] == [["see", "[REDACTED]"]]
    assert "/v1/users" in caplog.text
    assert KEY not in repr(lumnis.client) + repr(lumnis.client.service)


async def _refusal(lumnis):
    with pytest.raises((ValidationError, AuthenticationError)) as caught:
        await lumnis.call("create_user", email="a@b.co")
    return caught.value
