"""Sending one request once."""

import asyncio
import logging
import math

from jackfield.http import Request, Timeouts
from jackfield_httpx.engine import Engine
from jackfield_httpx.failures import network_error, timed_out
from jackfield_httpx.lingering import Lingering
from jackfield_httpx.ports import AnyAnswer
from jackfield_httpx.response import Bounds, HttpxResponse
from jackfield_httpx.settings import HttpxSettings
from jackfield_httpx.targets import Target, read_url
from jackfield_httpx.transfer_errors import CUT, TransferError

_log = logging.getLogger(__name__)

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})


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
        except TransferError as error:
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

    async def _answer(self, request: Request, target: Target, timeouts: Timeouts) -> AnyAnswer:
        await self._lingering.handover(target.where)
        pool = await self._engine.pool(target)
        try:
            return await pool.send(request, target, timeouts)
        except CUT as error:
            may_repeat = request.repeatable or request.method in IDEMPOTENT
            if not error.is_pooled or not may_repeat:
                raise
            _log.debug("A pooled connection to %s was closed; sending again.", target.where)
        return await pool.send(request, target, timeouts, anew=True)


def _deadline(request: Request) -> float | None:
    if request.timeout_s is None or request.timeout_s == math.inf:
        return None
    return asyncio.get_running_loop().time() + request.timeout_s
