"""Connections of one event loop that speak HTTP/1.1: those in use, those that wait for use."""

import asyncio
import contextlib
import logging
import math
import ssl
import time
from collections import deque

from jackfield.http import Request, Timeouts
from jackfield_httpx.http1 import Connection
from jackfield_httpx.http1_answer import Answer
from jackfield_httpx.network import AsyncioStream
from jackfield_httpx.targets import Target
from jackfield_httpx.transfer_errors import (
    PoolTimeoutError,
    ReadError,
    TransferError,
    TransferTimeoutError,
)

_log = logging.getLogger(__name__)


class Pool:
    """Direct connections to any number of servers.

    Each connection, in use or not, counts; a request for which there is none waits in a queue.
    As long as one waits, none is idle: who comes back goes to the first of the queue, or makes
    room for its connection.

    Args:
        context: For servers that are reached by TLS.
        max_connections: Most at once.
        max_idle: Most that are kept for later requests; beyond it, the longest idle is closed.
        idle_s: Seconds after which one that is not used is closed.
    """

    def __init__(
        self,
        *,
        context: ssl.SSLContext | None = None,
        max_connections: int = 1000,
        max_idle: int = 20,
        idle_s: float = 60.0,
    ) -> None:
        self._context = context
        self._max_connections = max_connections
        self._max_idle = max_idle
        self._idle_s = idle_s
        self._busy: set[Connection] = set()
        self._idle: dict[Connection, None] = {}  # the longest idle first
        self._by_server: dict[str, list[Connection]] = {}  # the idle ones, the last used last
        self._waiting: deque[tuple[str, asyncio.Future[Connection]]] = deque()
        self._expiry: asyncio.TimerHandle | None = None

    @property
    def connections(self) -> list[Connection]:
        """All that are open or being opened."""
        return [*self._busy, *self._idle]

    async def send(
        self, request: Request, target: Target, timeouts: Timeouts, *, anew: bool = False
    ) -> Answer:
        """Send the request and return its answer, once the head of that is there.

        The connection comes back by itself when the answer was received to its end, and is
        closed when the answer is closed before.

        Args:
            request: What to send.
            target: Where its URL leads.
            timeouts: Of the steps.
            anew: Whether to use a new connection in any case.

        Raises:
            TransferError: There is no answer. Its `is_pooled` tells whether the connection had
                served before.
        """
        connection = None if anew else self._idle_for(target.where)
        if connection is None:
            connection = await self._room(target.where, timeouts.pool_s)
        try:
            if connection.stream is None:
                await self._open(connection, target, timeouts.connect_s)
            return await connection.exchange(request, target, timeouts)
        except BaseException as error:
            if isinstance(error, TransferError):
                error.is_pooled = connection.served > 0
            connection.finish(is_reusable=False)
            raise

    async def aclose(self) -> None:
        """Close all connections; what waits for one fails."""
        while self._waiting:
            _, waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_exception(ReadError("The transport was closed."))
        for connection in self.connections:
            connection.close()
        self._busy.clear()
        self._idle.clear()
        self._by_server.clear()
        self._set_expiry(None)

    def _idle_for(self, where: str) -> Connection | None:
        """Return a connection that can be used at once."""
        found = self._by_server.get(where)
        while found:
            connection = found[-1]
            self._withdraw(connection)
            if connection.is_usable():
                connection.take()
                self._busy.add(connection)
                return connection
            _log.debug("%s has closed an idle connection.", where)
            connection.close()
        return None

    async def _room(self, where: str, pool_s: float | None) -> Connection:
        """Return a connection that is still to be opened, or one that came back meanwhile."""
        if len(self._busy) + len(self._idle) >= self._max_connections:
            if not self._idle:
                return await self._turn(where, pool_s)
            self._drop(next(iter(self._idle)))
        return self._reserved(where)

    def _reserved(self, where: str) -> Connection:
        connection = Connection(where, self._over)
        self._busy.add(connection)
        return connection

    async def _turn(self, where: str, pool_s: float | None) -> Connection:
        """Wait for a connection, or for room for one."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[Connection] = loop.create_future()
        entry = (where, waiter)
        self._waiting.append(entry)
        timer = None
        if pool_s is not None and pool_s != math.inf:
            timer = loop.call_later(pool_s, _fail, waiter, PoolTimeoutError)
        try:
            return await waiter
        except BaseException:
            with contextlib.suppress(ValueError):
                self._waiting.remove(entry)
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                waiter.result().finish(is_reusable=False)  # it came too late: make room again
            raise
        finally:
            if timer is not None:
                timer.cancel()

    async def _open(self, connection: Connection, target: Target, connect_s: float | None) -> None:
        stream = await AsyncioStream.connected(target.name, target.port, connect_s)
        if connection not in self._busy:  # the pool was closed meanwhile
            stream.abort()
            raise ReadError("The transport was closed.")
        connection.stream = stream
        if target.is_secure and self._context is not None:
            await stream.secure(self._context, target.name, connect_s)

    def _over(self, connection: Connection) -> None:
        """Take a connection back, or note that it was closed."""
        if connection not in self._busy:  # the pool was closed meanwhile
            connection.close()
            return
        self._busy.discard(connection)
        if self._waiting:
            self._hand_on(connection)
        elif connection.is_idle():
            self._keep(connection)

    def _hand_on(self, connection: Connection) -> None:
        """Give the room of a connection to the first that waits; itself if it fits."""
        while self._waiting:
            where, waiter = self._waiting.popleft()
            if waiter.done():
                continue
            if connection.is_idle() and connection.where == where and connection.is_usable():
                connection.take()
                self._busy.add(connection)
                waiter.set_result(connection)
            else:
                if connection.is_idle():
                    connection.close()
                waiter.set_result(self._reserved(where))
            return
        if connection.is_idle():
            self._keep(connection)

    def _keep(self, connection: Connection) -> None:
        if not self._max_idle:
            connection.close()
            return
        self._idle[connection] = None
        self._by_server.setdefault(connection.where, []).append(connection)
        if len(self._idle) > self._max_idle:
            self._drop(next(iter(self._idle)))
        if self._expiry is None:
            self._set_expiry(self._idle_s)

    def _drop(self, connection: Connection) -> None:
        self._withdraw(connection)
        connection.close()

    def _withdraw(self, connection: Connection) -> None:
        """Take a connection out of the idle ones."""
        del self._idle[connection]
        same = self._by_server[connection.where]
        same.remove(connection)
        if not same:
            del self._by_server[connection.where]

    def _expire(self) -> None:
        """Close what was idle for too long, and look again when the next one will have been."""
        self._expiry = None
        now = time.monotonic()
        for connection in list(self._idle):
            left = connection.idle_since + self._idle_s - now
            if left > 0:
                self._set_expiry(left)
                return
            self._drop(connection)

    def _set_expiry(self, seconds: float | None) -> None:
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None
        if seconds is not None and seconds != math.inf:
            self._expiry = asyncio.get_running_loop().call_later(seconds, self._expire)


def _fail(waiter: "asyncio.Future[Connection]", error: type[TransferTimeoutError]) -> None:
    if not waiter.done():
        waiter.set_exception(error())
