"""Waiting for runs: how often, for how long, and what happens when the service fails."""

import pytest
from support.lumnis_clients import created, entry, read_all, run, snapshot

from jackfield.testing import Cut, Hold, Reply, json_reply
from jackfield_lumnis.exceptions import (
    AuthenticationError,
    ErrorCode,
    NotFoundError,
    TransportError,
    ValidationError,
)

BUSY = Reply(status=503)
TORN = Reply(framing="chunked", body=['{"response', Cut()])
DONE = snapshot("succeeded", output_text="7")
RUNNING = snapshot("in_progress")
ASK = "GET /v1/responses/r-1"


async def failing(lumnis, name, *args, **kwargs):
    with pytest.raises(Exception) as caught:  # noqa: PT011 - the test looks at it
        await lumnis.call(name, *args, **kwargs)
    return caught.value


async def test_the_pace_is_two_seconds(lumnis, server, clock):
    server.add(*run(RUNNING, RUNNING, DONE))
    await lumnis.call("invoke", "x", user_id="u")
    assert clock.slept == [2.0, 2.0]


async def test_no_wait_is_asked_for_when_there_is_none(lumnis, server):
    server.add(*run(DONE))
    await lumnis.call("invoke", "x", user_id="u", wait_timeout=None)
    assert lumnis.sent[-1] == ASK


async def test_the_service_is_not_asked_to_wait_longer_than_it_does(lumnis, server):
    server.add(*run(DONE))
    await lumnis.call("invoke", "x", user_id="u", wait_timeout=100)
    assert lumnis.sent[-1] == f"{ASK}?wait=30"


@pytest.mark.parametrize("failure", [BUSY, TORN], ids=["503", "torn"])
async def test_a_poll_that_fails_is_asked_once_more_without_wait(make, server, failure):
    lumnis = make(max_retries=0)
    server.add(json_reply(created()), failure, json_reply(DONE))
    response = await lumnis.call("invoke", "x", user_id="u")
    assert response.output_text == "7"
    assert lumnis.sent[1:] == [f"{ASK}?wait=10", ASK]


async def test_a_run_can_be_found_again_when_polling_fails(make, server):
    lumnis = make(max_retries=0)
    server.add(json_reply(created()), BUSY, BUSY)
    error = await failing(lumnis, "invoke", "x", user_id="u")
    assert isinstance(error, TransportError)
    assert error.response_id == "r-1"


@pytest.mark.parametrize(
    ("status", "expected"),
    [(401, AuthenticationError), (404, NotFoundError), (422, ValidationError)],
)
async def test_a_poll_that_is_refused_is_not_asked_again(lumnis, server, status, expected):
    server.add(json_reply(created()), Reply(status=status))
    error = await failing(lumnis, "invoke", "x", user_id="u")
    assert type(error) is expected
    assert error.response_id == "r-1"
    assert len(server.requests) == 2


async def test_an_answer_that_is_no_json_ends_the_polling(lumnis, server):
    html = Reply(headers={"content-type": "text/html"}, body="<html>")
    server.add(json_reply(created()), html)
    error = await failing(lumnis, "invoke", "x", user_id="u")
    assert isinstance(error, TransportError)
    assert error.status_code == 200
    assert len(server.requests) == 2


@pytest.mark.parametrize("stream", [False, True])
async def test_a_run_that_never_ends_is_given_up(lumnis, server, clock, stream):
    server.add(json_reply(created()))
    server.default = json_reply(RUNNING)
    kwargs = {"user_id": "u", "max_wait": 5, "wait_timeout": 4}
    if stream:
        found = await lumnis.call("invoke", "x", stream=True, **kwargs)
        with pytest.raises(TransportError) as caught:
            await read_all(found)
        error = caught.value
    else:
        error = await failing(lumnis, "invoke", "x", **kwargs)
    assert error.code == ErrorCode.TIMEOUT
    assert error.response_id == "r-1"
    assert clock.slept == [2.0, 2.0, 1.0]
    # No question is held beyond the end.
    assert lumnis.sent[1:] == [f"{ASK}?wait=4", f"{ASK}?wait=3", f"{ASK}?wait=1", ASK]


async def test_a_service_that_does_not_answer_is_given_up(make, server):
    lumnis = make(real_time=True, max_retries=0)
    silent = Reply(framing="raw", body=[Hold()])
    server.add(json_reply(created()), silent, silent)
    error = await failing(lumnis, "invoke", "x", user_id="u", max_wait=0.2)
    assert (error.code, error.response_id) == (ErrorCode.TIMEOUT, "r-1")


async def test_a_poll_that_answers_late_with_an_older_state_does_no_harm(lumnis, server):
    a, b, c = (entry("working", name) for name in "abc")
    server.add(
        *run(
            snapshot("in_progress", a, b),
            snapshot("queued", a),
            snapshot("in_progress"),
            snapshot("succeeded", a, b, c),
        )
    )
    updates = await lumnis.updates("x", user_id="u")
    assert [each.message for each in updates][:-1] == ["a", "b", "c"]


@pytest.mark.parametrize(("wait", "sent"), [(30.0, "30"), (2.5, "3"), (0, "0"), (7, "7")])
async def test_get_response_asks_once_with_a_whole_number(lumnis, server, wait, sent):
    server.add(json_reply(RUNNING))
    found = await lumnis.call("get_response", "r-1", wait=wait)
    assert found.status == "in_progress"
    assert lumnis.sent == [f"{ASK}?wait={sent}"]


async def test_get_response_does_not_wait_by_itself(lumnis, server):
    server.add(json_reply(RUNNING))
    await lumnis.call("get_response", "r-1")
    assert lumnis.sent == [ASK]


async def test_get_response_asks_again_for_long_waits(lumnis, server, clock):
    def held(request):
        clock.time += 30
        return json_reply(RUNNING)

    server.default = held
    found = await lumnis.call("get_response", "r-1", wait=70)
    assert found.status == "in_progress"
    assert lumnis.sent == [f"{ASK}?wait=30", f"{ASK}?wait=30", f"{ASK}?wait=10"]
    assert clock.slept == []


async def test_get_response_ends_a_long_wait_with_the_run(lumnis, server, clock):
    server.add(json_reply(RUNNING), json_reply(DONE))
    assert (await lumnis.call("get_response", "r-1", wait=70)).output_text == "7"
    assert clock.slept == [2.0]  # a service that does not hold the question is not flooded


@pytest.mark.parametrize("name", ["poll_interval", "wait_timeout", "max_wait"])
async def test_negative_times_are_refused(lumnis, server, name):
    with pytest.raises(ValidationError, match=name):
        await lumnis.call("invoke", "x", user_id="u", **{name: -1})
    with pytest.raises(ValidationError, match="wait"):
        await lumnis.call("get_response", "r-1", wait=-1)
    assert server.requests == []


async def test_ids_cannot_leave_their_place(lumnis, server):
    server.add(*[json_reply(RUNNING)] * 2)
    await lumnis.call("get_response", "a/b c?d#é")
    assert lumnis.sent == ["GET /v1/responses/a%2Fb%20c%3Fd%23%C3%A9"]
    for wrong in ("", "..", "."):
        with pytest.raises(ValidationError):
            await lumnis.call("get_response", wrong)
    assert len(server.requests) == 1
