"""Reading the fields of a frame, which may be of any type."""

from collections.abc import Mapping
from typing import Any, cast

from jackfield_assistant_ui.wire.events import FinishReason, Usage

REASONS = frozenset({"stop", "length", "content-filter", "tool-calls", "error", "other", "unknown"})


class WrongFieldError(ValueError):
    """A field that a frame needs is missing or of the wrong type."""


def text(frame: Mapping[str, Any], name: str) -> str:
    """Return a field that must be a string.

    Raises:
        WrongFieldError: It is not.
    """
    value = mapping(frame).get(name)
    if not isinstance(value, str):
        raise WrongFieldError(f"{name!r} must be a string, not {_kind(value)}.")
    return value


def optional_text(frame: Mapping[str, Any], name: str) -> str:
    """Return a field that may be missing; empty then.

    Raises:
        WrongFieldError: It is of another type.
    """
    return "" if mapping(frame).get(name) is None else text(frame, name)


def items(frame: Mapping[str, Any], name: str) -> list[Any]:
    """Return a field that must be an array.

    Raises:
        WrongFieldError: It is not.
    """
    return listed(mapping(frame).get(name), name)


def listed(value: Any, name: str = "the value") -> list[Any]:
    """Return a value that must be an array.

    Raises:
        WrongFieldError: It is not.
    """
    if not isinstance(value, list):
        raise WrongFieldError(f"{name} must be an array, not {_kind(value)}.")
    return value


def mapping(value: Any) -> Mapping[str, Any]:
    """Return a value that must be an object.

    Raises:
        WrongFieldError: It is not.
    """
    if not isinstance(value, Mapping):
        raise WrongFieldError(f"The value must be an object, not {_kind(value)}.")
    return value


def reason(frame: Mapping[str, Any]) -> FinishReason:
    """Return the finish reason; one that nobody knows reads as `other`, none as `unknown`."""
    value = frame.get("finishReason")
    if value is None:
        return "unknown"
    return cast("FinishReason", value) if value in REASONS else "other"


def usage(frame: Mapping[str, Any]) -> Usage:
    """Return the counts of tokens; whatever is no count is left out."""
    value = frame.get("usage")
    if not isinstance(value, Mapping):
        return {}
    return {
        name: int(count)
        for name, count in value.items()
        if isinstance(count, int | float) and not isinstance(count, bool) and 0 <= count < 2**63
    }


def _kind(value: Any) -> str:
    return "null" if value is None else type(value).__name__
