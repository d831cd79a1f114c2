"""The transport `record`: lets another transport do the work and writes down what it does."""

import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Self

from jackfield.contracts import Transport
from jackfield.errors import ProtocolError, ProviderError
from jackfield.http import Request, Response
from jackfield_httpx.cassette import COMPLETE, LEFT, Exchange, append_exchange, begin_cassette
from jackfield_httpx.retry import RetryPolicy
from jackfield_httpx.scrubbing import Scrubber
from jackfield_httpx.settings import HttpxSettings, RecordSettings

_BODY_ONLY = ("content-encoding", "content-length", "transfer-encoding")


class RecordTransport:
    """Writes each exchange of another transport into a cassette, without its credentials.

    An exchange is written when it ends. The file is begun with the first request.

    Args:
        settings: The file, and what else is secret.
        inner: Does the work.

    Attributes:
        policy: The retry policy of `inner`.
    """

    def __init__(self, settings: RecordSettings, inner: Transport) -> None:
        self.policy: RetryPolicy = getattr(inner, "policy", RetryPolicy())
        self._inner = inner
        self._path = settings.path
        self._scrubber = Scrubber(
            [secret.get_secret_value() for secret in settings.secrets], settings.secret_names
        )
        self._has_begun = False

    def stream(self, request: Request) -> AbstractAsyncContextManager[Response]:
        """Send the request through the other transport; as `Transport.stream`."""
        return _Recording(self, self._inner.stream(request), request)

    async def aclose(self) -> None:
        """Do nothing: whoever opened the other transport closes it."""

    def write(self, request: Request, recorded: Exchange) -> None:
        """Write an exchange that has ended."""
        if not self._has_begun:
            begin_cassette(self._path)
            self._has_begun = True
        append_exchange(self._path, self._scrubbed(request, recorded))

    def _scrubbed(self, request: Request, recorded: Exchange) -> Exchange:
        scrubber = self._scrubber
        known = scrubber.known(request)
        pieces = scrubber.pieces([data for _, data in recorded.chunks], known)
        recorded.method = request.method
        recorded.url = scrubber.url(request.url, known)
        recorded.request_headers = scrubber.headers(request.headers, known)
        recorded.body = scrubber.request_body(request.body or b"", known)
        recorded.headers = scrubber.headers(recorded.headers, known)
        recorded.chunks = [
            (at_s, piece) for (at_s, _), piece in zip(recorded.chunks, pieces, strict=True)
        ]
        if recorded.failure is not None:
            failure = recorded.failure
            recorded.failure = ProviderError(
                scrubber.text(failure.message, known),
                kind=failure.kind,
                retryable=failure.retryable,
            )
        return recorded


class _Recording:
    """The context of one exchange."""

    def __init__(
        self,
        owner: RecordTransport,
        context: AbstractAsyncContextManager[Response],
        request: Request,
    ) -> None:
        self._owner = owner
        self._context = context
        self._request = request
        self._exchange = Exchange(method=request.method, url="")

    async def __aenter__(self) -> Response:
        started = time.monotonic()
        try:
            response = await self._context.__aenter__()
        except ProviderError as error:
            self._exchange.failure = error
            self._owner.write(self._request, self._exchange)
            raise
        return _RecordedResponse(response, self._exchange, started)

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            await self._context.__aexit__(exc_type, exc, traceback)
        finally:
            self._owner.write(self._request, self._exchange)


class _RecordedResponse:
    """A response that notes what is read of it."""

    def __init__(self, inner: Response, exchange: Exchange, started: float) -> None:
        self._inner = inner
        self._exchange = exchange
        self._started = started
        self._parts: AsyncIterator[bytes] | None = None
        self.status = inner.status
        self.headers = inner.headers
        exchange.status = inner.status
        exchange.headers = {k: v for k, v in inner.headers.items() if k not in _BODY_ONLY}
        exchange.end = LEFT

    def chunks(self) -> Self:
        """Return the body, as the other transport gives it."""
        self._parts = self._inner.chunks()
        return self

    async def read(self) -> bytes:
        """Return the whole body.

        Raises:
            ProtocolError: It is larger than the transport `httpx` allows by default.
        """
        most = HttpxSettings().max_body_bytes
        size, pieces = 0, []
        async for piece in self.chunks():
            pieces.append(piece)
            size += len(piece)
            if size > most:
                raise ProtocolError(f"The answer is larger than {most:,} bytes.")
        return b"".join(pieces)

    async def linger(self) -> None:
        """Let the other transport read the end of the body, if it can."""
        linger = getattr(self._inner, "linger", None)
        if linger is not None:
            await linger()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._parts is None:
            self.chunks()
        assert self._parts is not None  # noqa: S101 - made above
        try:
            piece = await anext(self._parts)
        except StopAsyncIteration:
            self._exchange.end = COMPLETE
            raise
        except ProviderError as error:
            self._exchange.failure = error
            raise
        self._exchange.chunks.append((time.monotonic() - self._started, piece))
        return piece
