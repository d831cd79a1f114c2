"""Waiting for something that takes the service a while: ask, wait, ask again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from jackfield.errors import ProviderError
from jackfield_httpx.retry import Clock
from jackfield_httpx.service.flows import last_of
from jackfield_httpx.service.steps import Flow, Item, ItemFlow, Pause, Plan

T = TypeVar("T")


@dataclass(slots=True, frozen=True, kw_only=True)
class Pace:
    """How often to ask, and for how long.

    Attributes:
        interval_s: Seconds from one question to the next; the time that the service took for
            its answer counts, so a held long poll adds no wait.
        growth: Each interval is that many times the one before.
        longest_s: The longest interval.
        timeout_s: Seconds after which to give up; None for never. Nothing is cancelled at the
            service.
        clock: Time.
    """

    interval_s: float = 1.0
    growth: float = 1.0
    longest_s: float = 30.0
    timeout_s: float | None = None
    clock: Clock = Clock()  # noqa: RUF009 - it has no state

    def interval_after(self, questions: int) -> float:
        """Return the seconds from question number `questions` (from 1) to the next one."""
        return min(self.longest_s, self.interval_s * self.growth ** min(questions - 1, 1000))


def snapshots(
    ask: Callable[[], Plan[T]],
    *,
    until: Callable[[T], bool],
    pace: Pace,
    give_up: Callable[[T], Exception] | None = None,
) -> ItemFlow[T]:
    """Give each answer, the one with which it ends included.

    Args:
        ask: Makes the plan of one question.
        until: Whether an answer is the last one.
        pace: How often and how long.
        give_up: Makes the exception for the last answer when the time is over; by default
            `ProviderError` of the kind `timeout`.
    """
    started = pace.clock.now()
    questions = 0
    while True:
        asked = pace.clock.now()
        answer = yield from ask()
        questions += 1
        is_last = until(answer)
        yield Item(answer)
        if is_last:
            return
        now = pace.clock.now()
        wait = max(0.0, pace.interval_after(questions) - (now - asked))
        if pace.timeout_s is not None:
            left = pace.timeout_s - (now - started)
            if left <= 0:
                raise (give_up or _gave_up(pace))(answer)
            wait = min(wait, left)
        if wait:
            yield from Pause(wait)


def poll(
    ask: Callable[[], Plan[T]],
    *,
    until: Callable[[T], bool],
    pace: Pace,
    give_up: Callable[[T], Exception] | None = None,
) -> Flow[T]:
    """Ask until an answer is the last one, and return it; arguments as of `snapshots`."""
    return (yield from last_of(snapshots(ask, until=until, pace=pace, give_up=give_up)))


def _gave_up(pace: Pace) -> Callable[[object], Exception]:
    message = f"The service was not ready within {pace.timeout_s:g} s."
    return lambda _: ProviderError(message, kind="timeout", retryable=True)
