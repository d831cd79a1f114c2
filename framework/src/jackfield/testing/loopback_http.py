"""The wire of the loopback server: requests as they were received, replies as they are sent."""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Literal, TypeAlias

from jackfield.testing.moment import Moment

Outcome: TypeAlias = Literal["", "answered", "client closed", "cut", "reset", "server stopped"]


@dataclass(slots=True, kw_only=True)
class ReceivedRequest:
    """A request as the server saw it, and what became of its reply.

    Attributes:
        method: As sent.
        path: Path with query.
        headers: Names in lower case; repeated ones joined by a comma.
        body: The whole body, decoded of chunked framing.
        connection: Number of the connection, from 0: equal numbers mean a pooled connection.
        sent_bytes: Bytes of the reply that were written so far, head included.
        outcome: How it ended; empty while it goes on.
        over: Set when `outcome` is.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int = 0
    sent_bytes: int = 0
    outcome: Outcome = ""
    over: Moment = field(default_factory=Moment)

    def json(self) -> Any:
        """Return the body read as JSON."""
        return json.loads(self.body)

    def finish(self, outcome: Outcome) -> None:
        """Note how the reply ended; only the first call counts."""
        if not self.outcome:
            self.outcome = outcome
            self.over.set()


@dataclass(slots=True)
class Hold:
    """The reply stalls until `release`; `reached` is set when all before it was written."""

    released: Moment = field(default_factory=Moment)
    reached: Moment = field(default_factory=Moment)

    def release(self) -> None:
        """Let the reply go on."""
        self.released.set()


@dataclass(slots=True)
class Pause:
    """The reply stalls for that many seconds; prefer `Hold`."""

    seconds: float


@dataclass(slots=True)
class Cut:
    """The connection is closed here, whatever was promised."""


@dataclass(slots=True)
class Reset:
    """The connection is reset here (TCP RST)."""


Piece: TypeAlias = bytes | str | Hold | Pause | Cut | Reset


@dataclass(slots=True, kw_only=True)
class Reply:
    """What the server answers.

    Attributes:
        status: The status code.
        headers: Added to those that the framing needs; the same name replaces them (so a wrong
            `content-length` is possible).
        body: Each text or bytes is one write, and one chunk if the framing is `chunked`.
        framing: `raw` sends the body alone: it must bring its own status line and head.
        gzip: Compresses the body, flushed at each piece.
        hang_up: Closes the connection after the complete reply without having announced it.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: Sequence[Piece] | bytes | str = b""
    framing: Literal["chunked", "length", "close", "raw"] = "length"
    gzip: bool = False
    hang_up: bool = False

    def pieces(self) -> list[bytes | Hold | Pause | Cut | Reset]:
        """Return the body as it is sent, before chunked framing."""
        body = [self.body] if isinstance(self.body, bytes | str) else self.body
        plain = [piece.encode() if isinstance(piece, str) else piece for piece in body]
        return list(_compressed(plain)) if self.gzip else plain

    def head(self) -> bytes:
        """Return status line and header block."""
        fields = {"date": "Thu, 01 Jan 1970 00:00:00 GMT"}
        if self.framing == "chunked":
            fields["transfer-encoding"] = "chunked"
        elif self.framing == "close":
            fields["connection"] = "close"
        elif self.status not in (204, 304):
            length = sum(len(piece) for piece in self.pieces() if isinstance(piece, bytes))
            fields["content-length"] = str(length)
        if self.gzip:
            fields["content-encoding"] = "gzip"
        fields |= {name.lower(): value for name, value in self.headers.items()}
        phrase = HTTPStatus(self.status).phrase if self.status in _KNOWN else "Unknown"
        lines = [f"HTTP/1.1 {self.status} {phrase}", *[f"{k}: {v}" for k, v in fields.items()]]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def writes(self, *, with_body: bool = True) -> Iterator[bytes | Hold | Pause | Cut | Reset]:
        """Return what is written, in order."""
        if self.framing != "raw":
            yield self.head()
        if not with_body:
            return
        for piece in self.pieces():
            if self.framing == "chunked" and isinstance(piece, bytes):
                if piece:
                    yield b"%x\r\n%s\r\n" % (len(piece), piece)
            else:
                yield piece
        if self.framing == "chunked":
            yield b"0\r\n\r\n"


Answerer: TypeAlias = Reply | Callable[[ReceivedRequest], Reply]

_KNOWN = {status.value for status in HTTPStatus}


def json_reply(value: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    """Return a reply with a JSON body."""
    fields = {"content-type": "application/json"} | (headers or {})
    return Reply(status=status, headers=fields, body=json.dumps(value).encode())


def redirect(location: str, *, status: int = 307) -> Reply:
    """Return a redirect."""
    return Reply(status=status, headers={"location": location})


def sse_reply(
    pieces: Sequence[Piece],
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    **rest: Any,
) -> Reply:
    """Return a server-sent event stream, chunked unless `framing` says otherwise."""
    fields = {"content-type": "text/event-stream"} | (headers or {})
    return Reply(status=status, headers=fields, body=pieces, **{"framing": "chunked"} | rest)


def _compressed(
    pieces: Sequence[bytes | Hold | Pause | Cut | Reset],
) -> Iterator[bytes | Hold | Pause | Cut | Reset]:
    packer = zlib.compressobj(wbits=31)
    for piece in pieces:
        if isinstance(piece, bytes):
            yield packer.compress(piece) + packer.flush(zlib.Z_SYNC_FLUSH)
        else:
            yield piece
    yield packer.flush()


async def read_request(reader: asyncio.StreamReader, connection: int) -> ReceivedRequest:
    """Read one request.

    Raises:
        asyncio.IncompleteReadError: The client closed the connection.
    """
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        name, value = name.strip().lower(), value.strip()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    body = await _read_body(reader, headers)
    return ReceivedRequest(
        method=method, path=path, headers=headers, body=body, connection=connection
    )


async def _read_body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if "chunked" in headers.get("transfer-encoding", ""):
        return b"".join([chunk async for chunk in _chunks(reader)])
    return await reader.readexactly(int(headers.get("content-length", "0")))


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        yield await reader.readexactly(size)
        await reader.readexactly(2)
    while await reader.readuntil(b"\r\n") != b"\r\n":  # trailers
        pass
