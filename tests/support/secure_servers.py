"""A TLS server and a proxy, written byte by byte, for tests of what speaks HTTP."""

import asyncio
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import trustme


@dataclass
class Secure:
    """A TLS server that answers `reply` to every request, and notes what it saw."""

    authority: trustme.CA
    ca_file: str = ""
    port: int = 0
    certificates: list[object] = field(default_factory=list)
    connections: int = 0
    reply: bytes = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"
    heads: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}/"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.certificates.append(writer.get_extra_info("peercert"))
        try:
            while True:
                self.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
                writer.write(self.reply)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            writer.close()


def context_of(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    return context


@asynccontextmanager
async def secure_server(
    authority: trustme.CA, folder: Path, verify_mode: ssl.VerifyMode = ssl.CERT_NONE
) -> AsyncIterator[Secure]:
    """Run a TLS server; its authority's certificate is written into the folder."""
    found = Secure(authority, str(folder / "ca.pem"))
    authority.cert_pem.write_to_path(found.ca_file)
    context = context_of(authority)
    context.verify_mode = verify_mode
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0, ssl=context)
    found.port = server.sockets[0].getsockname()[1]
    yield found
    server.close()
    if sys.version_info >= (3, 13):
        server.close_clients()
    await until_no_server_tasks()


@dataclass
class ProxyServer:
    """A proxy that forwards plain requests and opens tunnels."""

    port: int = 0
    heads: list[str] = field(default_factory=list)
    status: str = "200 OK"
    pumps: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.heads.append(head)
            if not head.startswith("CONNECT"):
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nproxied")
            elif self.status.startswith("200"):
                host, _, port = head.split()[1].partition(":")
                other = await asyncio.open_connection(host, int(port))
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
                await asyncio.gather(pump(reader, other[1]), pump(other[0], writer))
            else:
                writer.write(f"HTTP/1.1 {self.status}\r\ncontent-length: 0\r\n\r\n".encode())
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


@asynccontextmanager
async def proxy_server() -> AsyncIterator[ProxyServer]:
    """Run a proxy."""
    found = ProxyServer()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    yield found
    server.close()
    await until_no_server_tasks()


async def until_no_server_tasks() -> None:
    async with asyncio.timeout(2):
        while any("serve" in repr(task.get_coro()) for task in asyncio.all_tasks()):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.001)
