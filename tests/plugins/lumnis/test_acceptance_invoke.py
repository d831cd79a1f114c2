"""The acceptance checks A10 to A18 and A29 of the specification: runs."""

import inspect
import threading

import pytest
from pydantic import BaseModel
from support.lumnis_clients import created, entry, read_all, run, snapshot

from jackfield.testing import Hold, Reply, json_reply
from jackfield_lumnis import AgentConfig, AsyncClient, Client
from jackfield_lumnis.exceptions import TransportError, ValidationError

CALL = {"name": "find", "args": {"q": 1}}
FIRST = entry("planning", "e1")
FIRST_WITH_CALL = entry("planning", "e1", CALL)
A, B, C, D = (entry("working", name) for name in "abcd")
BUSY = Reply(status=503)


def messages(updates):
    return [update.message for update in updates]


async def test_a10_a_stream_tells_entries_late_calls_and_the_end(lumnis, server):
    server.add(
        *run(
            snapshot("in_progress", FIRST),
            snapshot("in_progress", FIRST_WITH_CALL),
            snapshot("succeeded", FIRST_WITH_CALL, entry("working", "e2"), output_text="T"),
        )
    )
    updates = await lumnis.updates("x", user_id="u")
    assert [each.state for each in updates] == ["planning", "tool_update", "working", "completed"]
    assert [each.status for each in updates] == ["in_progress"] * 3 + ["succeeded"]
    assert [each.output_text for each in updates] == [None, None, None, "T"]
    assert [each.response_id for each in updates] == ["r-1"] * 4
    assert updates[1].tool_calls == [CALL]
    assert "e1" in updates[1].message
    assert all(each.ts is not None and each.ts.tzinfo is not None for each in updates)
    assert [each.output_text for each in updates if each.status == "succeeded"] == ["T"]


@pytest.mark.parametrize(
    ("end", "state", "message"),
    [
        (snapshot("failed", error={"message": "boom"}), "failed", "boom"),
        (snapshot("failed", error="boom"), "failed", "boom"),
        (snapshot("cancelled"), "cancelled", "The run was cancelled."),
        (
            snapshot("succeeded", structured_response={"n": 7}),
            "completed",
            "The run has succeeded.",
        ),
    ],
    ids=["failed", "failed with a text", "cancelled", "structured"],
)
async def test_a11_a_stream_has_one_last_update_always(lumnis, server, end, state, message):
    server.add(*run(snapshot("in_progress", FIRST), end))
    first, last = await lumnis.updates("x", user_id="u")
    assert (first.status, last.status) == ("in_progress", end["status"])
    assert (last.state, last.message) == (state, message)
    assert last.error == end.get("error")
    assert last.structured_response == end.get("structured_response")
    assert last.response.status == end["status"]


async def test_a12_entries_that_are_rewritten_come_out_once(lumnis, server):
    again = entry("working", "a2")
    server.add(
        *run(
            snapshot("in_progress", A, B, C),
            snapshot("in_progress", again),
            snapshot("succeeded", again, D),
        )
    )
    updates = await lumnis.updates("x", user_id="u")
    assert messages(updates)[:-1] == ["a", "b", "c", "a2", "d"]
    assert len(updates) == 6


async def test_a13_a_stream_is_given_as_it_comes(lumnis, server):
    hold = Hold()
    second = json_reply(snapshot("succeeded", A, B))
    server.add(
        *run(snapshot("in_progress", A)),
        Reply(headers=second.headers, body=[hold, *second.pieces()], framing="chunked"),
    )
    found = await lumnis.call("invoke", "x", user_id="u", stream=True)
    first = await anext(found) if lumnis.is_async else next(found)
    assert first.message == "a"
    assert not hold.reached.is_set()  # nobody has asked for more yet
    threading.Timer(0.05, hold.release).start()
    assert messages(await read_all(found))[0] == "b"


async def test_a14_invoke_stream_still_works(lumnis, server, deprecations):
    server.add(*run(snapshot("in_progress", A), snapshot("succeeded", A, output_text="T")))
    updates = await lumnis.read("invoke_stream", "x", user_id="u", poll_interval=0.01)
    assert [each.status for each in updates] == ["in_progress", "succeeded"]
    assert updates[-1].output_text == "T"
    (warning,) = deprecations
    assert issubclass(warning.category, DeprecationWarning)
    assert warning.filename.endswith("lumnis_clients.py")


A15 = (
    snapshot("in_progress", entry("planning", "S")),
    snapshot("in_progress", entry("planning", "S", CALL), entry("researching", "G")),
    snapshot(
        "succeeded", entry("planning", "S", CALL), entry("researching", "G"), entry("writing", "W")
    ),
)
A15_LINES = [
    "Status: in_progress",
    "PLANNING: S",
    "\t→ find(q=1)",
    "RESEARCHING: G",
    "WRITING: W",
    "Status: succeeded",
]


@pytest.mark.parametrize("stream", [False, True])
async def test_a15_progress_is_printed_as_it_changes(lumnis, server, capsys, stream):
    server.add(*run(*A15))
    found = await lumnis.call("invoke", "x", user_id="u", show_progress=True, stream=stream)
    if stream:
        await read_all(found)
    assert capsys.readouterr().out.splitlines() == A15_LINES


async def test_a16_a_run_that_failed_is_returned(lumnis, server):
    server.add(*run(snapshot("failed", error={"code": "E", "message": "boom"})))
    response = await lumnis.call("invoke", "x", user_id="u")
    assert (response.status, response.error["message"]) == ("failed", "boom")


async def test_a17_an_idempotency_key_is_sent_with_the_run_only(lumnis, server):
    done = snapshot("succeeded", output_text="7")
    server.add(*run(done), *run(done), *run(done))
    one = await lumnis.call("invoke", "x", user_id="u", idempotency_key="calc-1")
    two = await lumnis.call("invoke", "x", user_id="u", idempotency_key="calc-1")
    await lumnis.call("invoke", "x", user_id="u")
    assert one.response_id == two.response_id
    keys = [each.headers.get("idempotency-key") for each in server.requests]
    assert keys == ["calc-1", None, "calc-1", None, None, None]


async def test_a18_a_run_with_a_key_is_begun_again(lumnis, server, clock):
    server.add(BUSY, json_reply(created()))
    made = await lumnis.call("responses.create", messages="x", user_id="u", idempotency_key="k")
    assert made.response_id == "r-1"
    assert lumnis.sent == ["POST /v1/responses"] * 2
    assert clock.slept == [0.5]


async def test_a18_a_run_without_a_key_is_not_begun_again(lumnis, server):
    server.add(BUSY)
    with pytest.raises(TransportError) as caught:
        await lumnis.call("responses.create", messages="x", user_id="u")
    assert caught.value.status_code == 503
    assert len(server.requests) == 1


async def test_a18_reads_are_repeated(lumnis, server, clock):
    server.add(BUSY, BUSY, json_reply(snapshot()))
    await lumnis.call("get_response", "r-1")
    assert clock.slept == [0.5, 1.0]


async def test_a18_reads_are_given_up(make, server):
    lumnis = make(max_retries=3)
    server.default = BUSY
    with pytest.raises(TransportError) as caught:
        await lumnis.call("get_response", "r-1")
    assert caught.value.status_code == 503
    assert len(server.requests) == 4


class Prime(BaseModel):
    value: int


async def test_a29_options_are_sent_as_given(lumnis, server):
    server.add(*run(snapshot("succeeded", structured_response={"value": 7})))
    response = await lumnis.call(
        "invoke",
        "x",
        user_id="u",
        response_format=Prime,
        model_overrides={"smart_model": "p:m"},
        agent_config={"agent_mode": "single_agent", "brand_new": 1},
        options={"depth": 2},
    )
    body = lumnis.bodies()[0]
    assert body["response_format"] == Prime.model_json_schema()
    assert body["model_overrides"] == {"smart_model": "p:m"}
    assert body["agent_config"] == {"agent_mode": "single_agent", "brand_new": 1}
    assert body["options"] == {"depth": 2}
    assert response.structured_response == {"value": 7}


async def test_a29_unknown_arguments_are_refused(lumnis, server):
    for name in ("invoke", "responses.create"):
        messages = {} if name == "invoke" else {"messages": "x"}
        with pytest.raises(TypeError, match="temperature"):
            await lumnis.call(name, *(() if messages else ("x",)), temperature=1, **messages)
    assert server.requests == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"messages": []},
        {"messages": [{"role": "robot", "content": "x"}]},
        {"messages": [{"role": "user", "content": 7}]},
        {"messages": [7]},
        {"messages": 7},
        {"response_format": int},
        {"model_overrides": {"huge_model": "p:m"}},
        {"agent_config": 7},
        {"files": ["./report.pdf"]},
        {"files": [{"name": "a"}]},
        {"files": "a"},
    ],
    ids=str,
)
async def test_a29_wrong_values_are_refused_with_our_own_error(lumnis, server, wrong):
    with pytest.raises(ValidationError) as caught:
        await lumnis.call("responses.create", **{"messages": "x", "user_id": "u", **wrong})
    assert type(caught.value).__module__ == "jackfield_lumnis.exceptions"
    assert server.requests == []


async def test_options_may_stand_in_the_dict_of_options(lumnis, server):
    server.add(json_reply(created()))
    await lumnis.call(
        "responses.create",
        messages="x",
        user_id="u",
        thread_id="t-9",
        files=["artifact_1", "https://example.com/a/b.txt?v=1", {"uri": "s3://b/k", "name": "n"}],
        options={"agent_config": AgentConfig(agent_mode="auto"), "depth": 2},
    )
    assert lumnis.bodies()[0] == {
        "messages": [{"role": "user", "content": "x"}],
        "user_id": "u",
        "thread_id": "t-9",
        "agent_config": {"agent_mode": "auto"},
        "files": [
            {"name": "artifact_1", "uri": "artifact_1"},
            {"name": "b.txt", "uri": "https://example.com/a/b.txt?v=1"},
            {"uri": "s3://b/k", "name": "n"},
        ],
        "options": {"depth": 2},
    }


async def test_a_stream_that_is_left_early_does_not_cancel_the_run(lumnis, server):
    server.add(*run(snapshot("in_progress", A, B)))
    found = await lumnis.call("invoke", "x", user_id="u", stream=True)
    if lumnis.is_async:
        update = await anext(found)
        await found.aclose()
    else:
        update = next(found)
        found.close()
    assert update.message == "a"
    assert len(server.requests) == 2


def test_both_clients_take_the_same_arguments():
    one, other = (inspect.signature(kind.invoke).parameters for kind in (Client, AsyncClient))
    assert {name: each.default for name, each in one.items()} == {
        name: each.default for name, each in other.items()
    }
    assert one["poll_interval"].default == 2.0
    assert one["wait_timeout"].default == 10
    assert inspect.iscoroutinefunction(AsyncClient.invoke)
