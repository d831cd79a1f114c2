"""Making flows of other flows of items, without driving them."""

from collections.abc import Callable, Generator, Iterable
from typing import Any, TypeVar

from jackfield.errors import StateError
from jackfield_httpx.service.steps import Flow, Item, ItemFlow, ItemPlan

T = TypeVar("T")
U = TypeVar("U")


def mapped(items: ItemPlan[T], make: Callable[[T], U]) -> ItemFlow[U]:
    """Give what `make` makes of each item."""
    yield from _relayed(items, lambda value: (make(value),))


def expanded(items: ItemPlan[T], make: Callable[[T], Iterable[U]]) -> ItemFlow[U]:
    """Give, one by one, the several (or no) values that `make` makes of each item."""
    yield from _relayed(items, make)


def collected(items: ItemPlan[T]) -> Flow[list[T]]:
    """Return all items as a list."""
    values: list[T] = []

    def keep(value: T) -> Iterable[object]:
        values.append(value)
        return ()

    yield from _relayed(items, keep)
    return values


def last_of(items: ItemPlan[T]) -> Flow[T]:
    """Return the last item.

    Raises:
        StateError: Into the flow: there was none.
    """
    values: list[T] = []

    def keep(value: T) -> Iterable[object]:
        values[:] = [value]
        return ()

    yield from _relayed(items, keep)
    if not values:
        raise StateError("There was no item.")
    return values[0]


def _relayed(
    items: ItemPlan[T], take: Callable[[T], Iterable[object]]
) -> Generator[Any, Any, None]:
    """Pass the steps of the inner flow on, and the values that `take` makes of its items."""
    flow = items.__iter__()
    try:
        step = next(flow)
        while True:
            if isinstance(step, Item):
                for made in take(step.value):
                    yield Item(made)
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
