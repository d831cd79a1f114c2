"""Responses and threads: what is sent, what is read."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from support.lumnis_clients import CREATED_AT, created, entry, snapshot

from jackfield.testing import Reply, json_reply
from jackfield_lumnis.exceptions import ValidationError
from jackfield_lumnis.models import ResponseObject

RUN = UUID("550e8400-e29b-41d4-a716-446655440000")
THREAD = {"thread_id": "t-1", "tenant_id": "n-1", "created_at": CREATED_AT}
FEEDBACK = {"feedback_id": "f-1", "created_at": CREATED_AT}


async def test_a_run_is_begun_with_little(lumnis, server):
    server.add(json_reply(created()))
    made = await lumnis.call("responses.create", messages="x", user_id=RUN, thread_id=RUN)
    assert (made.response_id, made.thread_id, made.status) == ("r-1", "t-1", "queued")
    assert made.created_at == datetime(2025, 3, 1, 10, tzinfo=UTC)
    assert lumnis.bodies() == [
        {
            "messages": [{"role": "user", "content": "x"}],
            "user_id": str(RUN),
            "thread_id": str(RUN),
        }
    ]


async def test_a_run_is_cancelled(lumnis, server):
    server.add(json_reply({"status": "cancelled", "message": "Stopped."}))
    found = await lumnis.call("cancel_response", RUN)
    assert (found.status, found.message) == ("cancelled", "Stopped.")
    assert lumnis.sent == [f"POST /v1/responses/{RUN}/cancel"]
    assert server.requests[0].body == b""


async def test_runs_are_listed(lumnis, server):
    page = {"responses": [snapshot("succeeded")], "total": 1, "limit": 2, "offset": 3}
    server.add(json_reply(page))
    found = await lumnis.call(
        "list_responses",
        user_id="u@example.com",
        status="succeeded",
        start_date=date(2025, 3, 1),
        end_date=datetime(2025, 3, 2, 12, tzinfo=UTC),
        limit=2,
        offset=3,
    )
    assert [each.status for each in found.responses] == ["succeeded"]
    assert lumnis.sent == [
        "GET /v1/responses?user_id=u%40example.com&status=succeeded"
        "&start_date=2025-03-01&end_date=2025-03-02&limit=2&offset=3"
    ]


async def test_artifacts_are_listed(lumnis, server):
    artifact = {"artifact_id": "a-1", "uri": "s3://b/k", "bytes": 7, "created_at": CREATED_AT}
    server.add(json_reply({"artifacts": [artifact], "total": 1, "limit": 50, "offset": 0}))
    found = await lumnis.call("responses.list_artifacts", "r-1")
    assert found.artifacts[0].bytes == 7
    assert found["total"] == 1  # as the plain dictionary that it once was
    assert lumnis.sent == ["GET /v1/responses/r-1/artifacts?limit=50&offset=0"]


async def test_feedback_is_given(lumnis, server):
    server.add(json_reply(FEEDBACK), json_reply(FEEDBACK))
    made = await lumnis.call("responses.create_feedback", "r-1", feedback_text="Smaller")
    assert made.feedback_id == "f-1"
    child = lumnis.of(lumnis.client.for_user("u"))
    await child.call(
        "responses.create_feedback",
        "r-1",
        feedback_text="Other",
        feedback_type="correction",
        progress_id=RUN,
        tool_call_id="c-1",
        tool_args_update={"q": 1},
    )
    assert lumnis.bodies() == [
        {"feedback_text": "Smaller", "feedback_type": "suggestion"},
        {
            "feedback_text": "Other",
            "feedback_type": "correction",
            "user_id": "u",
            "progress_id": str(RUN),
            "tool_call_id": "c-1",
            "tool_args_update": {"q": 1},
        },
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"feedback_text": ""},
        {"feedback_text": "x" * 5001},
        {"feedback_text": "x", "feedback_type": "praise"},
        {"feedback_text": "x", "tool_args_update": {"q": 1}},
    ],
    ids=["empty", "long", "type", "no call"],
)
async def test_feedback_that_is_not_allowed_is_refused(lumnis, server, wrong):
    with pytest.raises(ValidationError):
        await lumnis.call("responses.create_feedback", "r-1", **wrong)
    assert server.requests == []


async def test_feedback_is_listed(lumnis, server):
    given = {**FEEDBACK, "feedback_text": "x", "is_consumed": True}
    server.add(json_reply({"response_id": "r-1", "total_feedback": 1, "feedback": [given]}))
    found = await lumnis.call("responses.list_feedback", "r-1", progress_id="p-1")
    assert found.feedback[0].is_consumed
    assert lumnis.sent == ["GET /v1/responses/r-1/feedback?progress_id=p-1"]


async def test_threads_are_changed_and_read(lumnis, server):
    server.add(json_reply({**THREAD, "title": "T"}), json_reply({**THREAD, "title": None}))
    server.add(json_reply([snapshot("succeeded")]), json_reply(THREAD), Reply(status=204))
    assert (await lumnis.call("threads.update", "t-1", title="T")).title == "T"
    assert (await lumnis.call("threads.update", "t-1", title=None)).title is None
    runs = await lumnis.call("threads.get_responses", "t-1", limit=5)
    assert [each.status for each in runs] == ["succeeded"]
    assert (await lumnis.call("get_thread", "t-1")).response_count == 0
    assert await lumnis.call("threads.delete", "t/1") is None
    assert lumnis.bodies("PATCH") == [{"title": "T"}, {"title": None}]
    assert lumnis.sent[2:] == [
        "GET /v1/threads/t-1/responses?limit=5&offset=0",
        "GET /v1/threads/t-1",
        "DELETE /v1/threads/t%2F1",
    ]


async def test_titles_that_are_too_long_are_refused(lumnis, server):
    for name, args in (("create_thread", ()), ("threads.update", ("t-1",))):
        with pytest.raises(ValidationError):
            await lumnis.call(name, *args, title="x" * 501, **({} if args else {"user_id": "u"}))
    assert server.requests == []


async def test_cursor_has_no_effect(lumnis, server, deprecations):
    server.add(json_reply({"threads": [], "total": 0, "limit": 50, "offset": 0}))
    await lumnis.call("list_threads", user_id="u", cursor="c")
    assert lumnis.sent == ["GET /v1/threads?user_id=u&limit=50&offset=0"]
    (warning,) = deprecations
    assert warning.filename.endswith("lumnis_clients.py")


def test_a_response_tells_its_plan_and_its_sub_agents():
    call = {"name": "plan", "output_text": "1. think"}
    final = {"name": "FINAL_RESPONSE"}
    response = ResponseObject.parse(
        snapshot(
            "succeeded",
            entry("planning", "a"),
            entry("planning", "b", call),
            entry("working", "c", call, final),
            output_text="7",
        )
    )
    assert (response.content, response.plan) == ("7", "1. think")
    assert [each.message for each in response.sub_agent_executions] == ["c"]
    assert {each.response_id for each in response.progress} == {"r-1"}
    assert ResponseObject.parse(snapshot()).plan is None


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (None, None),
        ("boom", "boom"),
        ({"message": "boom"}, "boom"),
        ({"code": "E"}, "E"),
        ({}, None),
    ],
)
def test_an_error_is_told_in_words(error, told):
    assert ResponseObject.parse(snapshot("failed", error=error)).error_message == told


def test_artifacts_of_both_forms_are_read():
    artifacts = [
        {"artifactId": "a-1", "name": "n", "parts": [{"kind": "text", "text": "x"}]},
        {"type": "code", "language": "python", "content": "print()", "metadata": None},
    ]
    response = ResponseObject.parse(snapshot("succeeded", artifacts=artifacts))
    one, other = response.artifacts
    assert (one.artifact_id, one.parts[0].text) == ("a-1", "x")
    assert (other.type, other.content) == ("code", "print()")


def test_progress_that_is_odd_is_read():
    odd = {"ts": None, "state": None, "message": None, "tool_calls": [None, "x", {"name": "y"}]}
    (found,) = ResponseObject.parse(snapshot("in_progress", odd)).progress
    assert (found.state, found.message, found.tool_calls) == ("", "", [{"name": "y"}])
