"""Secrets, and the auth that sends one in a header: for whoever writes an auth plugin.

Nothing here knows where a secret is kept; that is the plugin's part.
"""

import asyncio
import hmac
import math
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import NoReturn, SupportsIndex, TypeAlias
from weakref import WeakKeyDictionary

from jackfield.errors import ConfigError, SecretMissingError
from jackfield.http import Request

MASK = "********"
"""What is shown in place of a secret."""

RENEWAL_PAUSE_S = 10.0
"""A secret that is refused so soon after it was renewed is not renewed again."""

_UNSENDABLE = re.compile(r"[^\x20-\x7e]")


class Secret:
    """A secret that shows itself only to `reveal()`: not in a repr, a log, a pickle or a trace.

    Args:
        value: The secret; white space around it is dropped.
        source: Where it came from, for messages: `environment variable OPENROUTER_API_KEY`.
        hint: What to do when it is missing, one sentence.

    Raises:
        SecretMissingError: The value is None or empty.
        ConfigError: It has a line break, a control character or a character beyond ASCII, so
            that it cannot be sent in a header.
    """

    __slots__ = ("_value", "source")

    def __init__(self, value: str | None, *, source: str, hint: str = "") -> None:
        value = (value or "").strip()
        if not value:
            raise SecretMissingError(f"No secret in {source}.", source=source, hint=hint)
        if bad := _UNSENDABLE.search(value):
            raise ConfigError(
                f"The secret in {source} cannot be sent: its character {bad.start() + 1} is a "
                "line break, a control character or not ASCII.",
                hint="Store the bare key, on one line and without quotes.",
            )
        self._value = value
        self.source = source

    def reveal(self) -> str:
        """Return the secret itself."""
        return self._value

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value, other._value)

    __hash__ = None  # type: ignore[assignment]  # a secret is no key of a mapping

    def __repr__(self) -> str:
        return f"Secret({MASK!r}, source={self.source!r})"

    def __str__(self) -> str:
        return MASK

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("A Secret is never written out; pass on where it is kept instead.")


SecretReader: TypeAlias = Callable[[], Awaitable[Secret]]


class HeaderAuth:
    """Sends a secret in one header, as `<scheme> <secret>`; implements `contracts.Auth`.

    Args:
        read: Looks the secret up; called when a request needs it.
        header: Name of the header.
        scheme: Word before the secret; empty for none.
        cache_s: Seconds for which a secret is kept before it is looked up again; 0 looks it up
            for each request, `math.inf` until it is refused.
    """

    def __init__(
        self,
        read: SecretReader,
        *,
        header: str = "authorization",
        scheme: str = "Bearer",
        cache_s: float = 0.0,
    ) -> None:
        self._read = read
        self._header = header.lower()
        self._prefix = f"{scheme} " if scheme else ""
        self._cache_s = cache_s
        self._cached: Secret | None = None
        self._read_at = 0.0
        self._renewed_at = -math.inf
        # A lock belongs to one event loop, an auth may serve several (one `asyncio.run` each).
        self._locks: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = (
            WeakKeyDictionary()
        )

    async def apply(self, request: Request) -> Request:
        """Return the request with the secret in its header; the one given stays as it is."""
        async with self._lock():
            secret = await self._current()
        return replace(request, headers={**request.headers, self._header: self._line(secret)})

    async def refused(self, request: Request, status: int) -> bool:  # noqa: ARG002 - the contract's
        """Look the secret up again and return whether it is another one than was sent."""
        sent = request.headers.get(self._header, "")
        async with self._lock():
            if self._cached is not None and self._line(self._cached) == sent:
                # A program may print a new token each time: it must not be run for ever.
                if time.monotonic() - self._renewed_at < RENEWAL_PAUSE_S:
                    return False
                self._cached = None
                self._renewed_at = time.monotonic()
            return self._line(await self._current()) != sent

    def _line(self, secret: Secret) -> str:
        return self._prefix + secret.reveal()

    async def _current(self) -> Secret:
        if self._cached is None or time.monotonic() - self._read_at >= self._cache_s:
            self._cached = await self._read()
            self._read_at = time.monotonic()
        return self._cached

    def _lock(self) -> asyncio.Lock:
        return self._locks.setdefault(asyncio.get_running_loop(), asyncio.Lock())
