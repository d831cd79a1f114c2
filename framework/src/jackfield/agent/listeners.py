"""Who is told of every event of an agent. Source: spec/agent.md, 5.14."""

import inspect
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

from jackfield.events import AgentEvent
from jackfield.run.abort import AbortSwitch, InterruptedRunError

Listener: TypeAlias = Callable[[AgentEvent], Any]
BatchListener: TypeAlias = Callable[[list[AgentEvent]], None]

_log = logging.getLogger(__name__)


class Subscription:
    """One listener; calling the subscription ends it."""

    __slots__ = ("_listeners", "_reported", "function")

    def __init__(self, function: Listener, listeners: "Listeners | None" = None) -> None:
        self.function = function
        self._listeners = listeners
        self._reported = False

    def __call__(self) -> None:
        """End the subscription."""
        if self._listeners is not None:
            self._listeners.remove(self)

    def report(self) -> None:
        """Log the exception that is being handled, the first time only."""
        if not self._reported:
            self._reported = True
            _log.exception(
                "Listener %r failed; the run goes on, and further failures of it are not logged.",
                self.function,
            )


class Listeners:
    """Listeners in the order of their subscription.

    Attributes:
        present: The subscriptions; replaced, never changed, so that it can be iterated while
            somebody subscribes.
        batches: Functions that take all events of a network read at once.
    """

    __slots__ = ("batches", "present")

    def __init__(self) -> None:
        self.present: tuple[Subscription, ...] = ()
        self.batches: tuple[BatchListener, ...] = ()

    def add(self, function: Listener) -> Subscription:
        """Subscribe a function, plain or async; twice is two subscriptions."""
        subscription = Subscription(function, self)
        self.present = (*self.present, subscription)
        return subscription

    def remove(self, subscription: Subscription) -> None:
        """End a subscription, from the next event on; without effect the second time."""
        self.present = tuple(item for item in self.present if item is not subscription)


def tell_batch(listeners: Sequence[BatchListener], batch: list[AgentEvent]) -> None:
    """Hand all events of a network read to those who take them at once."""
    for listener in listeners:
        try:
            listener(batch)
        except Exception:  # noqa: BLE001 - a listener must not disturb the run
            _log.exception("Listener %r failed; the run goes on.", listener)


def tell(
    subscriptions: Sequence[Subscription], event: AgentEvent, switch: AbortSwitch
) -> Awaitable[None] | None:
    """Tell all of an event, one after another.

    Returns:
        What has to be awaited before the next event; None when all listeners were plain
        functions: then a delta costs no coroutine.
    """
    for index, subscription in enumerate(subscriptions):
        try:
            result = subscription.function(event)
            if result is not None and inspect.isawaitable(result):
                return _go_on(result, subscriptions[index:], event, switch)
        except Exception:  # noqa: BLE001 - a listener must not disturb the run
            subscription.report()
    return None


async def _go_on(
    result: Awaitable[Any],
    subscriptions: Sequence[Subscription],
    event: AgentEvent,
    switch: AbortSwitch,
) -> None:
    """Await the first listener's result, then tell the others."""
    try:
        await switch.undisturbed(result)
    except InterruptedRunError:
        pass  # cancelled from outside in a listener: the others are told all the same
    except Exception:  # noqa: BLE001 - a listener must not disturb the run
        subscriptions[0].report()
    rest = tell(subscriptions[1:], event, switch)
    if rest is not None:
        await rest
