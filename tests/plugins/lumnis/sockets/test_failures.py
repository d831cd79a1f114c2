"""Runs that fail, never end, answer out of order; connections and replies that break."""

import asyncio

import pytest

from jackfield.messages import extract_text
from jackfield.testing import Cut, Reply, Reset, json_reply
from jackfield_lumnis.testing import Run, Step, entry, error_reply, tool_call

THINK, FIND = entry("planning", "Thinking"), entry("searching", "Looking")


def thinking_of(message):
    return "".join(part.thinking for part in message.content if part.type == "thinking")


async def test_failed_run_is_an_error_that_says_why(server, ask):
    error = {"code": "MODEL_FAILED", "message": "The model gave up."}
    server.plan(Run.of(THINK, status="failed", error=error))
    message = await ask()
    assert message.stop_reason == "error"
    assert "The model gave up." in message.error_message
    assert message.raw_stop_reason == "failed"
    assert message.response_id == "r-1"
    assert thinking_of(message) == "PLANNING: Thinking\n"


@pytest.mark.parametrize("error", ["boom", {"message": "boom"}, {"detail": "boom"}])
async def test_any_form_of_error_is_read(server, ask, error):
    server.plan(Run.of(status="failed", error=error))
    assert "boom" in (await ask()).error_message


async def test_failed_run_without_a_reason_is_an_error_all_the_same(server, ask):
    server.plan(Run.of(status="failed"))
    message = await ask()
    assert message.stop_reason == "error"
    assert message.error_message


async def test_run_that_was_cancelled_at_the_service_is_an_aborted_answer(server, ask):
    server.plan(Run.of(THINK, status="cancelled"))
    message = await ask()
    assert message.stop_reason == "aborted"
    assert message.error_message == "The run was cancelled at the service."
    assert server.received("POST /v1/responses/{}/cancel") == []


async def test_polls_that_answer_out_of_order_tell_nothing_twice(server, ask):
    server.plan(
        Run(
            steps=[
                Step(progress=[THINK, FIND]),
                Step(status="queued", progress=[]),
                Step(progress=None),
                Step(progress=[THINK]),
                Step(status="paused", progress=[entry("planning", "Anew"), FIND]),
                Step(
                    status="succeeded",
                    progress=[THINK, FIND | {"tool_calls": [tool_call("find")]}],
                    fields={"output_text": "7"},
                ),
            ]
        )
    )
    message = await ask()
    assert thinking_of(message).splitlines() == [
        "PLANNING: Thinking",
        "SEARCHING: Looking",
        "PLANNING: Anew",
        "\t→ find",
    ]
    assert extract_text(message) == "7"


async def test_run_that_never_ends_is_given_up_and_cancelled(server, opened, ask):
    server.plan(Run.endless(THINK))
    message = await ask(provider=opened(timeouts={"total_s": 0.2}, poll_interval_s=0.05))
    assert message.error.kind == "timeout"
    assert thinking_of(message) == "PLANNING: Thinking\n"
    assert len(server.received("POST /v1/responses/{}/cancel")) == 1
    assert server.state.runs["r-1"].status == "cancelled"


@pytest.mark.parametrize("end", [Cut(), Reset()])
async def test_connection_that_breaks_in_a_poll_is_no_failure_of_the_run(server, ask, end):
    broken = Reply(headers={"content-length": "100"}, body=['{"response_id": "r-', end])
    server.fail("GET /v1/responses/{}", broken)
    message = await ask()
    assert extract_text(message) == "You said: Name a prime."


async def test_connection_that_breaks_as_a_run_begins_makes_no_second_run(server, ask):
    state = server.state

    def begun_but_not_told(request):
        from jackfield_lumnis.testing.endpoints.responses import create
        from jackfield_lumnis.testing.routes import asked_of

        create(state, asked_of(request, ()))
        return Reply(headers={"content-length": "100"}, body=['{"response', Cut()])

    server.fail("POST /v1/responses", begun_but_not_told)
    message = await ask()
    first, second = server.received("POST /v1/responses")
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert list(state.runs) == ["r-1"]
    assert message.response_id == "r-1"


async def test_retries_are_told_to_who_listens(server, ask):
    notices = []
    server.fail("GET /v1/responses/{}", Reply(status=503, headers={"retry-after": "0"}))
    message = await ask(notify=notices.append)
    assert message.stop_reason == "stop"
    assert [notice.kind for notice in notices] == ["retry"]


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (error_reply(401, "UNAUTHORIZED", "no"), "authentication"),
        (error_reply(403, "FORBIDDEN", "no"), "permission"),
        (error_reply(404, "NOT_FOUND", "no"), "not_found"),
        (json_reply({"detail": [{"msg": "no"}]}, status=422), "invalid_request"),
        (json_reply([1], status=400), "invalid_request"),
        (Reply(status=400, body="plain text"), "invalid_request"),
        (error_reply(429, "RATE_LIMIT_EXCEEDED", "no"), "rate_limit"),
        (Reply(status=500, body="<html>"), "server"),
        (Reply(headers={"content-type": "application/json"}, body="{"), "protocol"),
        (Reply(headers={"content-type": "text/html"}, body="<html>"), "protocol"),
        (json_reply({"status": "queued"}), "protocol"),
    ],
)
async def test_refusals_and_nonsense_are_errors_of_their_kind(server, opened, ask, reply, kind):
    server.fail("POST /v1/responses", reply)
    message = await ask(provider=opened(max_retries=0))
    assert message.stop_reason == "error"
    assert message.error.kind == kind
    assert server.received("POST /v1/responses/{}/cancel") == []


async def test_failure_of_a_poll_names_the_run(server, opened, ask):
    server.plan(Run.of(THINK, output_text="7"))
    server.fail("GET /v1/responses/{}", error_reply(403, "FORBIDDEN", "no"))
    message = await ask()
    assert message.error.kind == "permission"
    assert message.response_id == "r-1"


async def test_ids_of_any_form_are_asked_for_as_they_are(server, ask):
    odd = "a/b ü?#"
    told = {"response_id": odd, "thread_id": "t/1", "status": "queued"}
    end = told | {"status": "succeeded", "output_text": "7"}
    server.fail("POST /v1/responses", json_reply(told))
    server.fail("GET /v1/responses/{}", json_reply(end))
    message = await ask()
    assert (message.response_id, message.metadata["thread_id"]) == (odd, "t/1")
    assert server.requests[1].path == "/v1/responses/a%2Fb%20%C3%BC%3F%23?wait=10"


async def test_long_progress_is_read_to_its_end(server, ask):
    entries = [entry("step", f"{number} " + "x" * 1000) for number in range(500)]
    steps = [Step(progress=entries[:count]) for count in (100, 300)]
    server.plan(Run(steps=[*steps, Step(status="succeeded", progress=entries)]))
    async with asyncio.timeout(30):
        message = await ask()
    assert len(thinking_of(message).splitlines()) == 500


async def test_recorded_run_is_replayed_without_the_service(server, transport, ask, tmp_path):
    from jackfield_httpx.record import RecordTransport
    from jackfield_httpx.replay import ReplayTransport
    from jackfield_httpx.settings import RecordSettings, ReplaySettings
    from jackfield_lumnis.auth import given_key
    from jackfield_lumnis.connection import Connection
    from jackfield_lumnis.provider import LumnisProvider
    from jackfield_lumnis.settings import LumnisProviderSettings

    path = tmp_path / "cassette.jsonl"
    settings = LumnisProviderSettings(base_url=server.url, user_id="u", poll_interval_s=0)
    answers = []
    for through in (
        RecordTransport(RecordSettings(path=path), transport),
        ReplayTransport(ReplaySettings(path=path)),
    ):
        connection = Connection(
            "providers.lumnis", settings, through, given_key("the-key-of-the-test")
        )
        message = await ask(provider=LumnisProvider("lumnis", settings, connection))
        answers.append((extract_text(message), thinking_of(message), message.response_id))
    assert answers[0] == answers[1]
    assert answers[0][0] == "You said: Name a prime."
    assert len(server.received("POST /v1/responses")) == 1
