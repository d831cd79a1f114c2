"""What goes through httpcore2: proxies and HTTP/2. Imported only where one of them is used."""

import asyncio
import logging
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from typing import Any
from urllib.parse import unquote, urlsplit

import httpcore2

from jackfield.errors import ConfigError
from jackfield.http import Request, Timeouts
from jackfield_httpx.core_network import CoreBackend, connected
from jackfield_httpx.header_fields import header_fields
from jackfield_httpx.masking import origin
from jackfield_httpx.network import finite
from jackfield_httpx.settings import HttpxSettings
from jackfield_httpx.targets import Target
from jackfield_httpx.transfer_errors import (
    BadAnswerError,
    BadRequestError,
    ConnectError,
    ConnectTimeoutError,
    CutError,
    PoolTimeoutError,
    ProxyError,
    ReadError,
    ReadTimeoutError,
    TransferError,
    WriteError,
    WriteTimeoutError,
)

FAILURES = (
    httpcore2.TimeoutException,
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.ProxyError,
    httpcore2.UnsupportedProtocol,
)
"""All that httpcore2 raises while it sends or reads."""

CUT = (httpcore2.ReadError, httpcore2.WriteError, httpcore2.RemoteProtocolError)
"""What a connection that the server closed while it was idle may end in."""

_OURS: dict[type[Exception], type[TransferError]] = {
    httpcore2.PoolTimeout: PoolTimeoutError,
    httpcore2.ConnectTimeout: ConnectTimeoutError,
    httpcore2.ReadTimeout: ReadTimeoutError,
    httpcore2.WriteTimeout: WriteTimeoutError,
    httpcore2.ConnectError: ConnectError,
    httpcore2.ReadError: ReadError,
    httpcore2.WriteError: WriteError,
    httpcore2.ProxyError: ProxyError,
    httpcore2.LocalProtocolError: BadRequestError,
    httpcore2.UnsupportedProtocol: BadRequestError,
}


class _WithoutHeaders(logging.Filter):
    """Keeps the values of response headers, cookies among them, out of httpcore2's debug log."""

    def filter(self, record: logging.LogRecord) -> bool:
        if "headers" in str(record.msg):
            record.msg = str(record.msg).partition(" return_value=")[0]
        return True


for _name in ("http11", "http2", "proxy", "socks"):
    logging.getLogger(f"httpcore2.{_name}").addFilter(_WithoutHeaders())


class CorePool:
    """Connections of one event loop, in httpcore2's pool; a `ports.AnyPool`.

    Args:
        options: From `pool_options`.
    """

    def __init__(self, options: dict[str, Any]) -> None:
        self._pool = httpcore2.AsyncConnectionPool(**options, network_backend=CoreBackend())

    @property
    def connections(self) -> list[httpcore2.AsyncConnectionInterface]:
        """All that are open or being opened."""
        return self._pool.connections

    async def send(
        self,
        request: Request,
        target: Target,
        timeouts: Timeouts,
        *,
        anew: bool = False,  # noqa: ARG002 - httpcore2 picks the connection
    ) -> "CoreAnswer":
        """Send the request and return its answer, once the head of that is there.

        Raises:
            TransferError: There is no answer.
        """
        opened: list[bool] = []
        token = connected.set(opened)
        try:
            found = await self._pool.handle_async_request(core_request(request, target, timeouts))
        except FAILURES as error:
            told = transfer_error(error)
            told.is_pooled = not opened
            raise told from told.__cause__
        finally:
            connected.reset(token)
        return CoreAnswer(found, timeouts.read_s)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pool.aclose()


class CoreAnswer:
    """An answer whose head is there; a `ports.AnyAnswer`.

    Args:
        answer: httpcore2's response.
        read_s: Longest time without any byte, in seconds.

    Attributes:
        status: The status code.
        headers: Names in lower case; repeated ones joined with a comma.
        is_over: Whether the body was read to its end.
    """

    def __init__(self, answer: httpcore2.Response, read_s: float | None) -> None:
        self.status: int = answer.status
        self.headers = header_fields(answer.headers)
        self.is_over = False
        self._read_s = read_s
        stream: Any = answer.stream
        self._stream = stream
        self._parts: AsyncIterator[bytes] = aiter(stream)
        self._network: Any = answer.extensions["network_stream"]
        self._is_shared = answer.extensions.get("http_version") == b"HTTP/2"
        self._is_closed = False
        if self._is_shared:
            self._network.users += 1

    async def next(self) -> bytes:
        """Return more of the body; nothing at the end.

        Raises:
            TransferError: It does not come.
        """
        # Of HTTP/2 another request may do the reading, with a timeout of its own.
        within = finite(self._read_s) if self._is_shared else None
        try:
            async with asyncio.timeout(within):
                part = await anext(self._parts, b"")
        except TimeoutError as error:
            raise ReadTimeoutError from error
        except FAILURES as error:
            raise transfer_error(error) from error
        self.is_over = not part
        return part

    async def aclose(self) -> None:
        """Give the connection back if the body was read to its end, else close it. Idempotent."""
        if self._is_closed:
            return
        self._is_closed = True
        if isinstance(self._parts, AsyncGenerator):
            await self._parts.aclose()
        await self._stream.aclose()
        if self._is_shared:
            self._network.users -= 1
            if not self.is_over and not self._network.users:
                # httpcore2 does not reset a single stream: the server would never learn.
                self._network.abort()


def core_request(
    request: Request, target: Target, timeouts: Timeouts, content: Iterable[bytes] | None = None
) -> httpcore2.Request:
    """Return the request in httpcore2's form.

    Args:
        request: What to send.
        target: Where its URL leads.
        timeouts: Of the steps, all set.
        content: A body that is read while it is sent, by blocking calls; async ones come from
            the request's `body_stream`.
    """
    headers = [(b"host", target.host.encode())]
    headers += [(name.encode(), value.encode()) for name, value in request.headers.items()]
    body = request.body
    streamed = content if request.body_stream is None else request.body_stream()
    if streamed is not None and "content-length" not in request.headers:
        headers.append((b"transfer-encoding", b"chunked"))
    elif streamed is None and (body is not None or request.method in ("POST", "PUT", "PATCH")):
        headers.append((b"content-length", b"%d" % len(body or b"")))
    return httpcore2.Request(
        request.method,
        httpcore2.URL(
            scheme=target.scheme, host=target.name, port=target.unusual_port, target=target.path
        ),
        headers=headers,
        content=(body or b"") if streamed is None else streamed,
        extensions={
            "timeout": {
                "connect": finite(timeouts.connect_s),
                "read": finite(timeouts.read_s),
                "write": finite(timeouts.write_s),
                "pool": finite(timeouts.pool_s),
            }
        },
    )


def pool_options(
    settings: HttpxSettings, key: tuple[bool, str], context: ssl.SSLContext | None
) -> dict[str, Any]:
    """Return the arguments for a pool, blocking or not, but its network backend.

    Args:
        settings: Of the transport.
        key: Whether TLS is used, and the URL of the proxy.
        context: For TLS.

    Raises:
        ConfigError: The URL of the proxy is none.
    """
    is_secure, proxy = key
    return {
        "ssl_context": context if is_secure else None,
        "proxy": _read_proxy(proxy, settings, context) if proxy else None,
        "max_connections": settings.max_connections,
        "max_keepalive_connections": settings.max_idle_connections,
        "keepalive_expiry": settings.idle_s,
        "http2": settings.http2,
    }


def transfer_error(error: Exception) -> TransferError:
    """Return the error of the transport for one of httpcore2's, with the same cause."""
    if isinstance(error, httpcore2.RemoteProtocolError):
        cut = any(text in str(error) for text in ("disconnected", "peer closed", "Stream"))
        kind: type[TransferError] = CutError if cut else BadAnswerError
    else:
        kind = next((_OURS[each] for each in _OURS if isinstance(error, each)), ReadError)
    told = kind(str(error))
    cause = error.__cause__ or error.__context__
    told.__cause__ = cause.__cause__ if isinstance(cause, TransferError) else cause
    return told


def _read_proxy(
    url: str, settings: HttpxSettings, context: ssl.SSLContext | None
) -> httpcore2.Proxy:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https", "socks5", "socks5h") or not parts.hostname:
        raise ConfigError(
            f"The proxy {origin(url)!r} is not a URL like http://host:port.",
            hint="Correct `proxy` of the transport, or HTTP_PROXY and HTTPS_PROXY.",
        )
    secret = settings.proxy_password
    password = secret.get_secret_value() if secret else unquote(parts.password or "")
    auth = (unquote(parts.username).encode(), password.encode()) if parts.username else None
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 1080)
    return httpcore2.Proxy(
        httpcore2.URL(scheme=parts.scheme, host=parts.hostname, port=port, target="/"),
        auth=auth,
        ssl_context=context if parts.scheme == "https" else None,
    )
