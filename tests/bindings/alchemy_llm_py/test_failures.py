"""What goes wrong is an event, in the words of the other providers. Source: openrouter.md, 13."""

import socket

import alchemy_llm_py
import pytest
from support.binding import all_events, types

from jackfield.testing import (
    Cut,
    Hold,
    LoopbackServer,
    Pause,
    Reset,
    json_reply,
    redirect,
    sse,
    sse_reply,
)
from jackfield_httpx.service_errors import error_from_response

KEY = "sk-secret-0123456789"
PARTIAL = ["start", "text_start", "text_delta", "error"]


def failed(model, context, **options):
    """Return the events of a request that fails, and the last one's info."""
    stream = alchemy_llm_py.openai_completions_stream(model, context, options)
    events = all_events(stream)
    error = events[-1]["error"]
    assert events[-1]["type"] == "error"
    assert error["error_message"] == events[-1]["info"]["message"]
    assert error["stop_reason"] == events[-1]["reason"] == "error"
    return events, events[-1]["info"]


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (429, {"retry-after": "7", "x-request-id": "r1"}, {"error": {"message": "slow down"}}),
        (401, {}, {"error": {"message": "no such key", "code": "invalid_api_key"}}),
        (402, {}, {"error": "pay"}),
        (404, {}, {"detail": "no model"}),
        (413, {}, {"message": "too long"}),
        (500, {}, {"object": "error", "message": "oops"}),
        (503, {"retry-after": "0"}, None),
    ],
)
def test_error_answers_are_those_of_the_other_providers(
    server, model, context, status, headers, body
):
    server.add(json_reply(body, status=status, headers=headers))
    events, info = failed(model, context)
    assert types(events) == ["error"]
    raw = b"null" if body is None else server_body(body)
    wanted = error_from_response("custom", status, headers, raw)
    assert info == {
        "kind": wanted.kind,
        "message": wanted.message,
        "hint": wanted.hint,
        "provider": "custom",
        "status": status,
        "retryable": wanted.retryable,
        "retry_after": wanted.retry_after_s,
        "request_id": wanted.request_id,
        "details": wanted.details,
    }


def server_body(body):
    return bytes(json_reply(body).body)


def test_rate_limit_tells_when_to_come_again(server, model, context):
    server.add(json_reply({"error": {"message": "slow"}}, status=429, headers={"retry-after": "7"}))
    _, info = failed(model, context)
    assert (info["kind"], info["status"], info["retry_after"]) == ("rate_limit", 429, 7.0)
    assert info["retryable"]


def test_cut_answer_keeps_its_text(server, model, context):
    server.add(sse_reply([sse.text_chunk("par"), Pause(0.05), Reset()]))
    events, info = failed(model, context)
    assert types(events) == PARTIAL
    assert events[-1]["error"]["content"][0]["text"] == "par"
    assert (info["kind"], info["retryable"]) == ("connection", True)


@pytest.mark.parametrize("framing", ["chunked", "close"])
def test_answer_that_just_ends_is_an_error(server, model, context, framing):
    end = [Cut()] if framing == "chunked" else []
    server.add(sse_reply([sse.text_chunk("par"), *end], framing=framing))
    events, info = failed(model, context)
    assert types(events) == PARTIAL
    assert info["kind"] == "connection"


def test_error_inside_the_stream_has_its_status(server, model, context):
    error = {"code": 502, "message": "gone", "metadata": {"error_type": "provider_unavailable"}}
    server.add(sse_reply([sse.text_chunk("par"), sse.sse({"error": error, "choices": []})]))
    events, info = failed(model, context)
    assert types(events) == PARTIAL
    assert (info["status"], info["kind"]) == (502, "unavailable")


def test_cut_after_the_finish_reason_is_complete(server, model, context):
    server.add(sse_reply([sse.text_chunk("all"), sse.finish_chunk(), Pause(0.05), Reset()]))
    message = alchemy_llm_py.openai_completions_stream(model, context).result()
    assert message["stop_reason"] == "stop"
    assert message["metadata"]["truncated"] is True


def free_port():
    with socket.socket() as plug:
        plug.bind(("127.0.0.1", 0))
        return plug.getsockname()[1]


def test_nobody_listens(context):
    url = f"http://127.0.0.1:{free_port()}"
    events, info = failed({"id": "m", "base_url": url}, context)
    assert types(events) == ["error"]
    assert info["message"] == f"No connection to {url}: Connection refused."
    assert (info["kind"], info["retryable"]) == ("connection", True)
    assert info["details"] == {"unsent": True}


def test_unknown_host(context):
    _, info = failed({"id": "m", "base_url": "http://no.such.host.invalid"}, context, api_key="k")
    assert info["kind"] == "connection"
    assert "no.such.host.invalid" in info["message"]


def test_server_that_says_nothing_is_given_up(server, model, context):
    server.add(sse_reply([Hold()], framing="raw"))
    _, info = failed(model, context, timeouts={"idle": 0.1})
    assert info["message"] == f"{server.url} sent nothing for 0.1 s."
    assert (info["kind"], info["retryable"]) == ("timeout", True)


def test_stream_that_falls_silent_is_given_up(server, model, context):
    server.add(sse_reply([sse.text_chunk("par"), Hold()]))
    events, info = failed(model, context, timeouts={"idle": 0.2})
    assert types(events) == PARTIAL
    assert info["kind"] == "timeout"
    assert server.requests[0].over.wait_blocking()
    assert server.requests[0].outcome == "client closed"


def test_comments_keep_a_stream_alive_but_not_for_ever(server, model, context):
    alive = [piece for _ in range(40) for piece in (sse.comment(), Pause(0.02))]
    server.add(sse_reply([sse.text_chunk("par"), *alive, Hold()]))
    _, info = failed(model, context, timeouts={"idle": 5, "stall": 0.3})
    assert info["message"] == "The server sent no event for 0.3 s, only signs of life."


def test_whole_answer_has_its_time(server, model, context):
    slow = [piece for _ in range(100) for piece in (sse.text_chunk("a"), Pause(0.01))]
    server.add(sse_reply([*slow, Hold()]))
    _, info = failed(model, context, timeouts={"total": 0.2})
    assert info["kind"] == "timeout"
    assert "whole answer" in info["message"]


def test_redirect_is_not_followed(server, model, context):
    with LoopbackServer() as other:
        server.add(redirect(f"{other.url}/v1?token=x", status=307))
        _, info = failed(model, context, api_key=KEY)
        assert other.requests == []
    assert (info["kind"], info["status"]) == ("redirect", 307)
    assert f"it wants the request at {other.url}/v1" in info["message"]
    assert "token=x" not in str(info)


def test_key_that_the_server_echoes_is_masked(server, model, context):
    error = {"message": f"Incorrect key {KEY}", "metadata": {"seen": [f"Bearer {KEY}"]}}
    server.add(json_reply({"error": error}, status=401))
    events, info = failed(model, context, api_key=KEY)
    assert info["kind"] == "authentication"
    assert "Incorrect key ********" in info["message"]
    assert KEY not in str(events)


def test_key_in_an_error_of_the_stream_is_masked(server, model, context):
    server.add(sse_reply([sse.sse({"error": {"message": f"bad {KEY}"}})]))
    events, _ = failed(model, context, api_key=KEY)
    assert KEY not in str(events)


def test_large_error_body_is_read_no_further_than_needed(server, model, context):
    server.add(json_reply({"error": {"message": "x" * 500_000}}, status=500))
    _, info = failed(model, context)
    assert info["kind"] == "server"
    assert len(info["message"]) < 5_000


def test_something_that_is_not_http(server, model, context):
    server.add(sse_reply([b"SSH-2.0-OpenSSH_9.6\r\n"], framing="raw"))
    _, info = failed(model, context)
    assert info["kind"] == "protocol"
    assert "does not speak proper HTTP" in info["message"]


def test_connection_that_was_closed_while_idle_is_replaced(server, model, context):
    answer = sse.chat_stream("ok")
    server.add(sse_reply(answer, hang_up=True), sse_reply(answer))
    for _ in range(2):
        message = alchemy_llm_py.openai_completions_stream(model, context).result()
        assert message["stop_reason"] == "stop"
        assert server.requests[-1].over.wait_blocking()


@pytest.mark.parametrize("status", [401, 429, 500])
def test_errors_of_the_crates_engine_have_their_status(server, model, context, status):
    server.add(json_reply({"error": {"message": f"no {KEY}"}}, status=status))
    events, info = failed(model, context, engine="crate", api_key=KEY)
    assert types(events) == ["error"]
    assert info["status"] == status
    assert KEY not in str(events)
