"""An HTTP server on 127.0.0.1 whose every byte is scripted, for tests of transports and providers.

It uses the standard library only, so that no library under test checks itself.
"""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from jackfield.errors import StateError
from jackfield.testing.loopback_http import (
    Answerer,
    Cut,
    Hold,
    Outcome,
    Pause,
    ReceivedRequest,
    Reply,
    Reset,
    read_request,
)
from jackfield.testing.moment import Moment

_LONGEST_HEAD_BYTES = 1 << 20
_ACCEPTING_STEPS = 4
"""Turns of the loop between an accepted socket and the task that serves it."""


class LoopbackServer:
    """Answers the first request with the first reply, the second with the second ...

        async with LoopbackServer(sse_reply([...])) as server:   # in the running loop
        with LoopbackServer(json_reply({})) as server:           # in a thread of its own

    Leaving the context closes every connection. Bytes of two pieces may reach the client in
    one read, as on any network; put a `Hold` between them where that matters.

    Args:
        replies: One for each request, in the order of their arrival; a function of the
            request makes the reply when it comes.
        default: For the requests after the last reply; None answers 500 and says so.

    Attributes:
        requests: What was received.
        connections: How many connections were accepted.
        url: `http://127.0.0.1:<port>`, without a slash at the end.
    """

    def __init__(self, *replies: Answerer, default: Answerer | None = None) -> None:
        self.requests: list[ReceivedRequest] = []
        self.connections = 0
        self.default = default
        self._replies = list(replies)
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._address = ""
        self._thread: threading.Thread | None = None
        self._stop = Moment()

    @property
    def url(self) -> str:
        """The root of the server.

        Raises:
            StateError: The server was not started.
        """
        if not self._address:
            raise StateError("The loopback server runs only inside its `with` block.")
        return self._address

    def add(self, *replies: Answerer) -> None:
        """Append replies for further requests."""
        self._replies.extend(replies)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.get_running_loop().create_server(
            self._protocol, "127.0.0.1", 0
        )
        host, port = self._server.sockets[0].getsockname()[:2]
        self._address = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._server is not None:
            await self._accept_no_more(self._server)
            self._server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()

    def __enter__(self) -> Self:
        started = Moment()
        self._stop = Moment()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve_until_stopped(started)), name="loopback"
        )
        self._thread.start()
        started.wait_blocking()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    async def _accept_no_more(self, server: asyncio.Server) -> None:
        """Let sockets that were just accepted get the task that closes them.

        asyncio leaves them open if the server is closed before that.
        """
        with contextlib.suppress(NotImplementedError):  # Windows' loop has no readers
            for plug in server.sockets:
                asyncio.get_running_loop().remove_reader(plug.fileno())
        for _ in range(_ACCEPTING_STEPS):
            await asyncio.sleep(0)

    async def _serve_until_stopped(self, started: Moment) -> None:
        async with self:
            started.set()
            await self._stop.wait()

    def _protocol(self) -> asyncio.StreamReaderProtocol:
        return _Watched(asyncio.StreamReader(limit=_LONGEST_HEAD_BYTES), self._accept)

    def _accept(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, left: asyncio.Event
    ) -> None:
        connection = _Connection(writer, left)
        task = asyncio.get_running_loop().create_task(self._serve(reader, connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # A task that is cancelled before its first step closes nothing by itself.
        task.add_done_callback(lambda _: writer.close())

    async def _serve(self, reader: asyncio.StreamReader, connection: "_Connection") -> None:
        number = self.connections
        self.connections += 1
        try:
            while not connection.closing:
                request = await read_request(reader, number)
                self.requests.append(request)
                await connection.answer(request, self._reply_to(request))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client is gone; the request, if there was one, has noted it
        finally:
            await connection.aclose()

    def _reply_to(self, request: ReceivedRequest) -> Reply:
        number = len(self.requests)
        reply = self._replies[number - 1] if number <= len(self._replies) else self.default
        if reply is None:
            text = f"The loopback server ran out of replies: request {number} came, "
            return Reply(status=500, body=f"{text}{len(self._replies)} replies were given.")
        return reply if isinstance(reply, Reply) else reply(request)


class _Watched(asyncio.StreamReaderProtocol):
    """The streams' protocol, which also tells when the client closed its side."""

    def __init__(self, reader: asyncio.StreamReader, accept: Callable[..., None]) -> None:
        self.left = asyncio.Event()
        super().__init__(reader, lambda reader, writer: accept(reader, writer, self.left))

    def eof_received(self) -> bool | None:
        self.left.set()
        return super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self.left.set()
        super().connection_lost(exc)


class _Connection:
    """One connection: writes replies while it watches for the client's leaving."""

    def __init__(self, writer: asyncio.StreamWriter, left: asyncio.Event) -> None:
        self.closing = False
        self._left = left
        self._writer = writer
        self._plug: Any = writer.get_extra_info("socket")
        self._plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    async def answer(self, request: ReceivedRequest, reply: Reply) -> None:
        """Write the reply, unless the client leaves before its end."""
        self.closing = reply.hang_up or reply.framing in ("close", "raw")
        self.closing |= request.headers.get("connection", "").lower() == "close"
        writing = asyncio.ensure_future(self._write_all(request, reply))
        leaving = asyncio.ensure_future(self._left.wait())
        try:
            await asyncio.wait({writing, leaving}, return_when=asyncio.FIRST_COMPLETED)
            request.finish(_outcome(writing))
            self.closing |= request.outcome != "answered"
        finally:
            request.finish("server stopped")
            if request.outcome == "server stopped":  # nobody may read what is still to be written
                self._writer.transport.abort()
            for task in (writing, leaving):
                task.cancel()
            await asyncio.gather(writing, leaving, return_exceptions=True)

    async def aclose(self) -> None:
        """Close the connection and wait until it is."""
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()

    async def _write_all(self, request: ReceivedRequest, reply: Reply) -> Outcome:
        for piece in reply.writes(with_body=request.method != "HEAD"):
            if isinstance(piece, Cut):
                return "cut"
            if isinstance(piece, Reset):
                return self._reset()
            await self._write(request, piece)
        return "answered"

    async def _write(self, request: ReceivedRequest, piece: bytes | Hold | Pause) -> None:
        if isinstance(piece, Pause):
            await asyncio.sleep(piece.seconds)
        elif isinstance(piece, Hold):
            piece.reached.set()
            await piece.released.wait()
        else:
            self._writer.write(piece)
            await self._writer.drain()
            request.sent_bytes += len(piece)

    def _reset(self) -> Outcome:
        self._plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()
        return "reset"


def _outcome(writing: asyncio.Task[Outcome]) -> Outcome:
    if not writing.done() or isinstance(writing.exception(), ConnectionError):
        return "client closed"
    return writing.result()
