"""Connections of a blocking client: waiting that others can end, and that ends with the call."""

import contextlib
import math
import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from typing import Any

import httpcore2

from jackfield_httpx.core_network import connected
from jackfield_httpx.service.abort import current_abort

_ends_at: ContextVar[float] = ContextVar("_ends_at", default=math.inf)
"""When all waiting must be over, by `time.monotonic`."""

received: ContextVar[list[bool] | None] = ContextVar("received", default=None)
"""A list given by whoever waits for an answer; gets an item when bytes arrive."""


@contextlib.contextmanager
def ended_by(deadline: float) -> Iterator[None]:
    """Let all waiting of the thread for the network end at a moment of `time.monotonic`."""
    token = _ends_at.set(deadline)
    try:
        yield
    finally:
        _ends_at.reset(token)


def _left(timeout: float | None) -> float | None:
    """Return the timeout, or what is left of the time if that is less."""
    ends_at = _ends_at.get()
    if ends_at == math.inf:
        return timeout
    left = max(ends_at - time.monotonic(), 1e-3)
    return left if timeout is None else min(left, timeout)


class Backend(httpcore2.SyncBackend):
    """httpcore2's own, which also tells when a connection is opened."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first address that answers."""
        made = connected.get()
        if made is not None:
            made.append(True)
        stream = super().connect_tcp(host, port, timeout, local_address, socket_options)
        return _Stream(stream)


class _Stream(httpcore2.NetworkStream):
    """A connection whose waiting can be ended from another thread, and ends with the call's time.

    Closing a socket does not wake a thread that reads from it; shutting it down does.
    """

    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._read(max_bytes, _left(timeout))
        arrived = received.get()
        if data and arrived is not None:
            arrived.append(True)
        return data

    def _read(self, max_bytes: int, timeout: float | None) -> bytes:
        abort = current_abort.get()
        if abort is None:
            return self._inner.read(max_bytes, timeout)
        with abort.calling(self._shut_down):
            return self._inner.read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        abort, timeout = current_abort.get(), _left(timeout)
        if abort is None:
            return self._inner.write(buffer, timeout)
        with abort.calling(self._shut_down):
            return self._inner.write(buffer, timeout)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        if arrived := received.get():
            arrived.clear()  # it was the proxy that answered
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)

    def _shut_down(self) -> None:
        plug: socket.socket = self._inner.get_extra_info("socket")
        with contextlib.suppress(OSError):
            socket.socket.shutdown(plug, socket.SHUT_RDWR)
