"""What goes wrong. Source: spec/assistant-ui.md, a.6; acceptance check 6."""

import socket

import pytest

from jackfield.errors import ProviderError
from jackfield.testing import Cut, Hold, Reply, json_reply, redirect, sse_reply
from jackfield_assistant_ui import (
    AssistantAPIError,
    AssistantConnectionError,
    AssistantError,
    AssistantProtocolError,
    AssistantTimeoutError,
)


def refused_url() -> str:
    with socket.socket() as plug:
        plug.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{plug.getsockname()[1]}"


async def test_a_status_beyond_success_is_our_error(either):
    body = "out of " + "x" * 3000
    either.server.add(Reply(status=500, body=body, headers={"x-one": "1"}))
    with pytest.raises(AssistantAPIError) as caught:
        await either.chat("t9")
    error = caught.value
    assert str(error) == f"Request failed with status 500: {body[:2000]}"
    assert (error.status_code, error.body, error.thread_id) == (500, body, "t9")
    assert error.headers["x-one"] == "1"
    assert isinstance(error, AssistantError)


async def test_chat_is_sent_once(either):
    either.server.default = Reply(status=503, body="busy")
    with pytest.raises(AssistantAPIError):
        await either.chat()
    with pytest.raises(AssistantAPIError):
        await either.stream()
    with pytest.raises(AssistantAPIError):
        await either.cancel()
    assert len(either.server.requests) == 3


async def test_redirects_are_not_followed(either):
    either.server.add(redirect("/elsewhere", status=302), json_reply({}))
    with pytest.raises(AssistantAPIError) as caught:
        await either.chat()
    assert caught.value.status_code == 302
    assert str(caught.value).startswith("Request failed with status 302: ")
    assert len(either.server.requests) == 1


@pytest.mark.parametrize("call", ["chat", "stream", "cancel"])
async def test_a_refused_connection_is_our_error(make, call):
    with pytest.raises(AssistantConnectionError) as caught:
        await getattr(make(refused_url()), call)()
    assert isinstance(caught.value.__cause__, ProviderError)


async def test_a_server_that_says_nothing_is_our_timeout(make, server):
    server.add(Reply(body=[Hold()], headers={"content-length": "1"}))
    with pytest.raises(AssistantTimeoutError):
        await make(timeout=0.05).chat()


async def test_a_connection_that_breaks_in_a_stream_keeps_what_came(either):
    either.server.add(
        Reply(framing="chunked", headers={"content-type": "text/plain"}, body=['0:"Hel"\n', Cut()])
    )
    found = []
    with pytest.raises(AssistantConnectionError):
        await either.read(found)
    assert [event.text for event in found] == ["Hel"]


async def test_an_unknown_kind_of_answer_is_our_error(either):
    either.server.add(Reply(headers={"content-type": "text/html"}, body="<p>"))
    with pytest.raises(AssistantProtocolError, match="text/html"):
        await either.stream()


async def test_a_stream_without_its_end_keeps_what_came(either):
    frame = 'data: {"type":"text-delta","id":"a","delta":"Hel"}\n\n'
    either.server.add(sse_reply([frame]))
    found = []
    with pytest.raises(AssistantProtocolError, match=r"\[DONE\]"):
        await either.read(found)
    assert [event.text for event in found] == ["Hel"]


async def test_an_unknown_protocol_is_refused_before_anything_is_sent(either):
    with pytest.raises(ValueError, match="data-stream"):
        await either.stream(protocol="morse")
    assert either.server.requests == []
