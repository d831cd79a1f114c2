"""Who is told of every event of an agent. Source: spec/agent.md, 5.14."""

import inspect
import logging
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from jackfield.abort import AbortSwitch, InterruptedRunError
from jackfield.events import AgentEvent

Listener: TypeAlias = Callable[[AgentEvent], Any]

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
    """

    __slots__ = ("present",)

    def __init__(self) -> None:
        self.present: tuple[Subscription, ...] = ()

    def add(self, function: Listener) -> Subscription:
        """Subscribe a function, plain or async; twice is two subscriptions."""
        subscription = Subscription(function, self)
        self.present = (*self.present, subscription)
        return subscription

    def remove(self, subscription: Subscription) -> None:
        """End a subscription, from the next event on; without effect the second time."""
        self.present = tuple(item for item in self.present if item is not subscription)


async def tell(
    subscriptions: Sequence[Subscription], event: AgentEvent, switch: AbortSwitch
) -> None:
    """Tell all of an event, one after another; async listeners are awaited."""
    for subscription in subscriptions:
        try:
            result = subscription.function(event)
            if result is not None and inspect.isawaitable(result):
                await switch.undisturbed(result)
        except InterruptedRunError:
            continue  # cancelled from outside in a listener: the others are told all the same
        except Exception:  # noqa: BLE001 - a listener must not disturb the run
            subscription.report()
