"""Our connections, as httpcore2 wants to have them."""

import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpcore2

from jackfield_httpx.network import AsyncioStream
from jackfield_httpx.transfer_errors import (
    ConnectError,
    ConnectTimeoutError,
    ReadError,
    ReadTimeoutError,
    TransferError,
    WriteError,
    WriteTimeoutError,
)

connected: ContextVar[list[bool] | None] = ContextVar("connected", default=None)
"""A list given by whoever sends a request; gets an item when a new connection is opened."""

_THEIRS: dict[type[TransferError], type[Exception]] = {
    ConnectError: httpcore2.ConnectError,
    ConnectTimeoutError: httpcore2.ConnectTimeout,
    ReadError: httpcore2.ReadError,
    ReadTimeoutError: httpcore2.ReadTimeout,
    WriteError: httpcore2.WriteError,
    WriteTimeoutError: httpcore2.WriteTimeout,
}


class CoreStream(httpcore2.AsyncNetworkStream):
    """One connection.

    Args:
        inner: Does the work.

    Attributes:
        users: Requests that read from it now; more than one with HTTP/2 only.
    """

    def __init__(self, inner: AsyncioStream) -> None:
        self.users = 0
        self._inner = inner

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - all that is there goes out
        """Return what was received, all of it; nothing at the end."""
        with _translated():
            return await self._inner.read(timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send bytes; waits while the network is full."""
        with _translated():
            await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        """Close the connection at once."""
        self._inner.abort()

    def abort(self) -> None:
        """Close the connection at once."""
        self._inner.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Begin TLS on this connection and return it."""
        with _translated():
            await self._inner.secure(ssl_context, server_hostname, timeout)
        return self

    def get_extra_info(self, info: str) -> Any:
        """Return what httpcore2 asks for: `ssl_object`, `socket`, addresses, `is_readable`."""
        if info == "is_readable":
            return not self._inner.is_silent
        name = {"client_addr": "sockname", "server_addr": "peername"}.get(info, info)
        return self._inner.get_extra_info(name)


class CoreBackend(httpcore2.AsyncNetworkBackend):
    """Opens connections of the running event loop."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first address that answers."""
        made = connected.get()
        if made is not None:
            made.append(True)
        with _translated():
            stream = await AsyncioStream.connected(host, port, timeout, local_address)
        for option in socket_options or ():
            stream.get_extra_info("socket").setsockopt(*option)
        return CoreStream(stream)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except TransferError as error:
        # Their pool raises it anew `from None`: what the system said is found by the context.
        raise _THEIRS[type(error)](str(error)) from error
