"""The loopback server: every byte and every ending is as scripted."""

import asyncio
import contextlib
import gc
import gzip
import http.client
import json
import socket
import urllib.request
import warnings

import pytest

from jackfield.errors import StateError
from jackfield.testing import (
    Cut,
    Hold,
    LoopbackServer,
    Pause,
    Reply,
    Reset,
    json_reply,
    redirect,
    sse_reply,
)


class Client:
    """A client that hides nothing: it writes and reads bytes."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    @classmethod
    async def connect(cls, server):
        host, port = server.url.removeprefix("http://").split(":")
        return cls(*await asyncio.open_connection(host, int(port)))

    async def ask(self, path="/", body=b"", method="POST", headers=""):
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        )
        self.writer.write(head.encode() + body)
        await self.writer.drain()

    async def close(self):
        self.writer.close()
        await self.writer.wait_closed()


@pytest.fixture
async def client(loopback):
    client = await Client.connect(loopback)
    yield client
    with contextlib.suppress(ConnectionError):  # a test may have it reset
        await client.close()


async def test_bytes_arrive_exactly_as_scripted(loopback, client):
    loopback.add(Reply(framing="raw", body=[b"HTTP/1.1 200 OK\r\n", b"X:1\r\n\r\n\xff\x00"]))
    await client.ask()
    assert await client.reader.read() == b"HTTP/1.1 200 OK\r\nX:1\r\n\r\n\xff\x00"


async def test_each_piece_is_one_chunk(loopback, client):
    loopback.add(sse_reply([b"ab", b"", "\u00e9"]))
    await client.ask()
    head = await client.reader.readuntil(b"\r\n\r\n")
    assert b"transfer-encoding: chunked" in head
    assert b"content-type: text/event-stream" in head
    assert await client.reader.readexactly(19) == b"2\r\nab\r\n2\r\n\xc3\xa9\r\n0\r\n\r\n"


async def test_a_torn_character_arrives_in_two_reads(loopback, client):
    gate = Hold()
    loopback.add(Reply(framing="close", body=[b"\xc3", gate, b"\xa9"]))
    await client.ask()
    await client.reader.readuntil(b"\r\n\r\n")
    assert await client.reader.read(10) == b"\xc3"
    gate.release()
    assert await client.reader.read() == b"\xa9"


async def test_connections_are_kept_and_counted(loopback, client):
    loopback.add(json_reply({"n": 1}), json_reply({"n": 2}))
    for _ in range(2):
        await client.ask()
        head = await client.reader.readuntil(b"\r\n\r\n")
        assert b"content-length: 8" in head
        await client.reader.readexactly(8)
    assert [request.connection for request in loopback.requests] == [0, 0]
    assert loopback.connections == 1


async def test_requests_are_recorded(loopback, client):
    await client.ask("/v1/chat?x=1", b'{"a": 1}', headers="X-A: 1\r\nx-a: 2\r\n")
    await client.reader.readuntil(b"\r\n\r\n")
    (request,) = loopback.requests
    assert (request.method, request.path) == ("POST", "/v1/chat?x=1")
    assert request.json() == {"a": 1}
    assert request.headers["x-a"] == "1, 2"


async def test_chunked_requests_are_decoded(loopback, client):
    client.writer.write(
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"
    )
    await client.reader.readuntil(b"\r\n\r\n")
    assert loopback.requests[0].body == b"abcde"


async def test_a_function_makes_the_reply(loopback, client):
    loopback.add(lambda request: json_reply({"path": request.path}))
    await client.ask("/here")
    await client.reader.readuntil(b"\r\n\r\n")
    assert json.loads(await client.reader.readexactly(17)) == {"path": "/here"}


async def test_missing_replies_are_an_error_that_says_so(loopback, client):
    await client.ask()
    assert b"500" in await client.reader.readuntil(b"\r\n\r\n")
    assert b"ran out of replies: request 1 came" in await client.reader.read(200)


async def test_client_leaving_early_is_noticed(loopback, client):
    gate = Hold()
    loopback.add(sse_reply([b"one", gate, b"two"]))
    await client.ask()
    await gate.reached.wait()
    await client.close()
    (request,) = loopback.requests
    await request.over.wait()
    assert request.outcome == "client closed"
    assert not gate.released.is_set()


async def test_client_leaving_during_a_big_write_is_noticed(loopback, client):
    loopback.add(Reply(body=b"x" * 50_000_000))
    await client.ask()
    await client.reader.readexactly(1000)
    client.writer.transport.abort()
    await loopback.requests[0].over.wait()
    assert loopback.requests[0].outcome == "client closed"


async def test_cut_breaks_the_promise_of_the_length(loopback, client):
    loopback.add(Reply(headers={"Content-Length": "100"}, body=[b"abc", Cut()]))
    await client.ask()
    await client.reader.readuntil(b"\r\n\r\n")
    assert await client.reader.read() == b"abc"
    assert loopback.requests[0].outcome == "cut"


async def test_reset_is_a_reset(loopback, client):
    gate = Hold()
    loopback.add(sse_reply([b"abc", gate, Reset()]))
    await client.ask()
    await client.reader.readuntil(b"abc")
    gate.release()
    with pytest.raises(ConnectionResetError):
        await client.reader.read()
    assert loopback.requests[0].outcome == "reset"


async def test_hang_up_closes_after_the_whole_reply(loopback, client):
    loopback.add(Reply(body=b"abc", hang_up=True))
    await client.ask()
    head = await client.reader.readuntil(b"\r\n\r\n")
    assert b"connection" not in head
    assert await client.reader.read() == b"abc"
    assert loopback.requests[0].outcome == "answered"


async def test_gzip_is_flushed_at_each_piece(loopback, client):
    gate = Hold()
    loopback.add(Reply(framing="close", gzip=True, body=[b"first", gate, b" second"]))
    await client.ask()
    assert b"content-encoding: gzip" in await client.reader.readuntil(b"\r\n\r\n")
    first = await client.reader.read(1000)
    gate.release()
    assert gzip.decompress(first + await client.reader.read()) == b"first second"


async def test_head_and_no_content_have_no_body(loopback, client):
    loopback.add(Reply(body=b"abc"), Reply(status=204))
    await client.ask(method="HEAD")
    assert b"content-length: 3" in await client.reader.readuntil(b"\r\n\r\n")
    await client.ask()
    head = await client.reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 204 No Content")
    assert b"content-length" not in head


async def test_pause_takes_its_time(loopback, client):
    loopback.add(Reply(framing="close", body=[Pause(0.01), b"x"]))
    began = asyncio.get_running_loop().time()
    await client.ask()
    await client.reader.read()
    assert asyncio.get_running_loop().time() - began >= 0.01


async def test_leaving_the_context_stops_what_still_runs():
    async with LoopbackServer(sse_reply([b"x", Hold()])) as server:
        client = await Client.connect(server)
        await client.ask()
        await client.reader.readuntil(b"1\r\nx\r\n")
    assert await client.reader.read() == b""
    assert server.requests[0].outcome == "server stopped"
    await client.close()


async def test_client_that_does_not_read_keeps_no_server_from_stopping():
    async with asyncio.timeout(5):
        async with LoopbackServer(Reply(body=[b"x" * 10_000_000] * 20, framing="close")) as server:
            client = await Client.connect(server)
            await client.ask()
            await client.reader.readuntil(b"x")
    assert server.requests[0].outcome == "server stopped"
    await client.close()


async def test_nothing_is_left_open():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        async with LoopbackServer(sse_reply([b"x", Hold()])) as server:
            client = await Client.connect(server)
            await client.ask()
            await client.reader.readuntil(b"1\r\nx\r\n")
            await client.close()
            await server.requests[0].over.wait()
        gc.collect()
    assert not caught
    assert asyncio.all_tasks() == {asyncio.current_task()}
    with pytest.raises(ConnectionRefusedError):
        await Client.connect(server)


async def test_the_url_exists_only_while_it_runs():
    with pytest.raises(StateError, match="with"):
        _ = LoopbackServer().url


def test_it_runs_in_a_thread_for_synchronous_clients():
    with LoopbackServer(redirect("/there", status=302), json_reply({"ok": True})) as server:
        with urllib.request.urlopen(f"{server.url}/here") as response:
            assert json.load(response) == {"ok": True}
        assert [request.path for request in server.requests] == ["/here", "/there"]


def test_a_thread_can_hold_and_release_a_reply():
    gate = Hold()
    with LoopbackServer(Reply(framing="close", body=[b"a", gate, b"b"])) as server:
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=5)
        connection.request("GET", "/")
        assert gate.reached.wait_blocking()
        response = connection.getresponse()
        assert response.read(1) == b"a"
        gate.release()
        assert response.read() == b"b"
        connection.close()


def test_a_port_is_free_again_after_the_thread():
    with LoopbackServer() as server:
        host, port = server.url.removeprefix("http://").split(":")
    with socket.socket() as plug:
        assert plug.connect_ex((host, int(port))) != 0
