"""JSON for programs: one line an event, whatever a tool put into it; listings indented."""

import json
from collections.abc import Mapping
from typing import Any

from jackfield.record import Record

MARK = "$repr"
"""Key of the object that stands for a value that JSON does not know."""


def line(record: Record) -> str:
    """Return a value as one line of ASCII JSON; odd values become `{"$repr": "..."}`."""
    try:
        return _dump(record.to_dict())
    except (TypeError, ValueError, RecursionError):
        return _dump_odd(record)


def pretty(value: Any) -> str:
    """Return a value as indented JSON for the `--json` of listings."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=_marked)


def _dump(value: Any) -> str:
    return json.dumps(value, allow_nan=False, default=_marked)


def _dump_odd(record: Record) -> str:
    try:
        return _dump(_jsonable(record.to_dict()))
    except (TypeError, ValueError, RecursionError) as error:
        return _dump({"type": record.get("type"), MARK: f"cannot be written: {error}"})


def _marked(value: Any) -> dict[str, str]:
    return {MARK: repr(value)}


def _jsonable(value: Any) -> Any:
    """Return the value with keys as text and numbers that JSON does not know marked."""
    if isinstance(value, Mapping):
        return {str(key): _jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(item) for item in value]
    if isinstance(value, float) and value - value != 0:  # infinite, or not a number
        return _marked(value)
    return value
