"""Telling at once whether the beginning of a history is what it was. Pure: no I/O.

A tool loop sends a history that only grows. All of it is compared before it is sent, because a
message may be changed in place; here that is done by loops that run in C.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from operator import attrgetter, eq, is_
from typing import Any, TypeAlias

import orjson

Value: TypeAlias = tuple[Any, str | None, bytes]
"""A part, its text, and the JSON of its arguments: either of them."""

_content = attrgetter("content")
_text = attrgetter("text")
_control = attrgetter("cache_control")
_arguments = attrgetter("arguments")


class Beginning:
    """The messages that a history began with, and all that is sent of them.

    Attributes:
        wire: The JSON of each message.
    """

    def __init__(self) -> None:
        self.wire: list[bytes] = []
        self._messages: list[Any] = []
        self._contents: list[Any] = []  # the lists of parts themselves
        self._lengths: list[int] = []
        self._parts: list[Any] = []  # of all messages
        self._texts: list[Any] = []  # those of them with text
        self._said: list[str] = []
        self._calls: list[Any] = []  # and those with arguments
        self._json: list[bytes] = []

    def add(self, message: Any, values: Iterable[Value], encoded: bytes) -> None:
        """Add the next message."""
        self.wire.append(encoded)
        self._messages.append(message)
        self._contents.append(message.content)
        self._lengths.append(len(message.content))
        for part, text, arguments in values:
            self._parts.append(part)
            if text is None:
                self._calls.append(part)
                self._json.append(arguments)
            else:
                self._texts.append(part)
                self._said.append(text)

    def is_of(self, messages: Sequence[Any]) -> bool:
        """Tell whether a history begins with these messages, and nothing in them has changed."""
        known = self._messages
        return (
            len(messages) >= len(known)
            and all(map(is_, messages, known))
            and all(map(is_, map(_content, known), self._contents))
            and list(map(len, self._contents)) == self._lengths
            and all(map(is_, chain.from_iterable(self._contents), self._parts))
            and all(map(is_, map(_text, self._texts), self._said))
            and not any(map(_control, self._texts))
            and self._has_same_arguments()
        )

    def _has_same_arguments(self) -> bool:
        try:
            return all(map(eq, map(orjson.dumps, map(_arguments, self._calls)), self._json))
        except TypeError:  # it cannot have all of them: big integers, for one
            return False
