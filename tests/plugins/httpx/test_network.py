"""Opening connections and moving bytes, below HTTP."""

import asyncio
import errno
import socket

import pytest

from jackfield.testing import LoopbackServer, Reply
from jackfield_httpx import connecting
from jackfield_httpx.connecting import connect
from jackfield_httpx.network import AsyncioStream
from jackfield_httpx.transfer_errors import WriteError


@pytest.fixture
def resolves(monkeypatch):
    """Let every name resolve to the given places."""

    def to(*places: tuple[str, int]) -> None:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", place) for place in places]

        async def resolved(host: str, port: int):
            return found

        monkeypatch.setattr(connecting, "_resolved", resolved)

    return to


def place(server: LoopbackServer) -> tuple[str, int]:
    return "127.0.0.1", int(server.url.rpartition(":")[2])


@pytest.fixture
async def closed_place():
    async with LoopbackServer() as server:
        return place(server)


async def test_the_next_address_is_tried_at_once_when_one_refuses(
    loopback, resolves, closed_place, monkeypatch
):
    monkeypatch.setattr(connecting, "STAGGER_S", 3600)
    resolves(closed_place, place(loopback))
    async with asyncio.timeout(5):
        plug = await connect("two.example", 1)
    assert plug.getpeername() == place(loopback)
    plug.close()


async def test_an_address_that_hangs_is_overtaken(loopback, resolves, monkeypatch):
    really = connecting._connect

    async def hangs(address, local_address):
        if address[4][0] == "203.0.113.1":
            await asyncio.Event().wait()
        return await really(address, local_address)

    monkeypatch.setattr(connecting, "_connect", hangs)
    monkeypatch.setattr(connecting, "STAGGER_S", 0.01)
    resolves(("203.0.113.1", 81), place(loopback))
    plug = await connect("two.example", 1)
    assert plug.getpeername() == place(loopback)
    plug.close()


async def test_all_addresses_refuse(resolves, closed_place):
    resolves(closed_place, closed_place)
    with pytest.raises(OSError, match="Errno") as caught:
        await connect("two.example", 1)
    assert caught.value.errno == errno.ECONNREFUSED


async def test_cancelling_at_any_moment_leaves_no_socket(loopback, resolves):
    resolves(place(loopback), place(loopback))
    for rounds in range(12):
        connecting_ = asyncio.create_task(connect("two.example", 1))
        for _ in range(rounds):
            await asyncio.sleep(0)
        connecting_.cancel()
        found = await asyncio.gather(connecting_, return_exceptions=True)
        if isinstance(found[0], socket.socket):
            found[0].close()  # it was faster than the cancellation


async def test_what_is_written_at_once_goes_out_at_once(loopback):
    loopback.add(Reply(body=b"ok"))
    stream = await AsyncioStream.connected(*place(loopback))
    await stream.write(b"GET / HTTP/1.1\r\n")
    await stream.write(b"host: x\r\n\r\n")
    assert (await stream.read(timeout=2)).startswith(b"HTTP/1.1 200")
    await stream.aclose()


async def test_what_is_written_goes_out_without_a_read(loopback, until):
    loopback.add(Reply(body=b"ok"))
    stream = await AsyncioStream.connected(*place(loopback))
    await stream.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    await until(lambda: loopback.requests)
    await stream.aclose()


async def test_reading_in_slow_motion_holds_the_sender_back(until):
    sent = 0

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        try:
            while True:
                writer.write(bytes(65536))
                await writer.drain()
                sent += 65536
        except ConnectionError:
            writer.close()

    server = await asyncio.start_server(flood, "127.0.0.1", 0)
    stream = await AsyncioStream.connected(*server.sockets[0].getsockname())
    await stream.read()
    before = -1
    async with asyncio.timeout(5):
        while sent != before:  # until it stands still
            before = sent
            await asyncio.sleep(0.05)
    assert stream._size < 2_000_000
    while sent == before:
        assert await stream.read()
    await stream.aclose()
    server.close()
    await until(lambda: not any("flood" in repr(task) for task in asyncio.all_tasks()))


async def test_a_stream_tells_when_the_server_has_left(loopback, until):
    loopback.add(Reply(body=b"ok", hang_up=True))
    stream = await AsyncioStream.connected(*place(loopback))
    assert stream.is_silent
    await stream.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    await until(lambda: not stream.is_silent)
    while await stream.read(timeout=2):
        pass
    with pytest.raises(WriteError):
        await stream.write(b"more")
    assert await stream.read() == b""
    await stream.aclose()
