"""The `data` lines of the event stream -> JSON objects. Source: spec/openrouter.md, 9 (F8, F9)."""

import json
from typing import Any

import orjson

from jackfield.errors import ProtocolError

_SHOWN_CHARS = 200


class PayloadReader:
    """Reads data lines one after another; one object may stand on several of them."""

    __slots__ = ("_begun",)

    def __init__(self) -> None:
        self._begun = b""  # lines of an object that is not complete yet

    def read(self, raw: bytes) -> dict[str, Any] | None:
        """Return the object; None if the line is blank, or more of it has to follow.

        Raises:
            ProtocolError: It is something else.
        """
        if self._begun:
            raw, self._begun = self._begun + b"\n" + raw, b""
        try:
            value = orjson.loads(raw)
        except orjson.JSONDecodeError:
            if not raw.strip():
                return None
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
        """Read what orjson refuses: invalid UTF-8, lone surrogates, raw control characters."""
        text = raw.decode("utf-8", "replace")
        try:
            return _repaired(json.loads(text, strict=False))
        except json.JSONDecodeError as error:
            if text[:1] == "{" and error.pos >= len(text.rstrip()):
                self._begun = raw
                return None
            raise unreadable(raw) from None
        except (RecursionError, ValueError):
            raise unreadable(raw) from None


def unreadable(raw: bytes) -> ProtocolError:
    """Return the error for data that is not what it should be."""
    shown = raw.decode("utf-8", "replace").strip()[:_SHOWN_CHARS]
    return ProtocolError(f"The proxy sent data that is no event: {shown!r}")


def _repaired(value: Any) -> Any:
    """Return the value with U+FFFD for each lone surrogate. Source: spec/rulings.md."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, dict):
        return {_repaired(key): _repaired(item) for key, item in value.items()}
    return [_repaired(item) for item in value] if isinstance(value, list) else value
