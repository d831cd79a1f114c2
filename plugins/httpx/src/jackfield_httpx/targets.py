"""Where a request goes, read from its URL."""

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, urlsplit

from jackfield.errors import ProviderError
from jackfield_httpx.masking import origin

_PORTS = {"http": 80, "https": 443}
_SAFE = "/%:@!$&'()*+,;=~-._?[]"


@dataclass(slots=True, frozen=True, kw_only=True)
class Target:
    """Where a request goes; all texts are ASCII.

    Attributes:
        is_secure: Whether it is reached by TLS.
        name: The host, without brackets.
        port: Also if it is the usual one.
        path: With the query.
        host: The value of the header `host`: without the port if that is the usual one.
        where: Scheme, host and port, for messages; the same for all paths of a server.
    """

    is_secure: bool
    name: str
    port: int
    path: str
    host: str
    where: str

    @property
    def unusual_port(self) -> int | None:
        """The port, if it has to be named."""
        return None if self.port == _PORTS[self.scheme] else self.port

    @property
    def scheme(self) -> str:
        """`http` or `https`."""
        return "https" if self.is_secure else "http"


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
        host, port = parts.hostname or "", parts.port
        name = host if host.isascii() else host.encode("idna").decode("ascii")
    except (ValueError, UnicodeError) as error:
        raise _bad_url(url, str(error)) from None
    if parts.scheme not in _PORTS or not name:
        raise _bad_url(url, "it must begin with http:// or https:// and name a host")
    if "@" in parts.netloc:
        raise _bad_url(url, "credentials belong into an auth, not into the URL")
    path = quote(parts.path or "/", safe=_SAFE)
    path += f"?{quote(parts.query, safe=_SAFE)}" if parts.query else ""
    usual = _PORTS[parts.scheme]
    shown = f"[{name}]" if ":" in name else name
    return Target(
        is_secure=parts.scheme == "https",
        name=name,
        port=usual if port is None else port,
        path=path,
        host=shown if port in (None, usual) else f"{shown}:{port}",
        where=origin(url),
    )


def _bad_url(url: str, reason: str) -> ProviderError:
    return ProviderError(
        f"The URL {origin(url)!r} cannot be used: {reason}.",
        kind="invalid_request",
        hint="Correct `base_url`.",
    )
