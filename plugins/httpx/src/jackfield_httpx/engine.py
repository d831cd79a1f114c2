"""Connection pools: one for each event loop, proxy and kind of URL, made when first needed."""

import asyncio
import logging
import ssl
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass
from weakref import WeakKeyDictionary

import httpcore2

from jackfield.errors import ConfigError, ProviderError
from jackfield_httpx.masking import origin
from jackfield_httpx.network import AsyncioBackend
from jackfield_httpx.settings import HttpxSettings

_log = logging.getLogger(__name__)

_PORTS = {"http": 80, "https": 443}
_SAFE = "/%:@!$&'()*+,;=~-._?[]"


@dataclass(slots=True, frozen=True)
class Target:
    """Where a request goes.

    Attributes:
        url: As httpcore2 wants it.
        host: The value of the header `host`.
        where: Scheme, host and port, for messages.
    """

    url: httpcore2.URL
    host: bytes
    where: str

    @property
    def is_secure(self) -> bool:
        """Whether it is reached by TLS."""
        return bool(self.url.scheme == b"https")


@lru_cache(maxsize=256)
def read_url(url: str) -> Target:
    """Return where an absolute URL leads.

    Raises:
        ProviderError: It is no absolute http(s) URL, or holds a user or password.
    """
    if any(character <= " " or character == "\x7f" for character in url):
        raise _bad_url(url, "it has a blank or control character")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        name = (host or "").encode("ascii" if (host or "").isascii() else "idna")
    except (ValueError, UnicodeError) as error:
        raise _bad_url(url, str(error)) from None
    if parts.scheme not in _PORTS or not name:
        raise _bad_url(url, "it must begin with http:// or https:// and name a host")
    if "@" in parts.netloc:
        raise _bad_url(url, "credentials belong into an auth, not into the URL")
    target = quote(parts.path or "/", safe=_SAFE)
    target += f"?{quote(parts.query, safe=_SAFE)}" if parts.query else ""
    is_default = port in (None, _PORTS[parts.scheme])
    shown = b"[%s]" % name if b":" in name else name
    return Target(
        httpcore2.URL(
            scheme=parts.scheme,
            host=name,
            port=None if is_default else port,
            target=target,
        ),
        shown if is_default else b"%s:%s" % (shown, str(port).encode()),
        origin(url),
    )


class Routes:
    """Decides by which kind of connection pool a target is reached; opens nothing.

    Args:
        settings: Of the transport.
    """

    def __init__(self, settings: HttpxSettings) -> None:
        self._settings = settings
        self._tls: ssl.SSLContext | None = None
        self._proxies: dict[str, str] | None = None

    def key(self, target: Target) -> tuple[bool, str]:
        """Return what a pool is chosen by: whether TLS is used, and the proxy."""
        return target.is_secure, self._proxy(target)

    def pool_options(self, key: tuple[bool, str]) -> dict[str, Any]:
        """Return the arguments for a pool of httpcore2, but its network backend."""
        is_secure, proxy = key
        settings = self._settings
        needs_tls = is_secure or proxy.startswith("https:")
        context = self._context() if needs_tls else None
        return {
            "ssl_context": context if is_secure else None,
            "proxy": _read_proxy(proxy, settings, context) if proxy else None,
            "max_connections": settings.max_connections,
            "max_keepalive_connections": settings.max_idle_connections,
            "keepalive_expiry": settings.idle_s,
            "http2": settings.http2,
        }

    def _proxy(self, target: Target) -> str:
        """Return the URL of the proxy for a target; empty for none."""
        if self._settings.proxy is not None:
            return self._settings.proxy
        if self._proxies is None:
            self._proxies = getproxies()
        scheme, host = target.url.scheme.decode(), target.url.host.decode()
        found = self._proxies.get(scheme) or self._proxies.get("all") or ""
        if not found or proxy_bypass(host) or proxy_bypass(target.host.decode()):
            return ""
        return found if "://" in found else f"http://{found}"

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = tls_context(self._settings)
        return self._tls


class Engine:
    """Finds the connection pool for a request; its connections belong to the running loop.

    Args:
        settings: Of the transport.
    """

    def __init__(self, settings: HttpxSettings) -> None:
        self._routes = Routes(settings)
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, _LoopPools] = WeakKeyDictionary()

    async def pool(self, target: Target) -> httpcore2.AsyncConnectionPool:
        """Return the pool for a target, in the running event loop."""
        loop = asyncio.get_running_loop()
        pools = self._loops.get(loop)
        if pools is None:
            pools = self._loops[loop] = _LoopPools()
            await pools.close_with_loop()
        found = pools.by_target.get(target.where)
        if found is None:
            found = pools.by_target[target.where] = self._pool_of(pools, target)
        return found

    def pools(self) -> list[httpcore2.AsyncConnectionPool]:
        """Return the pools of the running event loop."""
        pools = self._loops.get(asyncio.get_running_loop())
        return [] if pools is None else list(pools.pools.values())

    async def aclose(self) -> None:
        """Close all connections; those of other event loops are closed by these."""
        running = asyncio.get_running_loop()
        for loop, pools in list(self._loops.items()):
            if loop is running:
                await pools.aclose()
            elif loop.is_running():
                asyncio.run_coroutine_threadsafe(pools.aclose(), loop)
        self._loops.clear()

    def _pool_of(self, pools: "_LoopPools", target: Target) -> httpcore2.AsyncConnectionPool:
        key = self._routes.key(target)
        if key not in pools.pools:
            pools.pools[key] = httpcore2.AsyncConnectionPool(
                **self._routes.pool_options(key), network_backend=AsyncioBackend()
            )
        return pools.pools[key]


class _LoopPools:
    """The pools of one event loop, closed with it at the latest."""

    def __init__(self) -> None:
        self.by_target: dict[str, httpcore2.AsyncConnectionPool] = {}
        self.pools: dict[tuple[bool, str], httpcore2.AsyncConnectionPool] = {}
        self._guard = self._until_closed()

    async def close_with_loop(self) -> None:
        """Have `asyncio.run` close the pools: it closes all async generators at its end."""
        await anext(self._guard)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._guard.aclose()

    async def _until_closed(self) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            for pool in self.pools.values():
                await pool.aclose()
            self.by_target.clear()
            self.pools.clear()


def tls_context(settings: HttpxSettings) -> ssl.SSLContext:
    """Return the TLS context that the settings ask for.

    Raises:
        ConfigError: A file is missing or is no certificate.
    """
    try:
        if settings.ca_file is not None:
            context = ssl.create_default_context(cafile=settings.ca_file)
        else:
            context = httpcore2.default_ssl_context()
        if settings.client_cert is not None:
            context.load_cert_chain(settings.client_cert, settings.client_key)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"A certificate file of the transport cannot be used: {error}.",
            hint="Check `ca_file`, `client_cert` and `client_key`: PEM files that exist.",
        ) from error
    if not settings.verify:
        _log.warning("Certificates are not checked: anybody on the way can read everything.")
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


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


def _bad_url(url: str, reason: str) -> ProviderError:
    return ProviderError(
        f"The URL {origin(url)!r} cannot be used: {reason}.",
        kind="invalid_request",
        hint="Correct `base_url`.",
    )
