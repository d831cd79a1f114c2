"""A client that sees every byte: HTTP/1.1 over a socket of asyncio, nothing else."""

import asyncio
import contextlib
import json
import socket
from dataclasses import dataclass, field


@dataclass
class Reply:
    """What came back; `body` is without the framing of chunks."""

    status: int
    headers: dict[str, str]
    body: bytes = b""
    complete: bool = False  # the last chunk, or the whole length, was there
    pieces: list[bytes] = field(default_factory=list)

    def json(self):
        return json.loads(self.body)

    @property
    def text(self):
        return self.body.decode()

    def frames(self):
        """Return the data of the events of an event stream."""
        return [
            json.loads(event[6:])
            for event in self.text.split("\n\n")
            if event.startswith("data: {")
        ]


class Open:
    """A reply that is being read."""

    def __init__(self, reader, writer):
        self._reader, self._writer = reader, writer
        self.reply = Reply(0, {})

    async def head(self):
        status = await self._reader.readline()
        if not status:
            raise ConnectionError("closed without an answer")
        self.reply.status = int(status.split()[1])
        while (line := (await self._reader.readline()).strip()) != b"":
            name, _, value = line.decode().partition(":")
            self.reply.headers[name.lower()] = value.strip()
        return self.reply

    async def chunk(self):
        """Return the next chunk of the body; None at its end."""
        size = int((await self._reader.readline()) or b"-1", 16)
        if size < 0:
            return None
        data = await self._reader.readexactly(size)
        await self._reader.readexactly(2)
        if size == 0:
            self.reply.complete = True
            return None
        self.reply.body += data
        self.reply.pieces.append(data)
        return data

    async def until(self, wanted: bytes):
        """Read on until the body has these bytes."""
        while wanted not in self.reply.body:
            if await self.chunk() is None:
                raise AssertionError(f"{wanted!r} did not come: {self.reply.body!r}")
        return self.reply

    async def rest(self):
        if self.reply.headers.get("transfer-encoding") == "chunked":
            while await self.chunk() is not None:
                pass
        elif length := int(self.reply.headers.get("content-length", "0")):
            self.reply.body = await self._reader.readexactly(length)
            self.reply.complete = True
        return self.reply

    async def leave(self):
        """Go away without a word."""
        self._writer.transport.abort()

    async def aclose(self):
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()


class Caller:
    """Calls one server."""

    def __init__(self, host, port):
        self.host, self.port = host, port
        self.headers = {}

    async def connect(self, *, narrow=False):
        """Open a connection; a narrow one takes little at once."""
        if not narrow:
            return await asyncio.open_connection(self.host, self.port)
        plug = socket.socket()
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        plug.settimeout(0)
        await asyncio.get_running_loop().sock_connect(plug, (self.host, self.port))
        return await asyncio.open_connection(sock=plug, limit=1024)

    async def open(self, method, path, body=None, *, headers=None, raw=None, narrow=False):
        """Send a request and return the reply with its head read."""
        data = raw if raw is not None else (b"" if body is None else json.dumps(body).encode())
        fields = {"host": f"{self.host}:{self.port}", **self.headers}
        if data:
            fields |= {"content-type": "application/json", "content-length": str(len(data))}
        fields |= headers or {}
        lines = [
            f"{method} {path} HTTP/1.1",
            *[f"{k}: {v}" for k, v in fields.items() if v is not None],
        ]
        reader, writer = await self.connect(narrow=narrow)
        writer.write("\r\n".join([*lines, "", ""]).encode() + data)
        opened = Open(reader, writer)
        try:
            await writer.drain()
            await opened.head()
        except BaseException:
            writer.transport.abort()
            raise
        return opened

    async def __call__(self, method, path, body=None, **options):
        """Send a request and return the whole reply."""
        opened = await self.open(method, path, body, **options)
        try:
            return await opened.rest()
        finally:
            await opened.aclose()
