"""HTTP/1.1 over real sockets: uploads, early answers, old servers, IPv6, what is imported."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
from support.http_calls import failure

from jackfield.errors import ProtocolError
from jackfield.http import Request, Timeouts

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], object]


class Wire:
    """A server that a test writes byte by byte; `handle` serves one request."""

    def __init__(self) -> None:
        self.port = 0
        self.connections = 0
        self.heads: list[bytes] = []
        self.tasks: set[asyncio.Task[None]] = set()
        self.handle: Handler

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.tasks.add(asyncio.current_task())
        try:
            while not writer.is_closing():
                self.heads.append(await reader.readuntil(b"\r\n\r\n"))
                await self.handle(reader, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@pytest_asyncio.fixture
async def wire() -> AsyncIterator[Wire]:
    found = Wire()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    yield found
    server.close()
    for task in found.tasks:
        task.cancel()
    await asyncio.gather(*found.tasks, return_exceptions=True)


@pytest.fixture
def answers(wire):
    """Give a function that has the server answer all requests with the same bytes."""

    def with_(*sent: bytes, close: bool = False) -> None:
        async def handle(reader, writer):
            for piece in sent:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)
            if close:
                writer.close()

        wire.handle = handle

    return with_


OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


async def test_an_old_server_is_understood_and_left(transport, wire, answers, read):
    answers(b"HTTP/1.0 200 OK\r\nserver: old\r\n\r\n", b"hel", b"lo", close=True)
    for _ in range(2):
        assert await read(transport, Request(url=wire.url)) == (200, b"hello")
    assert wire.connections == 2


async def test_a_connection_that_is_announced_to_close_is_not_used_again(
    transport, wire, answers, read, connections
):
    answers(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok")
    for _ in range(2):
        assert await read(transport, Request(url=wire.url)) == (200, b"ok")
    assert (wire.connections, connections(transport)) == (2, [])


async def test_a_connection_that_we_announced_to_close_is_not_used_again(
    transport, wire, answers, read
):
    answers(OK)
    for _ in range(2):
        await read(transport, Request(url=wire.url, headers={"connection": "close"}))
    assert wire.connections == 2


async def test_informational_answers_are_passed_over(transport, wire, answers, read):
    early = b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"
    answers(b"HTTP/1.1 100 Continue\r\n\r\n", early, early, OK)
    for _ in range(2):
        async with transport.stream(Request(url=wire.url)) as response:
            assert (response.status, "link" in response.headers) == (200, False)
            assert await response.read() == b"ok"
    assert wire.connections == 1


@pytest.mark.parametrize(
    ("method", "sent"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n"),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", b"HTTP/1.1 304 Not Modified\r\ncontent-length: 99\r\n\r\n"),
    ],
)
async def test_answers_without_a_body_keep_the_connection(
    transport, wire, answers, read, method, sent
):
    answers(sent)
    for _ in range(2):
        assert (await read(transport, Request(method=method, url=wire.url)))[1] == b""
    assert wire.connections == 1


async def test_smuggled_framing_is_a_protocol_error(transport, wire, answers, connections):
    answers(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\nok")
    error = await failure(transport, Request(url=wire.url))
    assert isinstance(error, ProtocolError)
    assert "does not speak proper HTTP" in str(error)
    assert connections(transport) == []


async def test_ipv6(transport, read):
    async def serve(reader, writer):
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(OK)
        await reader.read()
        writer.close()
        over.set()

    heads, over = [], asyncio.Event()
    plug = socket.create_server(("::1", 0), family=socket.AF_INET6)
    server = await asyncio.start_server(serve, sock=plug)
    port = plug.getsockname()[1]
    assert await read(transport, Request(url=f"http://[::1]:{port}/")) == (200, b"ok")
    assert b"host: [::1]:%d\r\n" % port in heads[0]
    await transport.aclose()
    await over.wait()
    server.close()


# --- bodies ----------------------------------------------------------------------------------


async def test_a_large_body_arrives_whole(transport, wire, read):
    body = bytes(range(256)) * 4096
    got = []

    async def handle(reader, writer):
        got.append(await reader.readexactly(len(body)))
        writer.write(OK)

    wire.handle = handle
    for _ in range(2):
        assert await read(transport, Request(method="POST", url=wire.url, body=body))
    assert got == [body, body]
    assert wire.connections == 1


async def chunks_of(reader: asyncio.StreamReader) -> bytes:
    found = b""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        found += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readexactly(2)
    return found


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        await asyncio.sleep(0)
        yield part


async def test_a_streamed_body_goes_in_chunks(transport, wire, read):
    got = []

    async def handle(reader, writer):
        got.append(await chunks_of(reader))
        writer.write(OK)

    wire.handle = handle
    request = Request(
        method="POST", url=wire.url, body_stream=lambda: pieces(b"one", b"", b"two" * 999)
    )
    for _ in range(2):
        assert await read(transport, request) == (200, b"ok")
    assert got == [b"one" + b"two" * 999] * 2
    assert b"transfer-encoding: chunked\r\n" in wire.heads[0]
    assert wire.connections == 1


async def test_a_streamed_body_of_known_length_goes_as_it_is(transport, wire, read):
    async def handle(reader, writer):
        assert await reader.readexactly(6) == b"onetwo"
        writer.write(OK)

    wire.handle = handle
    request = Request(
        method="PUT",
        url=wire.url,
        headers={"content-length": "6"},
        body_stream=lambda: pieces(b"one", b"two"),
    )
    assert await read(transport, request) == (200, b"ok")


@pytest.mark.parametrize("length", ["5", "7"])
async def test_a_body_of_another_length_than_announced_is_our_fault(
    transport, wire, connections, length
):
    async def handle(reader, writer):
        await reader.readexactly(7)

    wire.handle = handle
    request = Request(
        method="PUT",
        url=wire.url,
        headers={"content-length": length},
        body_stream=lambda: pieces(b"one", b"two"),
    )
    assert (await failure(transport, request)).kind == "invalid_request"
    assert connections(transport) == []


class Endless:
    """A body without an end, which notes how much was asked for and whether it was closed."""

    def __init__(self) -> None:
        self.asked = 0
        self.is_closed = False

    async def __call__(self) -> AsyncIterator[bytes]:
        try:
            while True:
                self.asked += 1
                yield bytes(65536)
        finally:
            self.is_closed = True


async def test_a_refusal_ends_an_upload_that_still_runs(transport, wire, read, connections):
    async def handle(reader, writer):  # reads nothing of the body
        writer.write(b"HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\n\r\nbig")
        await asyncio.Event().wait()

    wire.handle = handle
    body = Endless()
    async with asyncio.timeout(5):
        answer = await read(transport, Request(method="POST", url=wire.url, body_stream=body))
    assert answer == (413, b"big")
    assert body.is_closed
    assert connections(transport) == []


async def test_a_refusal_of_a_large_body_is_read_though_the_body_is_not_taken(
    transport, wire, read, connections
):
    async def handle(reader, writer):
        writer.write(b"HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\n\r\nbig")
        await asyncio.Event().wait()

    wire.handle = handle
    request = Request(method="POST", url=wire.url, body=bytes(50_000_000))
    async with asyncio.timeout(5):
        assert await read(transport, request) == (413, b"big")
    assert connections(transport) == []


async def test_a_server_may_begin_to_answer_while_it_reads(transport, wire, read):
    async def handle(reader, writer):
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nearly\r\n")
        begun.set()
        body = await chunks_of(reader)
        writer.write(b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))

    async def body():
        yield b"one"
        await begun.wait()
        await asyncio.sleep(0.01)
        for _ in range(50):
            yield b"two"
            await asyncio.sleep(0)

    wire.handle = handle
    for _ in range(2):
        begun = asyncio.Event()
        request = Request(method="POST", url=wire.url, body_stream=body)
        assert await read(transport, request) == (200, b"earlyone" + b"two" * 50)
    assert wire.connections == 1


async def test_what_a_body_raises_comes_out_and_costs_the_connection(transport, wire, connections):
    async def body():
        yield b"one"
        raise KeyError

    async def handle(reader, writer):
        await chunks_of(reader)

    wire.handle = handle
    request = Request(method="POST", url=wire.url, body_stream=body, repeatable=True)
    with pytest.raises(KeyError):
        async with transport.stream(request):
            pass
    assert connections(transport) == []
    assert wire.connections == 1


async def test_cancelling_an_upload_closes_body_and_connection(transport, wire, connections, until):
    async def handle(reader, writer):
        await asyncio.Event().wait()

    wire.handle = handle
    body = Endless()
    request = Request(method="POST", url=wire.url, body_stream=body)
    sending = asyncio.create_task(failure(transport, request))
    before = -1
    await until(lambda: body.asked)
    while body.asked != before:  # until the network is full
        before = body.asked
        await asyncio.sleep(0.02)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert body.is_closed
    assert connections(transport) == []


async def test_an_upload_that_nobody_takes_ends_in_the_write_timeout(transport, wire):
    async def handle(reader, writer):
        await asyncio.Event().wait()

    wire.handle = handle
    request = Request(
        method="POST", url=wire.url, body_stream=Endless(), timeouts=Timeouts(write_s=0.1)
    )
    error = await failure(transport, request)
    assert error.kind == "timeout"
    assert "took nothing" in str(error)
