"""TCP and TLS for httpcore2, on asyncio's own transports.

httpcore2 comes with a backend over anyio, which costs two cancel scopes and several calls per
read. This one reads what the event loop has received; a wait costs one future and one timer.
"""

import asyncio
import contextlib
import select
import ssl
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any

import httpcore2

from jackfield_httpx.connecting import connect

_HIGH_WATER_BYTES = 256 * 1024
"""Received and not yet read: at this size the network is asked to wait."""

_SMALL_BYTES = 64 * 1024
"""What is written goes out together, up to this size."""

connected: ContextVar[list[bool] | None] = ContextVar("connected", default=None)
"""A list given by whoever sends a request; gets an item when a new connection is opened."""


class AsyncioStream(httpcore2.AsyncNetworkStream, asyncio.Protocol):
    """One connection: the event loop puts bytes in, httpcore2 takes them out.

    Attributes:
        users: Requests that read from it now; more than one with HTTP/2 only.
    """

    def __init__(self) -> None:
        self.users = 0
        self._loop = asyncio.get_running_loop()
        self._transport: Any = None
        self._received: list[bytes] = []
        self._size = 0
        self._unsent: list[bytes] = []
        self._unsent_bytes = 0
        self._is_paused = False  # we asked the network to wait
        self._is_full = False  # the network asked us to wait
        self._at_end = False
        self._error: Exception | None = None
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note the transport; after `start_tls` a second one."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Keep what was received until it is read."""
        self._received.append(data)
        self._size += len(data)
        if self._size >= _HIGH_WATER_BYTES and not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()
        _wake(self._reader)

    def eof_received(self) -> None:
        """Note the end; the transport closes itself."""
        self._at_end = True
        _wake(self._reader)

    def connection_lost(self, exc: Exception | None) -> None:
        """Note the end and why it came."""
        self._at_end = True
        self._error = exc
        _wake(self._reader)
        _wake(self._writer)

    def pause_writing(self) -> None:
        """Make the writer wait."""
        self._is_full = True

    def resume_writing(self) -> None:
        """Let the writer go on."""
        self._is_full = False
        _wake(self._writer)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - all that is there goes out: one await per network read
        """Return what was received, all of it; nothing at the end.

        Raises:
            httpcore2.ReadTimeout: Nothing came for `timeout` seconds.
            httpcore2.ReadError: The connection was lost.
        """
        if self._unsent:
            self._flush()
        if not self._received and not self._at_end:
            self._reader = self._loop.create_future()
            try:
                await self._bounded(self._reader, timeout, httpcore2.ReadTimeout)
            finally:
                self._reader = None
        if not self._received:
            if self._error is not None:
                raise httpcore2.ReadError(str(self._error)) from self._error
            return b""
        return self._take()

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send bytes; waits while the network is full.

        Raises:
            httpcore2.WriteTimeout: The server took nothing for `timeout` seconds.
            httpcore2.WriteError: The connection was lost.
        """
        self._check_writable()
        if self._reader is None and self._unsent_bytes + len(buffer) < _SMALL_BYTES:
            # Head and body of a request go out in one piece, with the read that follows.
            if not self._unsent:
                self._loop.call_soon(self._flush)
            self._unsent.append(buffer)
            self._unsent_bytes += len(buffer)
            return
        self._flush()
        self._transport.write(buffer)
        if self._is_full:
            self._writer = self._loop.create_future()
            try:
                await self._bounded(self._writer, timeout, httpcore2.WriteTimeout)
            finally:
                self._writer = None
            self._check_writable()

    async def aclose(self) -> None:
        """Close the connection at once; what was not sent is dropped."""
        self.abort()

    def abort(self) -> None:
        """Close the connection at once; a read that waits ends."""
        self._unsent.clear()
        self._transport.abort()
        self._at_end = True
        _wake(self._reader)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Begin TLS on this connection and return it.

        Raises:
            httpcore2.ConnectTimeout: The handshake took longer than `timeout` seconds.
            httpcore2.ConnectError: The handshake failed.
        """
        self._flush()
        try:
            async with asyncio.timeout(timeout):
                self._transport = await self._loop.start_tls(
                    self._transport, self, ssl_context, server_hostname=server_hostname
                )
        except TimeoutError as error:
            self.abort()
            raise httpcore2.ConnectTimeout("TLS handshake") from error
        except (OSError, ssl.SSLError) as error:
            self.abort()
            raise httpcore2.ConnectError(str(error)) from error
        except BaseException:
            self.abort()
            raise
        if self._transport is None:  # the connection was lost at the end of the handshake
            raise httpcore2.ConnectError("The connection was lost during the TLS handshake.")
        return self

    def get_extra_info(self, info: str) -> Any:
        """Return what httpcore2 asks for: `ssl_object`, `socket`, addresses, `is_readable`."""
        if info == "is_readable":
            return self._at_end or bool(self._received) or self._is_readable()
        name = {"client_addr": "sockname", "server_addr": "peername"}.get(info, info)
        return self._transport.get_extra_info(name)

    def _flush(self) -> None:
        if self._unsent:
            self._transport.write(b"".join(self._unsent))
            self._unsent.clear()
            self._unsent_bytes = 0

    def _take(self) -> bytes:
        received = self._received
        data = received[0] if len(received) == 1 else b"".join(received)
        received.clear()
        self._size = 0
        if self._is_paused:
            self._is_paused = False
            self._transport.resume_reading()
        return data

    async def _bounded(
        self, waiter: asyncio.Future[None], timeout: float | None, error: type[Exception]
    ) -> None:
        if timeout is None:
            await waiter
            return
        timer = self._loop.call_later(timeout, _fail, waiter, error)
        try:
            await waiter
        finally:
            timer.cancel()

    def _check_writable(self) -> None:
        if self._at_end or self._transport.is_closing():
            raise httpcore2.WriteError(str(self._error or "The connection is closed."))

    def _is_readable(self) -> bool:
        """Ask the system: the event loop may not have come to look yet."""
        plug = self._transport.get_extra_info("socket")
        if plug is None or plug.fileno() < 0:
            return True
        if hasattr(select, "poll"):
            poll = select.poll()
            poll.register(plug.fileno(), select.POLLIN)
            return bool(poll.poll(0))
        return bool(select.select([plug.fileno()], [], [], 0)[0])


class AsyncioBackend(httpcore2.AsyncNetworkBackend):
    """Opens connections of the running event loop."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first address that answers.

        Raises:
            httpcore2.ConnectTimeout: None did within `timeout` seconds.
            httpcore2.ConnectError: All refused, or the name is unknown.
        """
        made = connected.get()
        if made is not None:
            made.append(True)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout):
                plug = await connect(host, port, local_address)
                _, stream = await loop.create_connection(AsyncioStream, sock=plug)
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout("TCP connection") from error
        except OSError as error:
            raise httpcore2.ConnectError(str(error)) from error
        for option in socket_options or ():
            plug.setsockopt(*option)
        return stream


def _wake(waiter: asyncio.Future[None] | None) -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(None)


def _fail(waiter: asyncio.Future[None], error: type[Exception]) -> None:
    if not waiter.done():
        with contextlib.suppress(asyncio.InvalidStateError):
            waiter.set_exception(error())
