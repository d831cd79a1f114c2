"""The blocking driver over TLS: certificates, and calls that are ended from outside."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trustme

from jackfield_httpx.service import Abort
from jackfield_httpx.settings import HttpxSettings

REPLY = b'HTTP/1.1 200 OK\r\ncontent-length: 29\r\n\r\n{"book_id": "b", "title":"T"}'


class TlsServer:
    """Answers paths with `slow` by half a body, others as a whole."""

    def __init__(self) -> None:
        self.url = ""
        self.halfway = asyncio.Event()
        self.over = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while b"slow" not in await reader.readuntil(b"\r\n\r\n"):
                writer.write(REPLY)
            writer.write(REPLY[:-10])
            self.halfway.set()
            await reader.read()
        except (asyncio.IncompleteReadError, OSError):
            pass
        writer.close()
        self.over.set()


@pytest.fixture
async def tls_server(tmp_path: Path) -> AsyncIterator[TlsServer]:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    found = TlsServer()
    async with await asyncio.start_server(found.serve, "127.0.0.1", 0, ssl=context) as server:
        port = server.sockets[0].getsockname()[1]
        found.url = f"https://127.0.0.1:{port}"
        yield found


async def test_a_trusted_server_is_called(tls_server, service, shop_classes, tmp_path):
    service.base_url = tls_server.url
    settings = HttpxSettings(ca_file=tmp_path / "ca.pem")
    with shop_classes.sync(service, settings=settings) as client:
        books = [await asyncio.to_thread(client.books.get, "b") for _ in range(2)]
    assert [book.title for book in books] == ["T", "T"]
    await tls_server.over.wait()


async def test_an_untrusted_server_is_refused(tls_server, service, shop_classes):
    service.base_url = tls_server.url
    client = shop_classes.sync(service)
    with pytest.raises(Exception, match="not trusted") as caught:
        await asyncio.to_thread(client.books.get, "b")
    client.close()
    assert type(caught.value).__name__ == "ShopUnreachableError"


async def test_a_call_over_tls_is_ended_from_outside(tls_server, service, shop_classes, tmp_path):
    service.base_url = tls_server.url
    abort, settings = Abort(), HttpxSettings(ca_file=tmp_path / "ca.pem")
    with shop_classes.sync(service, settings=settings) as client:
        call = client.plans().books.get("slow")
        working = asyncio.create_task(asyncio.to_thread(client.perform, call, abort=abort))
        await tls_server.halfway.wait()
        abort.set(InterruptedError("enough"))
        with pytest.raises(InterruptedError):
            await working
        await tls_server.over.wait()
