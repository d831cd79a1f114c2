"""Reading fields of a request that a stranger wrote."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from jackfield_assistant_ui.serve.refusal import wrong

Json: TypeAlias = Mapping[str, Any]

MAX_ID_CHARS = 256
"""Longest id of a thread, message or call."""


def table(value: Any, place: str) -> Json:
    """Return an object.

    Raises:
        RefusalError: It is none.
    """
    if not isinstance(value, Mapping):
        raise wrong(place, "an object")
    return value


def array(value: Any, place: str) -> list[Any]:
    """Return a list.

    Raises:
        RefusalError: It is none.
    """
    if not isinstance(value, list):
        raise wrong(place, "a list")
    return value


def text(value: Any, place: str) -> str:
    """Return a string.

    Raises:
        RefusalError: It is none.
    """
    if not isinstance(value, str):
        raise wrong(place, "a string")
    return value


def optional_text(holder: Json, key: str, place: str = "") -> str:
    """Return a string that may be missing or null; empty then.

    Raises:
        RefusalError: It is something else.
    """
    value = holder.get(key)
    return "" if value is None else text(value, f"{place}{key}")


def identifier(value: Any, place: str) -> str:
    """Return an id: a string that is neither empty nor endless.

    Raises:
        RefusalError: It is something else.
    """
    found = text(value, place)
    if not found or len(found) > MAX_ID_CHARS:
        raise wrong(place, f"1 to {MAX_ID_CHARS} characters long")
    return found


def optional_identifier(holder: Json, key: str) -> str | None:
    """Return an id that may be missing or null.

    Raises:
        RefusalError: It is something else.
    """
    value = holder.get(key)
    return None if value is None else identifier(value, key)


def optional_table(holder: Json, key: str) -> Json:
    """Return an object that may be missing or null; empty then.

    Raises:
        RefusalError: It is something else.
    """
    value = holder.get(key)
    return {} if value is None else table(value, key)
