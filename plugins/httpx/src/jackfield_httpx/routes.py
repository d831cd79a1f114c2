"""By which way a target is reached: directly or through a proxy, with TLS or without."""

import os
import ssl
import sys
from typing import Any

from jackfield_httpx.certificates import tls_context
from jackfield_httpx.settings import HttpxSettings
from jackfield_httpx.targets import Target


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

    def is_ours(self, key: tuple[bool, str]) -> bool:
        """Tell whether our own HTTP/1.1 goes that way: no proxy, and no HTTP/2 to be offered."""
        is_secure, proxy = key
        return not proxy and not (is_secure and self._settings.http2)

    def context(self) -> ssl.SSLContext:
        """Return the TLS context, read once."""
        if self._tls is None:
            self._tls = tls_context(self._settings)
        return self._tls

    def pool_options(self, key: tuple[bool, str]) -> dict[str, Any]:
        """Return the arguments for a pool of httpcore2, but its network backend."""
        from jackfield_httpx.core import pool_options  # noqa: PLC0415 - the library costs 70 ms

        is_secure, proxy = key
        needs_tls = is_secure or proxy.startswith("https:")
        context = self.context() if needs_tls else None
        return pool_options(self._settings, key, context)

    def _proxy(self, target: Target) -> str:
        """Return the URL of the proxy for a target; empty for none."""
        if self._settings.proxy is not None:
            return self._settings.proxy
        if self._proxies is None:
            self._proxies = _system_proxies()
        found = self._proxies.get(target.scheme) or self._proxies.get("all") or ""
        if not found or _is_exempt(target):
            return ""
        return found if "://" in found else f"http://{found}"


def _system_proxies() -> dict[str, str]:
    """Return the proxies of the environment, by scheme; of the system where it keeps some."""
    is_kept = sys.platform in ("darwin", "win32")
    if not is_kept and not any(name.lower().endswith("_proxy") for name in os.environ):
        return {}
    from urllib.request import getproxies  # noqa: PLC0415 - costs 10 ms, and mostly there is none

    return getproxies()


def _is_exempt(target: Target) -> bool:
    from urllib.request import proxy_bypass  # noqa: PLC0415 - as above

    return bool(proxy_bypass(target.name) or proxy_bypass(target.host))
