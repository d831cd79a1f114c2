"""What both drivers have in common."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any


@dataclass(slots=True, frozen=True)
class End:
    """A plan came to its end with this value."""

    value: Any


def composed(build: Callable[..., Any], drive: Callable[[Any], Any]) -> Callable[..., Any]:
    """Return the function that builds a plan and drives it, under the name of the first."""

    @wraps(build)
    def driven(*args: Any, **kwargs: Any) -> Any:
        return drive(build(*args, **kwargs))

    # A signature that was set for the function counts `self`, which is bound here.
    driven.__dict__.pop("__signature__", None)
    return driven


def value_of(end: object) -> Any:
    """Return the value with which a plan ended.

    Raises:
        TypeError: It has items, so it did not end.
    """
    if not isinstance(end, End):
        raise TypeError("A plan with items is read with `iterate`, not with `perform`.")
    return end.value
