"""Reading JSON objects that a model wrote: whole ones strictly, unfinished ones as far as they go.

Source: spec/agent.md, 4.6.
"""

import json
import re
from typing import Any, NoReturn

MAX_DEPTH = 200
"""Deepest nesting that is read; deeper text can be neither validated nor sent again."""

_VALUE, _FIRST_ITEM, _KEY, _FIRST_KEY, _COLON, _NEXT = range(6)
_SPACE = re.compile(r"[ \t\n\r]*+")
_STRING = re.compile(r'"[^"\\]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\]*+)*+"')
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*+)(?:\.\d++)?(?:[eE][+-]?\d++)?", re.ASCII)
_LITERAL = re.compile(r"true|false|null")
# A high surrogate at the very end waits for its second half.
_CUT_STRING = re.compile(
    r'"(?:[^"\\]++'
    r'|\\["\\/bfnrt]'
    r"|\\u(?![dD][89abAB])[0-9a-fA-F]{4}"
    r"|\\u[0-9a-fA-F]{4}(?=\\u[0-9a-fA-F]{4}|\\[^u]|[^\\])"
    r")*+"
)


def load_object(text: str) -> dict[str, Any]:
    """Return the JSON object in `text`; blank text is an object without members.

    Raw control characters inside strings are accepted, since models write them.

    Raises:
        ValueError: It is not a JSON object, or is nested deeper than `MAX_DEPTH`.
    """
    if not text.strip():
        return {}
    try:
        value = _decode(text)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    if not isinstance(value, dict):
        raise ValueError(f"expected an object, got {json_type(value)}")  # noqa: TRY004 - documented
    if text.count("[") + text.count("{") > MAX_DEPTH and _is_deep(value):
        raise ValueError(_TOO_DEEP)
    return value


def parse_streaming_json(text: str | None) -> dict[str, Any] | None:
    """Return the object in `text`, or as much of an unfinished one as is there, or None.

    Cut strings and numbers are kept as far as they go; a cut literal, escape or key is left
    out, and so is everything from the first error on. The cost is linear in the length.
    """
    if not text or not text.lstrip(" \t\n\r").startswith("{"):
        return None
    try:
        return load_object(text)
    except ValueError:
        return _decode_part(_Reading(text).closed())


def json_type(value: Any) -> str:
    """Return JSON's name for the type of a Python value, or Python's where JSON has none."""
    for types, name in _NAMES:
        if isinstance(value, types):
            return name
    return type(value).__name__


class _Reading:
    """One pass over an unfinished object, up to its end or its first error."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.closers: list[str] = []
        self.end = 0  # everything before it is complete, but for the closers
        self.state = _VALUE

    def closed(self) -> str:
        """Return the complete part with all that is open closed."""
        position = self._after_space(0)
        while position < len(self.text):
            after = self._step(position)
            if after == position:
                break
            position = self._after_space(after)
        else:
            return self._close("")
        return self._close(self._cut_value(position))

    def _close(self, cut: str) -> str:
        return self.text[: self.end] + cut + "".join(reversed(self.closers))

    def _after_space(self, position: int) -> int:
        return _SPACE.match(self.text, position).end()  # type: ignore[union-attr]  # matches always

    def _step(self, position: int) -> int:
        """Return where the token at `position` ends, or `position` if it does not belong there."""
        char = self.text[position]
        if self.closers and char == self.closers[-1]:
            return self._leave(position)
        if self.state in (_KEY, _FIRST_KEY):
            return self._token(_STRING, position, _COLON)
        if self.state == _COLON:
            return self._mark(position, ":", _VALUE)
        if self.state == _NEXT:
            return self._mark(position, ",", _KEY if self.closers[-1:] == ["}"] else _VALUE)
        return self._value(position, char)

    def _value(self, position: int, char: str) -> int:
        if char in "{[":
            if len(self.closers) >= MAX_DEPTH:
                return position
            self.closers.append("}" if char == "{" else "]")
            self.state = _FIRST_KEY if char == "{" else _FIRST_ITEM
            self.end = position + 1
            return self.end
        pattern = _STRING if char == '"' else _LITERAL if char in "tfn" else _NUMBER
        after = self._token(pattern, position, _NEXT)
        if after > position:
            self.end = after
        return after

    def _leave(self, position: int) -> int:
        if self.state not in (_NEXT, _FIRST_KEY, _FIRST_ITEM):
            return position
        self.closers.pop()
        self.end = position + 1
        # After the outermost brace nothing may follow: no token belongs there.
        self.state = _NEXT
        return self.end if self.closers else position

    def _token(self, pattern: re.Pattern[str], position: int, state: int) -> int:
        match = pattern.match(self.text, position)
        if match is None:
            return position
        self.state = state
        return match.end()

    def _mark(self, position: int, mark: str, state: int) -> int:
        if self.text[position] != mark:
            return position
        self.state = state
        return position + 1

    def _cut_value(self, position: int) -> str:
        """Return the string that is cut off at the end, closed, with what precedes it."""
        if self.state not in (_VALUE, _FIRST_ITEM) or self.text[position] != '"':
            return ""
        string = _CUT_STRING.match(self.text, position)
        return "" if string is None else self.text[self.end : position] + string.group() + '"'


def _decode_part(text: str) -> dict[str, Any] | None:
    try:
        return _decode(text)  # type: ignore[no-any-return]  # it begins with a brace
    except ValueError:  # a number that Python refuses
        return None


def _finite(number: str) -> float:
    value = float(number)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"the number {number} is too large")
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        inside = [item for item in level if isinstance(item, dict | list)]
        level = [
            item for each in inside for item in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return any(isinstance(item, dict | list) for item in level)


_decode = json.JSONDecoder(strict=False, parse_constant=_refuse, parse_float=_finite).decode
_TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"
_NAMES: tuple[tuple[Any, str], ...] = (
    (bool, "boolean"),
    (int, "integer"),
    (float, "number"),
    (str, "string"),
    (dict, "object"),
    (list | tuple, "array"),
    (type(None), "null"),
)
