"""Puts a server of the test in place of `https://api.example.com`, TLS and all."""

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import trustme

HOST = "api.example.com"


@contextlib.contextmanager
def example_host(url: str, folder: Path) -> Iterator[dict[str, str]]:
    """Give the environment in which requests to the host reach another server.

    Args:
        url: Of that server, which speaks plain HTTP.
        folder: For the certificate of the authority.
    """
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    started: list[str] = []
    running, stop = threading.Event(), threading.Event()

    def serve() -> None:
        asyncio.run(_tunnel(url, context, started, running, stop))

    thread = threading.Thread(target=serve)
    thread.start()
    running.wait()
    try:
        yield {"HTTPS_PROXY": started[0], "SSL_CERT_FILE": str(folder / "authority.pem")}
    finally:
        stop.set()
        thread.join()


async def _tunnel(
    url: str,
    context: ssl.SSLContext,
    started: list[str],
    running: threading.Event,
    stop: threading.Event,
) -> None:
    parts = urlsplit(url)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError), contextlib.closing(writer):
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(f"CONNECT {HOST}:443 ".encode())
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            await writer.start_tls(context)
            inner = await asyncio.open_connection(parts.hostname, parts.port)
            await asyncio.gather(_pump(reader, inner[1]), _pump(inner[0], writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    started.append(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    running.set()
    await asyncio.to_thread(stop.wait)
    server.close()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for _ in range(4):  # turns of the loop, in which closed connections are let go
        await asyncio.sleep(0)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()
