"""The retry policy: spec/openrouter.md, 13.4 and the acceptance checks 25 and 26."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from jackfield.errors import ProviderError
from jackfield.events import NoticeEvent
from jackfield.http import Request
from jackfield.testing import Cut, Hold, LoopbackServer, Reply, json_reply
from jackfield_httpx.retry import Clock, RetryPolicy, Schedule
from jackfield_httpx.retry_after import retry_after_s

GOOD = json_reply({"ok": True})


def refused(status: int = 503, **headers: str) -> Reply:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status=status, headers=fields, body=b"no")


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 524, 529, 599])
async def test_these_statuses_are_tried_again(transport, loopback, post, read, status):
    loopback.add(refused(status), GOOD)
    assert await read(transport, post()) == (200, b'{"ok": true}')
    assert len(loopback.requests) == 2
    assert loopback.requests[0].body == loopback.requests[1].body


@pytest.mark.parametrize("status", [200, 204, 400, 401, 402, 403, 404, 405, 412, 413, 422])
async def test_these_statuses_are_final(transport, loopback, post, read, status):
    loopback.add(refused(status))
    assert (await read(transport, post()))[0] == status
    assert len(loopback.requests) == 1


async def test_what_may_not_be_repeated_is_not(transport, loopback, post, read):
    loopback.add(refused())
    assert (await read(transport, post(repeatable=False)))[0] == 503
    assert len(loopback.requests) == 1


async def test_the_last_answer_is_given_when_retries_are_used_up(
    transport, loopback, post, read, clock
):
    loopback.default = refused()
    assert await read(transport, post()) == (503, b"no")
    assert len(loopback.requests) == 3
    assert clock.slept == [0.5, 1.0]


@pytest.mark.parametrize("retries", [0, 1, 5])
async def test_the_request_says_how_often(transport, loopback, post, read, retries):
    loopback.default = refused()
    await read(transport, post(max_retries=retries))
    assert len(loopback.requests) == retries + 1


async def test_settings_say_how_often(opened, loopback, post, read):
    loopback.default = refused()
    await read(opened(max_retries=4), post())
    assert len(loopback.requests) == 5


async def test_no_connection_is_tried_again(transport, clock):
    async with LoopbackServer() as gone:
        request = Request(url=gone.url, repeatable=True)
    with pytest.raises(ProviderError, match="Connection refused"):
        async with transport.stream(request):
            pass
    assert clock.slept == [0.5, 1.0]


async def test_a_connection_cut_before_the_head_is_tried_again(transport, loopback, post, read):
    loopback.add(Reply(framing="raw", body=[Cut()]), GOOD)
    assert (await read(transport, post()))[0] == 200


async def test_nothing_is_repeated_once_the_head_was_delivered(transport, loopback, post, clock):
    loopback.default = Reply(body=["a", Cut()], headers={"content-length": "5"})
    with pytest.raises(ProviderError, match="was lost"):
        async with transport.stream(post()) as response:
            await response.read()
    assert len(loopback.requests) == 1
    assert clock.slept == []


async def test_a_pooled_connection_that_died_is_replaced_silently(
    transport, loopback, post, read, clock
):
    notices = []
    request = post(on_notice=notices.append, max_retries=0)
    loopback.add(GOOD, Reply(framing="raw", body=[Cut()]), GOOD)
    assert await read(transport, request) == await read(transport, request)
    assert len(loopback.requests) == 3
    assert (notices, clock.slept) == ([], [])


async def test_a_pooled_connection_that_dies_is_replaced_once_only(transport, loopback, post, read):
    loopback.add(GOOD, *[Reply(framing="raw", body=[Cut()])] * 2)
    await read(transport, post())
    with pytest.raises(ProviderError, match="was lost"):
        await read(transport, post(max_retries=0))


async def test_a_post_that_may_not_be_repeated_is_not_sent_twice(transport, loopback, post, read):
    loopback.add(GOOD, Reply(framing="raw", body=[Cut()]), GOOD)
    await read(transport, post())
    with pytest.raises(ProviderError, match="was lost"):
        await read(transport, post(repeatable=False))
    assert len(loopback.requests) == 2


# --- waits -----------------------------------------------------------------------------------


def test_backoff_doubles_up_to_the_cap_and_jitters_fully():
    policy = RetryPolicy()
    assert [policy.backoff_s(n, 1.0) for n in range(7)] == [0.5, 1, 2, 4, 8, 8, 8]
    assert policy.backoff_s(3, 0.0) == 0
    assert policy.backoff_s(3, 0.25) == 1
    assert policy.backoff_s(10_000, 1.0) == 8
    assert 0 <= Clock().random() <= 1


async def test_retry_after_in_seconds_is_obeyed(transport, loopback, post, read, clock):
    loopback.add(refused(429, retry_after="7"), refused(503, retry_after="1.5"), GOOD)
    assert (await read(transport, post()))[0] == 200
    assert clock.slept == [7.0, 1.5]


async def test_retry_after_as_a_date_is_obeyed(transport, loopback, post, read, clock):
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    loopback.add(refused(429, retry_after=date), GOOD)
    await read(transport, post())
    assert 28 <= clock.slept[0] <= 30


async def test_a_long_retry_after_ends_the_call_at_once(transport, loopback, post, read, clock):
    loopback.default = refused(429, retry_after="7200")
    assert (await read(transport, post()))[0] == 429
    assert (len(loopback.requests), clock.slept) == (1, [])
    assert (await read(transport, post(max_retry_delay_s=8000, max_retries=1)))[0] == 429
    assert clock.slept == [7200]


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ({"retry-after": "3"}, {}, 3),
        ({"retry-after": "-3"}, {}, 0),
        ({"retry-after": "Thu, 01 Jan 1970 00:16:45 GMT"}, {}, 5),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, {}, 0),
        ({"retry-after": "soon"}, {}, None),
        ({"retry-after": "inf"}, {}, None),
        ({"retry-after": "nan"}, {}, None),
        ({}, {"availability": {"retry_after": 9}}, 9),
        ({"retry-after": "3"}, {"availability": {"retry_after": 9}}, 3),
        ({"x-ratelimit-reset": "4"}, {}, 4),
        ({}, {"metadata": {"headers": {"X-RateLimit-Reset": "4"}}}, 4),
        ({}, {"metadata": {"headers": {"Retry-After": "6"}}}, 6),
        ({}, {"metadata": {"headers": None}}, None),
    ],
)
def test_where_a_server_says_how_long(headers, body, expected):
    assert retry_after_s(headers, body, lambda: 1000.0) == expected


def test_a_reset_in_epoch_seconds_and_milliseconds():
    def at(value: str) -> float | None:
        return retry_after_s({"x-ratelimit-reset": value}, {}, lambda: 1.7e9)

    assert at("1700000005") == 5
    assert at("1700000005000") == 5
    assert at("1600000000") == 0


# --- deadline, abort, notices ----------------------------------------------------------------


async def test_no_retry_that_would_come_after_the_deadline(transport, loopback, post, read, clock):
    loopback.default = refused(429, retry_after="10")
    assert (await read(transport, post(timeout_s=25, max_retries=9)))[0] == 429
    assert clock.slept == [10, 10]


async def test_what_is_left_of_the_time_is_the_deadline_of_the_next_attempt(clock):
    schedule = Schedule(
        Request(url="http://x", repeatable=True, timeout_s=10), RetryPolicy(), clock
    )
    assert schedule.single().timeout_s == 10
    await clock.sleep(4)
    assert (schedule.single().timeout_s, schedule.single().max_retries) == (6, 0)
    await clock.sleep(7)
    assert schedule.single().timeout_s == 0


async def test_abort_ends_the_wait_at_once(loopback, post):
    from jackfield_httpx.transport import HttpxTransport

    transport, waiting = HttpxTransport(), asyncio.Event()
    loopback.add(refused(429, retry_after="50"))

    async def call():
        async with transport.stream(post(on_notice=lambda _: waiting.set())):
            pass

    calling = asyncio.create_task(call())
    await waiting.wait()
    async with asyncio.timeout(0.2):
        calling.cancel()
        await asyncio.gather(calling, return_exceptions=True)
    assert calling.cancelled()
    assert len(loopback.requests) == 1
    await transport.aclose()


async def test_each_retry_is_told(transport, loopback, post, read):
    told: list[NoticeEvent] = []
    loopback.add(refused(429, retry_after="2"), Reply(framing="raw", body=[Cut()]), GOOD)
    await read(transport, post(on_notice=told.append))
    assert [event.kind for event in told] == ["retry", "retry"]
    assert told[0].details == {
        "attempt": 1, "max_retries": 2, "wait_s": 2.0, "reason": "rate_limit", "status": 429,
    }  # fmt: skip
    assert told[0].message == "Retry 1 of 2 in 2.0 s: 429: Too Many Requests"
    assert (told[1].details["attempt"], told[1].details["reason"]) == (2, "connection")
    assert (told[1].details["wait_s"], told[1].details["status"]) == (1.0, None)


async def test_a_storm_of_refusals_leaves_no_connection_busy(
    transport, loopback, post, read, connections
):
    loopback.default = refused(429, retry_after="0")
    answers = await asyncio.gather(*[read(transport, post(max_retries=5)) for _ in range(20)])
    assert {status for status, _ in answers} == {429}
    assert len(loopback.requests) == 120
    assert "busy" not in connections(transport)


async def test_a_hanging_refusal_does_not_hang_the_retry(transport, loopback, post, read):
    loopback.add(Reply(status=503, body=["x", Hold()], framing="chunked"), GOOD)
    async with asyncio.timeout(1):
        assert (await read(transport, post()))[0] == 200
