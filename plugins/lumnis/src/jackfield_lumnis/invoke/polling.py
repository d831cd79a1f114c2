"""Waiting for a run: ask how it stands, again and again. Source: spec/lumnis.md, 3.3."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jackfield_httpx.service import Flow, ItemFlow, Pace, snapshots
from jackfield_lumnis.exceptions import ErrorCode, LumnisAIError, TransportError, ValidationError
from jackfield_lumnis.models.response import ResponseObject
from jackfield_lumnis.resources.responses import LONGEST_WAIT_S, Responses


@dataclass(slots=True, frozen=True, kw_only=True)
class Polling:
    """How to wait for a run.

    Attributes:
        poll_interval: Seconds from one question to the next.
        wait_timeout: Seconds that the service may hold each question; None for not at all.
        max_wait: Seconds after which to give up; None for never. The run goes on.

    Raises:
        ValidationError: A value is negative.
    """

    poll_interval: float = 2.0
    wait_timeout: float | None = 10
    max_wait: float | None = None

    def __post_init__(self) -> None:
        for name in ("poll_interval", "wait_timeout", "max_wait"):
            value = getattr(self, name)
            if value is not None and not value >= 0:
                raise ValidationError(f"{name} must be 0 s or more, not {value!r}.")


def followed(
    responses: Responses[Any], response_id: str, polling: Polling
) -> ItemFlow[ResponseObject]:
    """Give how a run stands, until it is over.

    Args:
        responses: Where plans are made.
        response_id: The run.
        polling: How to wait.

    Raises:
        LumnisAIError: Into the flow: the run cannot be asked for, or `max_wait` is over; with
            `response_id`, so that the run can be found again.
    """
    clock = responses.service.clock
    end = math.inf if polling.max_wait is None else clock.now() + polling.max_wait
    question = _Question(responses, response_id, polling, lambda: end - clock.now())
    return snapshots(
        question.asked,
        until=lambda snapshot: snapshot.is_terminal,
        pace=Pace(
            interval_s=polling.poll_interval,
            longest_s=math.inf,
            timeout_s=polling.max_wait,
            clock=clock,
        ),
        give_up=lambda _: question.gave_up(),
    )


@dataclass(slots=True, frozen=True)
class _Question:
    """Asks how one run stands."""

    responses: Responses[Any]
    response_id: str
    polling: Polling
    left_s: Callable[[], float]

    def asked(self) -> Flow[ResponseObject]:
        """Ask; where the service failed, ask once more in the plain way."""
        try:
            return (yield from self._asked_patiently())
        except LumnisAIError as exc:
            exc.response_id = self.response_id
            raise

    def gave_up(self) -> TransportError:
        error = TransportError(
            f"The run was not over within {self.polling.max_wait:g} s; it goes on at the service.",
            code=ErrorCode.TIMEOUT,
        )
        error.response_id = self.response_id
        return error

    def _asked_patiently(self) -> Flow[ResponseObject]:
        wait = self._wait_s()
        try:
            return (
                yield from self.responses.snapshot(
                    self.response_id, wait_s=wait, within_s=self.left_s()
                )
            )
        except TransportError as exc:
            if exc.status_code is not None and exc.status_code < 500:
                raise
            if self.left_s() <= 0:
                raise self.gave_up() from exc
        return (yield from self.responses.snapshot(self.response_id, within_s=self.left_s()))

    def _wait_s(self) -> float | None:
        """Return how long the service may hold the question: not beyond `max_wait`."""
        if self.polling.wait_timeout is None:
            return None
        wait = min(self.polling.wait_timeout, LONGEST_WAIT_S)
        left = self.left_s()
        if left < wait:
            wait = math.floor(left)
        return wait if wait > 0 else None
