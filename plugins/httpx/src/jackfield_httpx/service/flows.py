"""Making flows of other flows of items, without driving them."""

from collections.abc import Callable, Generator
from typing import Any, TypeVar

from jackfield.errors import StateError
from jackfield_httpx.service.steps import Flow, Item, ItemFlow, ItemPlan

T = TypeVar("T")
U = TypeVar("U")


def mapped(items: ItemPlan[T], make: Callable[[T], U]) -> ItemFlow[U]:
    """Give what `make` makes of each item."""
    yield from _relayed(items, lambda value: Item(make(value)))


def collected(items: ItemPlan[T]) -> Flow[list[T]]:
    """Return all items as a list."""
    values: list[T] = []
    yield from _relayed(items, values.append)
    return values


def last_of(items: ItemPlan[T]) -> Flow[T]:
    """Return the last item.

    Raises:
        StateError: Into the flow: there was none.
    """
    values: list[T] = []

    def keep(value: T) -> None:
        values[:] = [value]

    yield from _relayed(items, keep)
    if not values:
        raise StateError("There was no item.")
    return values[0]


def _relayed(
    items: ItemPlan[T], take: Callable[[T], Item[Any] | None]
) -> Generator[Any, Any, None]:
    """Pass the steps of the inner flow on, and of its items what `take` makes of them."""
    flow = items.__iter__()
    try:
        step = next(flow)
        while True:
            if isinstance(step, Item):
                made = take(step.value)
                if made is not None:
                    yield made
                step = next(flow)
                continue
            try:
                answer = yield step
            except GeneratorExit:
                raise
            except BaseException as exc:  # noqa: BLE001 - the inner flow decides
                step = flow.throw(exc)
            else:
                step = flow.send(answer)
    except StopIteration:
        return
    finally:
        flow.close()
