"""Sending one request from a thread, with httpcore2; the blocking counterpart of `sending`."""

import logging
import math
import threading
import time
from collections.abc import Iterable, Iterator

import httpcore2

from jackfield.errors import ProviderError
from jackfield.http import Request, Timeouts
from jackfield_httpx.core import CUT, FAILURES, core_request, transfer_error
from jackfield_httpx.core_network import connected
from jackfield_httpx.decoding import Inflater
from jackfield_httpx.failures import network_error, timed_out
from jackfield_httpx.header_fields import header_fields
from jackfield_httpx.masking import origin
from jackfield_httpx.routes import Routes
from jackfield_httpx.sending import IDEMPOTENT
from jackfield_httpx.service.blocking_network import Backend, ended_by, received
from jackfield_httpx.service.upload import Upload, measured
from jackfield_httpx.settings import HttpxSettings
from jackfield_httpx.targets import Target, read_url
from jackfield_httpx.transport import MAX_REDIRECTS, completed, redirected

_log = logging.getLogger(__name__)


class BlockingSender:
    """Sends requests and gives responses whose body is still to be read; for any thread.

    Args:
        settings: Those of the transport `httpx`.
    """

    def __init__(self, settings: HttpxSettings) -> None:
        self._settings = settings
        self._routes = Routes(settings)
        self._pools: dict[tuple[bool, str], httpcore2.ConnectionPool] = {}
        self._lock = threading.Lock()

    def send(self, request: Request, upload: Upload | None) -> "BlockingResponse":
        """Send the request once, follow redirects of a GET or HEAD, return the answer.

        Raises:
            ProviderError: There is no answer.
        """
        request = completed(request, self._settings)
        deadline = math.inf if request.timeout_s is None else time.monotonic() + request.timeout_s
        for _ in range(MAX_REDIRECTS):
            response = self._send(request, upload, deadline)
            location = response.headers.get("location")
            if response.status not in (301, 302, 303, 307, 308) or not location:
                return response
            response.close()
            request = redirected(request, response.status, location)
        raise ProviderError(
            f"{origin(request.url)} redirects more than {MAX_REDIRECTS} times.", kind="redirect"
        )

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            pools, self._pools = list(self._pools.values()), {}
        for pool in pools:
            pool.close()

    def _send(self, request: Request, upload: Upload | None, deadline: float) -> "BlockingResponse":
        target = read_url(request.url)
        timeouts = _within(request.timeouts or Timeouts(), deadline - time.monotonic())
        arrived: list[bool] = []
        token = received.set(arrived)
        try:
            with ended_by(deadline):
                answer = self._answer(request, upload, target, timeouts)
        except FAILURES as exc:
            if time.monotonic() >= deadline:
                raise _too_late(target.where, request.timeout_s) from exc
            error = transfer_error(exc)
            # HTTP/2 begins with bytes that are no answer.
            error.has_begun = bool(arrived) and not self._settings.http2
            raise network_error(error, where=target.where, timeouts=timeouts) from exc
        finally:
            received.reset(token)
        return BlockingResponse(
            answer,
            where=target.where,
            timeouts=timeouts,
            deadline=deadline,
            max_decoded_bytes=self._settings.max_decoded_bytes,
        )

    def _answer(
        self, request: Request, upload: Upload | None, target: Target, timeouts: Timeouts
    ) -> httpcore2.Response:
        def made() -> httpcore2.Request:
            size = request.headers.get("content-length")
            content = None if upload is None else measured(upload, size)
            return core_request(request, target, timeouts, content)

        pool = self._pool(target)
        opened: list[bool] = []
        token = connected.set(opened)
        try:
            return pool.handle_request(made())
        except CUT:
            if opened or request.method not in IDEMPOTENT:
                raise
            _log.debug("A pooled connection to %s was closed; sending again.", target.where)
        finally:
            connected.reset(token)
        return pool.handle_request(made())

    def _pool(self, target: Target) -> httpcore2.ConnectionPool:
        key = self._routes.key(target)
        with self._lock:
            if key not in self._pools:
                self._pools[key] = httpcore2.ConnectionPool(
                    **self._routes.pool_options(key), network_backend=Backend()
                )
            return self._pools[key]


class BlockingResponse:
    """A response whose head has arrived.

    Args:
        answer: httpcore2's response.
        where: Scheme, host and port, for messages.
        timeouts: Of the request.
        deadline: When the whole must be over, by `time.monotonic`.
        max_decoded_bytes: Most bytes that a compressed body may become.

    Attributes:
        status: The status code.
        headers: Names in lower case; repeated ones joined with a comma.
    """

    def __init__(
        self,
        answer: httpcore2.Response,
        *,
        where: str,
        timeouts: Timeouts,
        deadline: float,
        max_decoded_bytes: int,
    ) -> None:
        self.status: int = answer.status
        self.headers = header_fields(answer.headers)
        self._answer = answer
        self._where = where
        self._timeouts = timeouts
        self._deadline = deadline
        self._max_decoded_bytes = max_decoded_bytes
        self._pieces: Iterator[bytes] | None = None

    def read(self) -> bytes | None:
        """Return the next bytes, or None at the end.

        Raises:
            ProviderError: The connection broke, a timeout, bad compression.
        """
        if self._pieces is None:
            self._pieces = self._decoded()
        try:
            with ended_by(self._deadline):
                piece = next(self._pieces, None)
        except FAILURES as exc:
            self.close()
            if time.monotonic() >= self._deadline:
                raise _too_late(self._where, None) from exc
            error = transfer_error(exc)
            raise network_error(error, where=self._where, timeouts=self._timeouts) from exc
        except ProviderError:
            self.close()
            raise
        if piece is not None and time.monotonic() >= self._deadline:
            self.close()
            raise _too_late(self._where, None)
        return piece

    def close(self) -> None:
        """Give the connection back if the body was read to its end, else close it. Idempotent."""
        self._answer.close()

    def _decoded(self) -> Iterator[bytes]:
        parts: Iterable[bytes] = self._answer.iter_stream()
        encoding = self.headers.get("content-encoding", "").strip().lower()
        if encoding in ("", "identity"):
            yield from parts
            return
        inflater = Inflater(encoding, max_bytes=self._max_decoded_bytes)
        for part in parts:
            yield from inflater.feed(part)
        inflater.close()


def _within(timeouts: Timeouts, left_s: float) -> Timeouts:
    """Return the timeouts, none of them longer than what is left of the time."""
    if left_s == math.inf:
        return timeouts
    left_s = max(left_s, 1e-3)
    steps = {name: getattr(timeouts, name) for name in ("connect_s", "read_s", "write_s", "pool_s")}
    return Timeouts(
        **{name: left_s if value is None else min(value, left_s) for name, value in steps.items()}
    )


def _too_late(where: str, timeout_s: float | None) -> ProviderError:
    told = "the time of the whole call" if timeout_s is None else f"{timeout_s:g} s"
    return timed_out(f"{where} did not answer within {told}.")
