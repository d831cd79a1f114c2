"""The state that a page shows, and the operations that change it.

Values are JSON: dictionaries, lists and plain values. A state is never changed in place: an
operation gives a new one, which shares with the old one what did not change.
Source: spec/assistant-ui.md, c.2 and d.2 (8-11).
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any, TypeAlias

from jackfield_assistant_ui.wire.events import Operation

PathLike: TypeAlias = Sequence[str | int]
"""Keys and indexes, from the root down."""

FORBIDDEN = frozenset({"__proto__", "constructor", "prototype"})
"""Keys that browsers refuse in a path."""


class StateOperationError(ValueError):
    """An operation cannot be applied; the page would end the run."""


def set_value(path: PathLike, value: Any) -> Operation:
    """Return the operation that puts a value, a copy of it, in a place.

    Args:
        path: Where; empty for the whole state.
        value: Any JSON value.

    Raises:
        StateOperationError: The path has a forbidden key, or the value is not JSON.
    """
    return {"type": "set", "path": _written(path), "value": plain(value)}


def append_text(path: PathLike, text: str) -> Operation:
    """Return the operation that appends to a string, which must be there.

    Args:
        path: Where the string is.
        text: What to append.

    Raises:
        StateOperationError: The path has a forbidden key.
    """
    return {"type": "append-text", "path": _written(path), "value": text}


def applied(state: Any, operations: Iterable[Operation]) -> Any:
    """Return the state after some operations, by the strict rules of the browser.

    Args:
        state: Before; stays as it is. None for none yet.
        operations: In their order.

    Raises:
        StateOperationError: An operation does not fit the state.
    """
    for operation in operations:
        state = _after(state, operation)
    return state


def changes(before: Any, after: Any) -> list[Operation]:
    """Return operations that lead from one state to another.

    Text that grew is appended; what was removed makes its parent be set anew.

    Args:
        before: The state that the other side has.
        after: The state that it should have.

    Raises:
        StateOperationError: The new state is not JSON.
    """
    return _differences((), before, after)


def plain(value: Any) -> Any:
    """Return a deep copy of a JSON value.

    Raises:
        StateOperationError: It is not JSON: a number without an end, a key that is no string,
            an object of another kind.
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise StateOperationError(f"{value} cannot be written as JSON.")
        return value
    if isinstance(value, Mapping):
        return {_key(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    raise StateOperationError(f"{type(value).__name__} is not a JSON type.")


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise StateOperationError(f"A key of an object must be a string, not {key!r}.")
    return key


def _written(path: PathLike) -> list[str]:
    return [_allowed(str(segment)) for segment in path]


def _allowed(segment: str) -> str:
    if segment in FORBIDDEN:
        raise StateOperationError(f"A path cannot name {segment!r}: browsers refuse it.")
    return segment


def _after(state: Any, operation: Operation) -> Any:
    kind, path, value = operation.get("type"), operation.get("path"), operation.get("value")
    if not isinstance(path, list | tuple) or not all(isinstance(each, str) for each in path):
        raise StateOperationError(f"The path of an operation must be strings, not {path!r}.")
    if kind == "set":
        return _replaced(state, tuple(path), 0, lambda _: value)
    if kind == "append-text":
        return _replaced(state, tuple(path), 0, lambda old: _longer(old, value, path))
    raise StateOperationError(f"Unknown operation {kind!r}: use set or append-text.")


def _longer(old: Any, text: Any, path: Sequence[str]) -> str:
    if not isinstance(old, str) or not isinstance(text, str):
        raise StateOperationError(f"Expected string at path [{', '.join(path)}]")
    return old + text


def _replaced(state: Any, path: tuple[str, ...], depth: int, change: Callable[[Any], Any]) -> Any:
    """Return the state with the value at the path changed; only what lies on it is copied."""
    if depth == len(path):
        return change(state)
    segment = _allowed(path[depth])
    if isinstance(state, list):
        index = _index(segment, len(state), path)
        old = state[index] if index < len(state) else None
        new = _replaced(old, path, depth + 1, change)
        return [*state[:index], new, *state[index + 1 :]]
    if state is not None and not isinstance(state, Mapping):
        raise StateOperationError(f"There is nothing inside of {state!r} at {_shown(path, depth)}.")
    held = state or {}
    return {**held, segment: _replaced(held.get(segment), path, depth + 1, change)}


def _index(segment: str, length: int, path: tuple[str, ...]) -> int:
    if not (segment.isascii() and segment.isdigit()) or int(segment) > length:
        raise StateOperationError(
            f"{segment!r} is no index of a list of {length} in the path [{', '.join(path)}]."
        )
    return int(segment)


def _shown(path: tuple[str, ...], depth: int) -> str:
    return f"[{', '.join(path[:depth])}]"


def _differences(path: tuple[str, ...], before: Any, after: Any) -> list[Operation]:
    if before is after:
        return []
    if isinstance(before, str) and isinstance(after, str) and before and after.startswith(before):
        grown = after[len(before) :]
        return [append_text(path, grown)] if grown else []
    inside = _inside(before, after)
    if inside is None:
        same = type(before) is type(after) and before == after
        return [] if same else [set_value(path, after)]
    return [each for key, old, new in inside for each in _differences((*path, key), old, new)]


def _inside(before: Any, after: Any) -> list[tuple[str, Any, Any]] | None:
    """Return key, old and new value of all that is inside; None if it cannot be changed there."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        if not before.keys() <= after.keys() or FORBIDDEN & after.keys():
            return None
        return [(_key(key), before.get(key, _MISSING), after[key]) for key in after]
    if isinstance(before, list) and isinstance(after, list) and len(before) <= len(after):
        pairs = zip_longest(before, after, fillvalue=_MISSING)
        return [(str(index), old, new) for index, (old, new) in enumerate(pairs)]
    return None


_MISSING = object()
