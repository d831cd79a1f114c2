"""Credentials of a service client, without I/O: the same auth serves sync and async clients."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol, TypeAlias

from jackfield.contracts import Auth
from jackfield.credentials import RENEWAL_PAUSE_S, Secret
from jackfield.errors import OptionError
from jackfield.http import Request
from jackfield_httpx.service.steps import Ask, Exclusive, Flow, Plan, Ready

KeySource: TypeAlias = str | Secret | Callable[[], str | Secret | None] | None
"""A key, or a function that is asked for it before each request."""


class ServiceAuth(Protocol):
    """Adds credentials to requests, as plans: both may be generator functions."""

    def apply(self, request: Request) -> Plan[Request]:
        """Return the request with credentials; called for each attempt."""

    def refused(self, request: Request, status: int) -> Plan[bool]:
        """Return True to have the request sent once more; called at most once in a call.

        Args:
            request: As it was sent, credentials included.
            status: What the service answered: 401.
        """


class KeyAuth:
    """Sends a key in a header; without a key the header is absent.

    Args:
        key: The key, or a function that is asked before each request, so that another key is
            used from the next request on.
        header: Name of the header.
        scheme: Word before the key; empty for none.
    """

    def __init__(
        self, key: KeySource, *, header: str = "authorization", scheme: str = "Bearer"
    ) -> None:
        self._key = key if callable(key) else lambda: key
        self._header = header.lower()
        self._prefix = f"{scheme} " if scheme else ""

    def apply(self, request: Request) -> Plan[Request]:
        """Return the request with the key in its header."""
        key = self._key()
        if not key:
            return Ready(request)
        return Ready(_with_header(request, self._header, self._prefix + _revealed(key)))

    def refused(self, request: Request, status: int) -> Plan[bool]:  # noqa: ARG002 - the protocol's
        """Return whether the key has changed since the request was sent."""
        key = self._key()
        line = self._prefix + _revealed(key) if key else None
        return Ready(request.headers.get(self._header) != line)


class TokenAuth:
    """Sends a token that is fetched when it is first needed and renewed when it is refused.

    However many calls are refused at a time, the token is renewed once.

    Args:
        fetch: Returns the plan that gets a new token, for example the call of a login endpoint
            made with `authenticated=False`.
        token: A token to begin with.
        header: Name of the header.
        scheme: Word before the token; empty for none.
    """

    def __init__(
        self,
        fetch: Callable[[], Plan[str]],
        *,
        token: str | None = None,
        header: str = "authorization",
        scheme: str = "Bearer",
    ) -> None:
        self._fetch = fetch
        self._token = token
        self._renewed_at = -RENEWAL_PAUSE_S
        self._header = header.lower()
        self._prefix = f"{scheme} " if scheme else ""

    def apply(self, request: Request) -> Flow[Request]:
        """Return the request with the token, which is fetched if there is none."""
        if self._token is None:
            yield from Exclusive(self, self._renewed(None))
        return _with_header(request, self._header, f"{self._prefix}{self._token}")

    def refused(self, request: Request, status: int) -> Flow[bool]:  # noqa: ARG002 - the protocol's
        """Renew the token, unless that was done since the request was sent."""
        sent = request.headers.get(self._header, "").removeprefix(self._prefix)
        answer: bool = yield from Exclusive(self, self._renewed(sent))
        return answer

    def _renewed(self, refused: str | None) -> Flow[bool]:
        if self._token != refused:
            return True  # somebody else was faster
        if refused is not None and time.monotonic() - self._renewed_at < RENEWAL_PAUSE_S:
            return False  # a service that refuses fresh tokens is not asked for ever
        plan = self._fetch()
        if getattr(plan, "authenticated", False):
            raise OptionError(
                "The call that fetches a token would need a token itself.",
                hint="Make it with `authenticated=False`.",
            )
        self._token = yield from plan
        self._renewed_at = time.monotonic()
        return self._token != refused


class HostedAuth:
    """Uses an auth of the kernel (`contracts.Auth`); for async clients only.

    Args:
        auth: For example `kernel.auth("work-key")`.
    """

    def __init__(self, auth: Auth) -> None:
        self._auth = auth

    def apply(self, request: Request) -> Flow[Request]:
        """Return the request with the credentials that the auth adds."""
        signed: Request = yield from Ask(self._auth.apply, (request,), "an auth of the kernel")
        return signed

    def refused(self, request: Request, status: int) -> Flow[bool]:
        """Ask the auth."""
        again: bool = yield from Ask(self._auth.refused, (request, status), "an auth of the kernel")
        return again


def _with_header(request: Request, name: str, value: str) -> Request:
    return replace(request, headers={**request.headers, name: value})


def _revealed(key: str | Secret) -> str:
    return key.reveal() if isinstance(key, Secret) else key
