"""The data of one event -> the JSON object in it. Source: spec/openrouter.md, 9 (F2, F8, F9)."""

import json
from typing import Any

import orjson

from jackfield.errors import ProtocolError

_DONE = b"[DONE]"
_SHOWN_CHARS = 200
_MOST_LINES = 500  # of one object; all of them are read again with each further one
_MOST_BYTES = 256 * 1024


class PayloadReader:
    """Reads data lines one after another; one object may stand on several of them.

    Attributes:
        is_over: The end mark was there.
    """

    __slots__ = ("_begun", "is_over")

    def __init__(self) -> None:
        self.is_over = False
        self._begun = b""  # lines of an object that is not complete yet

    def read(self, raw: bytes) -> dict[str, Any] | None:
        """Return the object; None if the line is blank or the end mark, or if more has to follow.

        Raises:
            ProtocolError: It is something else.
        """
        if self._begun:
            raw, self._begun = self._begun + b"\n" + raw, b""
        try:
            value = orjson.loads(raw)
        except orjson.JSONDecodeError:
            value = self._second_try(raw)
            if value is None:
                return None
        if value.__class__ is not dict:
            raise unreadable(raw)
        found: dict[str, Any] = value
        return found

    def close(self) -> None:
        """Say that nothing follows.

        Raises:
            ProtocolError: An object was not complete.
        """
        if self._begun:
            raise unreadable(self._begun)

    def _second_try(self, raw: bytes) -> Any:
        """Read what orjson refuses and servers send: lone surrogates, raw control characters."""
        bare = raw.strip()
        self.is_over = bare == _DONE or bare.endswith(b"\n" + _DONE)
        if self.is_over and bare != _DONE:
            raise unreadable(raw)  # the lines before the mark were no object
        if self.is_over or not bare:
            return None
        text = raw.decode("utf-8", "replace")
        try:
            return _repaired(json.loads(text, strict=False))
        except json.JSONDecodeError as error:
            is_cut = text[:1] == "{" and error.pos >= len(text.rstrip())
            if is_cut and raw.count(b"\n") < _MOST_LINES and len(raw) < _MOST_BYTES:
                self._begun = raw
                return None
            raise unreadable(raw) from None
        except (RecursionError, ValueError):
            raise unreadable(raw) from None


def unreadable(raw: bytes | str) -> ProtocolError:
    """Return the error for data that is not what it should be."""
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    shown = text.strip()[:_SHOWN_CHARS]
    return ProtocolError(f"The server sent data that is no chunk of an answer: {shown!r}")


def _repaired(value: Any) -> Any:
    """Return the value with U+FFFD for each lone surrogate. Source: spec/rulings.md."""
    if isinstance(value, str):
        return value if value.isascii() else _replaced(value)
    if isinstance(value, dict):
        return {_repaired(key): _repaired(item) for key, item in value.items()}
    return [_repaired(item) for item in value] if isinstance(value, list) else value


def _replaced(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
