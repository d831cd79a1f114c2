"""TCP and TLS on asyncio's own transports: what the event loop received, read when it is wanted.

A wait costs one future and one timer; a read returns all that has arrived.
"""

import asyncio
import contextlib
import math
import select
import ssl
from typing import Any, Self

from jackfield_httpx.connecting import connect
from jackfield_httpx.transfer_errors import (
    ConnectError,
    ConnectTimeoutError,
    ReadError,
    ReadTimeoutError,
    TransferError,
    WriteError,
    WriteTimeoutError,
)

_HIGH_WATER_BYTES = 256 * 1024
"""Received and not yet read: at this size the network is asked to wait."""


class AsyncioStream(asyncio.Protocol):
    """One connection: the event loop puts bytes in, whoever speaks HTTP takes them out."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: Any = None
        self._received: list[bytes] = []
        self._size = 0
        self._is_paused = False  # we asked the network to wait
        self._is_full = False  # the network asked us to wait
        self._at_end = False
        self._error: Exception | None = None
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None

    @classmethod
    async def connected(
        cls,
        host: str,
        port: int,
        timeout_s: float | None = None,
        local_address: str | None = None,
    ) -> Self:
        """Return a connection to the first address of a host that answers.

        Raises:
            ConnectTimeoutError: None did within `timeout_s` seconds.
            ConnectError: All refused, or the name is unknown.
        """
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(finite(timeout_s)):
                plug = await connect(host, port, local_address)
                _, stream = await loop.create_connection(cls, sock=plug)
        except TimeoutError as error:
            raise ConnectTimeoutError("TCP connection") from error
        except OSError as error:
            raise ConnectError(str(error)) from error
        return stream

    @property
    def has_received(self) -> bool:
        """Whether there is something to read, the end included."""
        return self._at_end or bool(self._received)

    @property
    def is_silent(self) -> bool:
        """Whether the server has neither left nor sent anything that was not read."""
        return not self.has_received and not self._is_readable()

    @property
    def is_sent(self) -> bool:
        """Whether the network has taken all that was written."""
        return not self._transport.get_write_buffer_size()

    def get_extra_info(self, name: str) -> Any:
        """Return what asyncio's transport knows: `socket`, `ssl_object`, `peername`."""
        return self._transport.get_extra_info(name)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note the transport; after `secure` a second one."""
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

    async def read(self, timeout: float | None = None) -> bytes:
        """Return what was received, all of it; nothing at the end.

        Raises:
            ReadTimeoutError: Nothing came for `timeout` seconds.
            ReadError: The connection was lost.
        """
        if not self._received and not self._at_end:
            self._reader = self._loop.create_future()
            try:
                await self._bounded(self._reader, timeout, ReadTimeoutError)
            finally:
                self._reader = None
        return self.take()

    def take(self) -> bytes:
        """Return what was received until now, without waiting; nothing for nothing.

        Raises:
            ReadError: The connection was lost.
        """
        received = self._received
        if not received:
            if self._error is not None:
                raise ReadError(str(self._error)) from self._error
            return b""
        data = received[0] if len(received) == 1 else b"".join(received)
        received.clear()
        self._size = 0
        if self._is_paused:
            self._is_paused = False
            self._transport.resume_reading()
        return data

    async def write(
        self, buffer: bytes, timeout: float | None = None, *, until_answer: bool = False
    ) -> None:
        """Send bytes; waits while the network is full.

        Args:
            buffer: What to send; all of it is taken over, also if waiting fails.
            timeout: Longest wait, in seconds.
            until_answer: Wait no longer once there is something to read.

        Raises:
            WriteTimeoutError: The server took nothing for `timeout` seconds.
            WriteError: The connection was lost.
        """
        self._check_writable()
        self._transport.write(buffer)
        if self._is_full:
            self._writer = self._loop.create_future()
            try:
                await self._drained(self._writer, timeout, until_answer=until_answer)
            finally:
                self._writer = None
            self._check_writable()

    async def aclose(self) -> None:
        """Close the connection at once; what was not sent is dropped."""
        self.abort()

    def abort(self) -> None:
        """Close the connection at once; a read that waits ends."""
        self._transport.abort()
        self._at_end = True
        _wake(self._reader)

    async def secure(
        self, context: ssl.SSLContext, server_name: str | None, timeout: float | None = None
    ) -> None:
        """Begin TLS on this connection; it is closed if that fails.

        Raises:
            ConnectTimeoutError: The handshake took longer than `timeout` seconds.
            ConnectError: The handshake failed.
        """
        try:
            async with asyncio.timeout(finite(timeout)):
                made = await self._loop.start_tls(
                    self._transport, self, context, server_hostname=server_name
                )
        except TimeoutError as error:
            self.abort()
            raise ConnectTimeoutError("TLS handshake") from error
        except (OSError, ssl.SSLError) as error:
            self.abort()
            raise ConnectError(str(error)) from error
        except BaseException:
            self.abort()
            raise
        if made is None:  # the connection was lost at the end of the handshake
            raise ConnectError("The connection was lost during the TLS handshake.")
        self._transport = made

    async def _drained(
        self, writer: "asyncio.Future[None]", timeout: float | None, *, until_answer: bool
    ) -> None:
        """Wait until the network takes more, or the server answers if that is to be noticed."""
        if not until_answer:
            await self._bounded(writer, timeout, WriteTimeoutError)
        elif not self.has_received:
            self._reader = writer  # either of them wakes it
            try:
                await self._bounded(writer, timeout, WriteTimeoutError)
            finally:
                self._reader = None

    async def _bounded(
        self, waiter: "asyncio.Future[None]", timeout: float | None, error: type[TransferError]
    ) -> None:
        if timeout is None or timeout == math.inf:
            await waiter
            return
        timer = self._loop.call_later(timeout, _fail, waiter, error)
        try:
            await waiter
        finally:
            timer.cancel()

    def _check_writable(self) -> None:
        if self._at_end or self._transport.is_closing():
            raise WriteError(str(self._error or "The connection is closed."))

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


def finite(seconds: float | None) -> float | None:
    """Return a timeout for asyncio, which has no word for `inf`."""
    return None if seconds == math.inf else seconds


def _wake(waiter: "asyncio.Future[None] | None") -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(None)


def _fail(waiter: "asyncio.Future[None]", error: type[TransferError]) -> None:
    if not waiter.done():
        with contextlib.suppress(asyncio.InvalidStateError):
            waiter.set_exception(error())
