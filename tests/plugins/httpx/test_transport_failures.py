"""What goes wrong between the transport `httpx` and a server is a typed error."""

import socket

import pytest
from support.http_calls import failure

from jackfield.errors import ProtocolError
from jackfield.http import Request, Timeouts
from jackfield.testing import Cut, Hold, LoopbackServer, Pause, Reply, Reset, sse_reply
from jackfield_httpx import connecting


async def test_nobody_listens(transport):
    async with LoopbackServer() as gone:
        url = gone.url
    error = await failure(transport, Request(url=url + "/v1"))
    assert (error.kind, error.retryable) == ("connection", True)
    assert str(error) == f"No connection to {url}: Connection refused."


async def test_an_unknown_host(transport, monkeypatch):
    async def unknown(host, port):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(connecting, "_resolved", unknown)
    error = await failure(transport, Request(url="http://no-such-host.invalid/"))
    assert (error.kind, error.retryable) == ("connection", True)
    assert "no-such-host.invalid: " in str(error)
    assert "Name or service not known" in str(error)


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (Reply(body=[Cut()], headers={"content-length": "5"}), "was lost"),
        (Reply(body=["ab", Cut()], headers={"content-length": "5"}), "was lost"),
        (sse_reply(["ab", Cut()]), "was lost"),
        (sse_reply(["ab", Reset()]), "was lost"),
        (Reply(framing="raw", body=[Cut()]), "was lost"),
        (Reply(framing="raw", body=[Reset()]), "was lost"),
    ],
    ids=["no-body", "length", "chunked", "reset", "no-head", "reset-before-head"],
)
async def test_a_connection_that_breaks_is_one_typed_error(
    transport, loopback, post, connections, reply, text
):
    loopback.add(reply)
    error = await failure(transport, post(repeatable=False))
    assert (error.kind, error.retryable) == ("connection", True)
    assert text in str(error)
    assert loopback.url in str(error)
    assert "busy" not in connections(transport)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 abc\r\n\r\n",
        b"SSH-2.0-OpenSSH_9\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nbad\x00: 1\r\n\r\n",
    ],
    ids=["status", "ssh", "header"],
)
async def test_what_is_no_http_is_a_protocol_error(transport, loopback, post, head):
    loopback.add(Reply(framing="raw", body=[head]))
    error = await failure(transport, post(repeatable=False))
    assert isinstance(error, ProtocolError)
    assert not error.retryable


async def test_an_endless_head_is_refused(transport, loopback, post):
    loopback.add(Reply(framing="raw", body=[b"HTTP/1.1 200 OK\r\n", *[b"x: " + b"y" * 60_000] * 9]))
    assert isinstance(await failure(transport, post(repeatable=False)), ProtocolError)


@pytest.mark.parametrize("where", ["head", "body"])
async def test_a_server_that_stalls_ends_in_the_read_timeout(
    transport, loopback, post, connections, where
):
    loopback.add(
        Reply(framing="raw", body=[Hold()]) if where == "head" else sse_reply(["x", Hold()])
    )
    error = await failure(transport, post(timeouts=Timeouts(read_s=0.05), repeatable=False))
    assert (error.kind, error.retryable) == ("timeout", True)
    assert str(error) == f"{loopback.url} sent nothing for 0.05 s."
    assert "busy" not in connections(transport)
    await loopback.requests[0].over.wait()


async def test_bytes_keep_the_read_timeout_away(transport, loopback, post, read):
    loopback.add(sse_reply(["x", Pause(0.03)] * 10))
    request = post(timeouts=Timeouts(read_s=0.2))
    assert await read(transport, request) == (200, b"x" * 10)


@pytest.mark.parametrize("where", ["head", "body"])
async def test_the_deadline_of_the_whole_call(transport, loopback, post, connections, where):
    busy = ["x", Pause(0.02)] * 100
    loopback.add(Reply(framing="raw", body=[Hold()]) if where == "head" else sse_reply(busy))
    error = await failure(transport, post(timeout_s=0.1))
    assert error.kind == "timeout"
    assert "the whole call" in str(error) or "time of the call" in str(error)
    assert "busy" not in connections(transport)


async def test_the_settings_give_the_timeouts(opened, loopback, post):
    loopback.default = sse_reply(["x", Hold()])
    quick = opened(timeouts={"read_s": 0.05})
    assert (await failure(quick, post(max_retries=0))).kind == "timeout"
    total = opened(timeouts={"total_s": 0.05})
    assert (await failure(total, post(max_retries=0))).kind == "timeout"


async def test_a_connect_timeout_says_where(transport, silent):
    request = Request(url=f"https://{silent}/", timeouts=Timeouts(connect_s=0.05))
    error = await failure(transport, request)
    assert (error.kind, error.retryable) == ("timeout", True)
    assert str(error) == f"No connection to https://{silent} within 0.05 s."


async def test_a_full_pool_ends_in_the_pool_timeout(opened, loopback, post):
    transport = opened(max_connections=1)
    loopback.default = sse_reply(["x", Hold()])
    async with transport.stream(post()):
        error = await failure(transport, post(timeouts=Timeouts(pool_s=0.05), max_retries=0))
    assert error.kind == "timeout"
    assert "max_connections" in str(error)


async def test_a_server_that_takes_nothing_ends_in_the_write_timeout(transport, silent):
    request = Request(
        method="POST",
        url=f"http://{silent}/",
        body=b"x" * 50_000_000,
        timeouts=Timeouts(write_s=0.1),
    )
    error = await failure(transport, request)
    assert error.kind == "timeout"
    assert "took nothing" in str(error)
