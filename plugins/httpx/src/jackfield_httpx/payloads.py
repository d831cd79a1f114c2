"""The data of events -> the JSON objects in them. Source: spec/openrouter.md, 9 (F2, F8, F9)."""

import json
from typing import Any

import orjson

from jackfield.errors import ProtocolError
from jackfield_httpx.json_text import forgiving_json

_DONE = b"[DONE]"
_SHOWN_CHARS = 200
_MOST_LINES = 500  # of one object; all of them are read again with each further one
_MOST_BYTES = 256 * 1024


class PayloadReader:
    """Reads data lines one after another; one object may stand on several of them.

    Args:
        complaint: What the error says of data that is no object; the data follows it.

    Attributes:
        is_over: The end mark `[DONE]` was there.
    """

    __slots__ = ("_begun", "_complaint", "is_over")

    def __init__(self, complaint: str = "The server sent data that is no JSON object") -> None:
        self.is_over = False
        self._complaint = complaint
        self._begun = b""  # lines of an object that is not complete yet

    def read(self, raw: bytes) -> dict[str, Any] | None:
        """Return the object; None if the line is blank or the end mark, or if more has to follow.

        Raises:
            ProtocolError: It is something else.
        """
        if self._begun:
            raw, self._begun = self._begun + b"\n" + raw, b""
        elif raw == _DONE:  # each answer ends so, and an exception is dear
            self.is_over = True
            return None
        try:
            value = orjson.loads(raw)
        except orjson.JSONDecodeError:
            value = self._second_try(raw)
            if value is None:
                return None
        if value.__class__ is not dict:
            raise self._unreadable(raw)
        found: dict[str, Any] = value
        return found

    def close(self) -> None:
        """Say that nothing follows.

        Raises:
            ProtocolError: An object was not complete.
        """
        if self._begun:
            raise self._unreadable(self._begun)

    def _second_try(self, raw: bytes) -> Any:
        """Read what orjson refuses and servers send; None if that is no object yet."""
        bare = raw.strip()
        self.is_over = bare == _DONE or bare.endswith(b"\n" + _DONE)
        if self.is_over and bare != _DONE:
            raise self._unreadable(raw)  # the lines before the mark were no object
        if self.is_over or not bare:
            return None
        text = raw.decode("utf-8", "replace")
        try:
            return forgiving_json(text)
        except json.JSONDecodeError as error:
            is_cut = text[:1] == "{" and error.pos >= len(text.rstrip())
            if is_cut and raw.count(b"\n") < _MOST_LINES and len(raw) < _MOST_BYTES:
                self._begun = raw
                return None
            raise self._unreadable(raw) from None
        except (RecursionError, ValueError):
            raise self._unreadable(raw) from None

    def _unreadable(self, raw: bytes) -> ProtocolError:
        return unreadable(self._complaint, raw)


def unreadable(complaint: str, data: bytes | str) -> ProtocolError:
    """Return the error for data that is not what it should be; it shows how the data begins."""
    text = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
    return ProtocolError(f"{complaint}: {text.strip()[:_SHOWN_CHARS]!r}")
