"""An answer of an HTTP/1.1 server, parsed as it comes in.

The parser is llhttp (`httptools`), which is strict where a lax one could be led to see another
answer than the server meant. What llhttp leaves to its user is here: which bodies end with the
connection, what has none, and whether the connection can carry another request.
"""

from typing import TYPE_CHECKING, Any

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from jackfield_httpx.header_fields import closes, header_fields
from jackfield_httpx.network import AsyncioStream
from jackfield_httpx.transfer_errors import BadAnswerError, CutError, TransferError

if TYPE_CHECKING:
    from jackfield_httpx.http1 import Connection

MAX_HEAD_BYTES = 64 * 1024
"""Most bytes of a head, of trailers, or of anything else that brings no byte of the body."""

_BODILESS = frozenset({204, 304})
_FIRST = 100
_FIRST_FINAL = 200
_FIRST_ERROR = 400
_SWITCHING = 101
_BLANK_LINES = (b"\r\n\r\n", b"\n\n")


class Answer:
    """An answer; also what the parser tells about what it reads.

    Args:
        connection: Told when the answer is over.
        stream: The bytes of the connection.
        method: Of the request.
        read_s: Longest time without any byte, in seconds.

    Attributes:
        status: The status code; 0 until the head is there.
        headers: Names in lower case; repeated ones joined with a comma.
        is_over: Whether all of it was received; some of the body may still wait in `next`.
        is_sent: Whether the request was sent to its end; set by the connection.
        keeps: Whether the connection may carry another request afterwards.
    """

    __slots__ = (
        "_barren",
        "_connection",
        "_ends_with_connection",
        "_failure",
        "_fields",
        "_has_no_body",
        "_head_bytes",
        "_method",
        "_parser",
        "_parts",
        "_read_s",
        "_stream",
        "_taken",
        "headers",
        "is_over",
        "is_sent",
        "keeps",
        "on_body",
        "status",
    )

    def __init__(
        self, connection: "Connection", stream: AsyncioStream, method: str, read_s: float | None
    ) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.is_over = False
        self.is_sent = False
        self.keeps = True
        self._connection = connection
        self._stream = stream
        self._method = method
        self._read_s = read_s
        self._failure: TransferError | None = None
        self._fields: list[tuple[bytes, bytes]] = []
        self._head_bytes = 0
        self._barren = 0  # bytes since the last that were of the body
        self._taken = 0
        self._has_no_body = False
        self._ends_with_connection = False
        self._parts: list[bytes] = []
        self.on_body = self._parts.append  # a call of C by C: no Python per chunk
        self._parser: Any = HttpResponseParser(self)
        # Lone line feeds and blanks after a chunk's size: no two readers see them differently.
        self._parser.set_dangerous_leniencies(
            lenient_optional_cr_before_lf=True, lenient_spaces_after_chunk_size=True
        )

    @property
    def is_refusal(self) -> bool:
        """Whether it says, while the request is still being sent, that the rest is in vain."""
        return self.status >= _FIRST_ERROR or self._failure is not None

    async def receive_head(self) -> None:
        """Read until the head is there.

        Raises:
            TransferError: It does not come, or is no HTTP.
        """
        has_begun = False
        while not self.status:
            if self._failure is not None:
                raise self._failure
            try:
                data = await self._stream.read(self._read_s)
            except TransferError as error:
                error.has_begun = has_begun
                raise
            if not data:
                cut = CutError("Server disconnected without sending a response.")
                cut.has_begun = has_begun
                raise cut
            has_begun = True
            self.feed(data)

    async def next(self) -> bytes:
        """Return all of the body that has come since; waits for some; nothing at the end.

        The connection is given back once the last of the body is asked for.

        Raises:
            TransferError: The body was cut off, or is not properly framed, or nothing came.
        """
        parts = self._parts
        while not parts:
            if self._failure is not None:
                raise self._failure
            if self.is_over:
                break
            data = await self._stream.read(self._read_s)
            if data:
                self.feed(data)
            else:
                self._end()
        if self.is_over:
            self._give_back()
        data = parts[0] if len(parts) == 1 else b"".join(parts)
        parts.clear()
        self._taken += len(data)
        return data

    async def aclose(self) -> None:
        """Close the connection unless it was given back. Idempotent."""
        if self._parser is not None:
            self._parser = None
            self._connection.finish(is_reusable=False)

    def feed(self, data: bytes) -> None:
        """Parse what was received."""
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            self._fail(str(error))
        if self._has_no_body:
            if self._parts or not data.endswith(_BLANK_LINES):
                self._parts.clear()
                self.keeps = False
        elif self._parts:
            self._barren = 0
        elif not self.is_over:
            self._barren += len(data)
            if self._barren > MAX_HEAD_BYTES:
                self._fail(_too_long())

    def on_message_begin(self) -> None:
        """Refuse a second answer to one request; called by the parser, as all of these."""
        if self.is_over:
            raise BadAnswerError("it is not the only one")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a field of the head; one of the trailers only counts."""
        self._head_bytes += len(name) + len(value) + 4
        if self._head_bytes > MAX_HEAD_BYTES:
            self._fail(_too_long())
        elif not self.status:
            self._fields.append((name, value))

    def on_headers_complete(self) -> None:
        """Read the head; those of informational answers are passed over."""
        status = self._parser.get_status_code()
        if status >= _FIRST_FINAL:
            self._read_head(status)
            return
        self._fields.clear()
        if status == _SWITCHING:
            self._fail("it changes to another protocol without having been asked to")
        elif status < _FIRST:
            self._fail(f"its status is {status}")

    def on_message_complete(self) -> None:
        """Note the end."""
        if self.status:
            self.is_over = True

    def _read_head(self, status: int) -> None:
        headers = header_fields(self._fields)
        coding = headers.get("transfer-encoding")
        version = self._parser.get_http_version()
        if version not in ("1.1", "1.0"):
            self._fail(f"it is of version {version}")
        if coding is not None and coding.lower() != "chunked":
            self._fail(f"its transfer-encoding is {coding!r}")
        if self._failure is not None:
            return
        self.status, self.headers = status, headers
        self._barren = 0
        if self._method == "HEAD" or status in _BODILESS:
            self._has_no_body = self.is_over = True
        else:
            self._ends_with_connection = coding is None and "content-length" not in headers
        if version == "1.0" or self._ends_with_connection or closes(headers):
            self.keeps = False

    def _fail(self, reason: str) -> None:
        self.keeps = False
        if not self.is_over and self._failure is None:
            self._failure = BadAnswerError(reason)

    def _end(self) -> None:
        """The server closed the connection."""
        if not self._ends_with_connection:
            expected = self.headers.get("content-length")
            raise CutError(
                "peer closed connection without sending complete message body "
                + (
                    "(incomplete chunked read)"
                    if expected is None
                    else f"(received {self._taken} bytes, expected {expected})"
                )
            )
        self.is_over = True

    def _give_back(self) -> None:
        if self._parser is not None:
            self._parser = None  # it refers to us
            reusable = self.keeps and self.is_sent and self._stream.is_sent
            self._connection.finish(is_reusable=reusable)


def _too_long() -> str:
    return f"more than {MAX_HEAD_BYTES:,} bytes without any of the body"
