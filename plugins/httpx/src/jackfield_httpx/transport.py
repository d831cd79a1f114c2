"""The transport `httpx`: pooled HTTP with timeouts, bounds and retries."""

import re
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from itertools import chain
from types import TracebackType
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from jackfield.errors import ProviderError, StateError
from jackfield.http import Request, Timeouts
from jackfield_httpx.decoding import ACCEPTED
from jackfield_httpx.masking import masked_url, origin
from jackfield_httpx.retry import Clock, RetryPolicy, Schedule
from jackfield_httpx.service_errors import error_from_response, is_retryable_status
from jackfield_httpx.settings import HttpxSettings

if TYPE_CHECKING:
    from jackfield_httpx.response import HttpxResponse
    from jackfield_httpx.sending import Sender

DEFAULT_TIMEOUTS = Timeouts(connect_s=10.0, read_s=120.0, write_s=60.0, pool_s=60.0, stall_s=600.0)
MAX_REDIRECTS = 5

_UNSENDABLE = re.compile(r"[^\t\x20-\x7e]")
_TRAVELS = frozenset({"accept", "accept-encoding", "accept-language", "user-agent"})


class HttpxTransport:
    """Sends requests; implements `contracts.Transport`.

    Nothing is imported, opened or read before the first request. Connections belong to the
    event loop that opened them: used from several loops, each has its own.

    Args:
        settings: Timeouts, TLS, proxy, limits.
        clock: Time and chance, for tests.

    Attributes:
        policy: How often requests that may be repeated are, unless they say otherwise.
    """

    def __init__(
        self, settings: HttpxSettings | None = None, *, clock: Clock | None = None
    ) -> None:
        self._settings = settings or HttpxSettings()
        self._clock = clock or Clock()
        self.policy = RetryPolicy(
            max_retries=self._settings.max_retries, max_delay_s=self._settings.max_retry_delay
        )
        self._timeouts = merged(self._settings.timeouts.steps(), DEFAULT_TIMEOUTS)
        self._sender: Sender | None = None
        self._is_closed = False

    def stream(self, request: Request) -> "AbstractAsyncContextManager[HttpxResponse]":
        """Send the request when the context is entered; leaving it closes or reuses the connection.

        A request that is `repeatable` is sent again, within the policy, when there is no
        connection, it breaks before the head of the answer, or the status says to try later.
        A GET or HEAD follows redirects, without credentials where they lead to another origin.

        Raises:
            ProviderError: No answer: no connection, timeout, broken HTTP, a redirect that is
                not followed. Any status is an answer.
        """
        return _Opened(self._open, request)

    async def aclose(self) -> None:
        """Close all connections; idempotent."""
        self._is_closed = True
        if self._sender is not None:
            await self._sender.aclose()

    async def _open(self, request: Request) -> "HttpxResponse":
        if self._is_closed:
            raise StateError("The transport is closed.", hint="Open a new one.")
        request = completed(request, self._settings, self._timeouts)
        schedule = Schedule(request, self.policy, self._clock)
        if schedule.max_retries == 0:
            return await self._follow(request)
        while True:
            try:
                response = await self._follow(schedule.single())
            except ProviderError as error:
                await schedule.again(error)
                continue
            if not is_retryable_status(response.status):
                return response
            refusal = error_from_response("", response.status, response.headers, b"")
            wait = schedule.wait_s(refusal)
            if wait is None:
                return response
            await response.aclose()
            await schedule.pause(refusal, wait)

    async def _follow(self, request: Request) -> "HttpxResponse":
        if self._sender is None:
            from jackfield_httpx.sending import Sender  # noqa: PLC0415 - the library costs 70 ms

            self._sender = Sender(self._settings)
        for _ in range(MAX_REDIRECTS):
            response = await self._sender.send(request)
            location = response.headers.get("location")
            if response.status not in (301, 302, 303, 307, 308) or not location:
                return response
            await response.aclose()
            request = redirected(request, response.status, location)
        raise ProviderError(
            f"{origin(request.url)} redirects more than {MAX_REDIRECTS} times.", kind="redirect"
        )


class _Opened:
    """The context of one call."""

    def __init__(
        self, open_: Callable[[Request], "Awaitable[HttpxResponse]"], request: Request
    ) -> None:
        self._open = open_
        self._request = request
        self._response: HttpxResponse | None = None

    async def __aenter__(self) -> "HttpxResponse":
        if self._response is not None:
            raise StateError("A request's context can be entered once only.")
        self._response = await self._open(self._request)
        return self._response

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._response is not None:
            await self._response.aclose()


def completed(
    request: Request, settings: HttpxSettings, timeouts: Timeouts | None = None
) -> Request:
    """Return the request with everything that it leaves to the transport.

    Args:
        request: As the caller made it.
        settings: Of the transport.
        timeouts: Those of the settings, all set, where they are at hand.

    Raises:
        ProviderError: A header cannot be sent.
    """
    timeouts = timeouts or merged(settings.timeouts.steps(), DEFAULT_TIMEOUTS)
    timeouts = merged(request.timeouts, timeouts)
    total = settings.timeouts.total_s if request.timeout_s is None else request.timeout_s
    headers = request.headers
    check_headers(headers)
    if "accept-encoding" not in headers:
        streams = "event-stream" in headers.get("accept", "")
        # A gateway that compresses an event stream tends to hold it back.
        headers = {**headers, "accept-encoding": "identity" if streams else ACCEPTED}
    return replace(request, timeouts=timeouts, timeout_s=total, headers=headers)


def merged(first: Timeouts | None, second: Timeouts) -> Timeouts:
    """Return timeouts where each step that `first` leaves open is that of `second`."""
    if first is None:
        return second
    return Timeouts(
        connect_s=second.connect_s if first.connect_s is None else first.connect_s,
        read_s=second.read_s if first.read_s is None else first.read_s,
        write_s=second.write_s if first.write_s is None else first.write_s,
        pool_s=second.pool_s if first.pool_s is None else first.pool_s,
        stall_s=second.stall_s if first.stall_s is None else first.stall_s,
    )


def check_headers(headers: dict[str, str]) -> None:
    """Refuse headers that would break the request.

    Raises:
        ProviderError: A name or value cannot be sent.
    """
    # One search finds them all: a tab may stand in a header.
    if "" not in headers and not _UNSENDABLE.search("\t".join(chain(headers, headers.values()))):
        return
    for name, value in headers.items():
        if _UNSENDABLE.search(value) or not name or _UNSENDABLE.search(name):
            raise ProviderError(
                f"The header {name!r} cannot be sent: it has a line break, a control character "
                "or a character beyond ASCII.",
                kind="invalid_request",
                hint="Percent-encode it, or leave it out.",
            )


def redirected(request: Request, status: int, location: str) -> Request:
    """Return the request to the new location.

    Raises:
        ProviderError: It has a body, or the way leads from https to http.
    """
    url = urljoin(request.url, location)
    told = f"{origin(request.url)} answered {status}: it wants the request at {masked_url(url)}"
    if request.method not in ("GET", "HEAD"):
        raise ProviderError(
            f"{told}. A {request.method} is not sent on by itself.",
            kind="redirect",
            status=status,
            details={"location": masked_url(url)},
            hint="If you trust the new location, set `base_url` to it.",
        )
    if origin(url) == origin(request.url):
        return replace(request, url=url)
    if not url.startswith("https:") and request.url.startswith("https:"):
        raise ProviderError(
            f"{told}, without encryption.",
            kind="redirect",
            status=status,
            details={"location": masked_url(url)},
        )
    travels = {name: value for name, value in request.headers.items() if name in _TRAVELS}
    return replace(request, url=url, headers=travels)
