"""Sending one request once, with httpcore2 (the engine of httpx2)."""

import asyncio
import logging
import math
from collections.abc import Iterable

import httpcore2

from jackfield.http import Request, Timeouts
from jackfield_httpx.engine import Engine, Target, read_url
from jackfield_httpx.failures import FAILURES, network_error, timed_out
from jackfield_httpx.lingering import Lingering
from jackfield_httpx.network import connected
from jackfield_httpx.response import Bounds, HttpxResponse
from jackfield_httpx.settings import HttpxSettings

_log = logging.getLogger(__name__)

CUT = (httpcore2.ReadError, httpcore2.WriteError, httpcore2.RemoteProtocolError)
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})


class _WithoutHeaders(logging.Filter):
    """Keeps the values of response headers, cookies among them, out of httpcore2's debug log."""

    def filter(self, record: logging.LogRecord) -> bool:
        if "headers" in str(record.msg):
            record.msg = str(record.msg).partition(" return_value=")[0]
        return True


for _name in ("http11", "http2", "proxy", "socks"):
    logging.getLogger(f"httpcore2.{_name}").addFilter(_WithoutHeaders())


class Sender:
    """Sends requests and gives responses whose body is still to be read.

    Args:
        settings: Of the transport.
    """

    def __init__(self, settings: HttpxSettings) -> None:
        self._settings = settings
        self._engine = Engine(settings)
        self._lingering = Lingering()

    @property
    def engine(self) -> Engine:
        """The connection pools."""
        return self._engine

    async def send(self, request: Request) -> HttpxResponse:
        """Send the request; return once the head of the answer is there.

        If the server closed a pooled connection while it was idle, the request is sent once
        more, on another one.

        Raises:
            ProviderError: There is no answer.
        """
        target = read_url(request.url)
        timeouts = request.timeouts or Timeouts()
        deadline = _deadline(request)
        try:
            if deadline is None:
                answer = await self._answer(request, target, timeouts)
            else:
                async with asyncio.timeout_at(deadline):
                    answer = await self._answer(request, target, timeouts)
        except TimeoutError:
            raise timed_out(
                f"{target.where} did not answer within the {request.timeout_s:g} s of the whole "
                "call."
            ) from None
        except FAILURES as error:
            raise network_error(error, where=target.where, timeouts=timeouts) from error
        _log.debug("%s %s: %d", request.method, target.where, answer.status)
        bounds = Bounds(
            where=target.where,
            timeouts=timeouts,
            deadline=deadline,
            max_body_bytes=self._settings.max_body_bytes,
            max_decoded_bytes=self._settings.max_decoded_bytes,
        )
        return HttpxResponse(answer, bounds, self._lingering)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._lingering.aclose()
        await self._engine.aclose()

    async def _answer(
        self, request: Request, target: Target, timeouts: Timeouts
    ) -> httpcore2.Response:
        await self._lingering.handover(target.where)
        pool = await self._engine.pool(target)
        opened: list[bool] = []
        token = connected.set(opened)
        try:
            return await pool.handle_async_request(core_request(request, target, timeouts))
        except CUT:
            was_pooled = not opened
            if not was_pooled or not (request.repeatable or request.method in IDEMPOTENT):
                raise
            _log.debug("A pooled connection to %s was closed; sending again.", target.where)
        finally:
            connected.reset(token)
        return await pool.handle_async_request(core_request(request, target, timeouts))


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
    headers = [(b"host", target.host)]
    headers += [(name.encode(), value.encode()) for name, value in request.headers.items()]
    body = request.body
    streamed = content if request.body_stream is None else request.body_stream()
    if streamed is not None and "content-length" not in request.headers:
        headers.append((b"transfer-encoding", b"chunked"))
    elif streamed is None and (body is not None or request.method in _WITH_BODY):
        headers.append((b"content-length", b"%d" % len(body or b"")))
    return httpcore2.Request(
        request.method,
        target.url,
        headers=headers,
        content=(body or b"") if streamed is None else streamed,
        extensions={
            "timeout": {
                "connect": _finite(timeouts.connect_s),
                "read": _finite(timeouts.read_s),
                "write": _finite(timeouts.write_s),
                "pool": _finite(timeouts.pool_s),
            }
        },
    )


def _finite(seconds: float | None) -> float | None:
    return None if seconds == math.inf else seconds


def _deadline(request: Request) -> float | None:
    if request.timeout_s is None or request.timeout_s == math.inf:
        return None
    return asyncio.get_running_loop().time() + request.timeout_s
