"""Fragments of tool calls: which call a fragment belongs to, however odd the gateway.

Source: spec/openrouter.md, 10.5 (rules K1 to K5), and spec/rulings.md.
"""

import json
from typing import Any

import orjson

from jackfield.answer import Answer
from jackfield.errors import ProtocolError


class CallFragments:
    """Joins the fragments of one answer to calls.

    Args:
        answer: Gets the calls.
    """

    __slots__ = ("_answer", "_calls", "_last")

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._calls: list[_Call] = []
        self._last: _Call | None = None  # the newest call of its index, if it was the last to grow

    def take(self, fragment: Any, *, position: int | None = None) -> None:
        """Add one element of `tool_calls`, or a legacy `function_call` as `{"function": ...}`.

        Args:
            fragment: As received.
            position: Stands in for a missing index, where calls come whole and in order.

        Raises:
            ProtocolError: It is no object, or a field has an impossible type.
        """
        if not isinstance(fragment, dict):
            raise ProtocolError(f"A tool call is {fragment!r:.200}, not an object.")
        function = fragment.get("function") or {}
        if self._continues(fragment, function):
            return
        if not isinstance(function, dict):
            raise ProtocolError(f"A tool call's function is {function!r:.200}, not an object.")
        index = fragment.get("index", position)
        wire_id, name = _text(fragment.get("id"), "id"), _text(function.get("name"), "name")
        arguments = _arguments(function.get("arguments"))
        call = self._found(index, wire_id, name, arguments)
        if call is not None:
            call = self._checked(call, wire_id, name, arguments)
            if call is _REPEATED:
                return
        if call is None:
            call = self._open(index, wire_id, name)
        self._last = None if wire_id and call.pieces else call
        self._append(call, arguments)

    def _continues(self, fragment: dict[str, Any], function: Any) -> bool:
        """Take a fragment that is nothing but the next piece of arguments, as nearly all are."""
        call = self._last
        if call is None or len(function) != 1 or fragment.get("index") != call.index:
            return False
        arguments = function.get("arguments") if function.__class__ is dict else None
        if arguments.__class__ is not str or fragment.get("id") or len(arguments) == call.length:
            return False
        self._append(call, arguments)
        return True

    def _append(self, call: "_Call", arguments: str) -> None:
        if arguments:
            call.pieces.append(arguments)
            call.length += len(arguments)
            self._answer.arguments(call.key, arguments)

    def _found(self, index: Any, wire_id: str, name: str, arguments: str) -> "_Call | None":
        """Return the call that index and id point at (K1 to K4); None for a new one."""
        if wire_id:
            for call in reversed(self._calls):
                if call.wire_id == wire_id and (index is None or call.index == index):
                    return call
        if index is None:
            return self._unnumbered(wire_id, name)
        for call in reversed(self._calls):
            if call.index == index:
                is_other = bool(wire_id and call.wire_id and name)  # the ids differ: see above
                return None if is_other and call.is_settled() else call
        return self._elsewhere(wire_id, name, arguments)

    def _elsewhere(self, wire_id: str, name: str, arguments: str) -> "_Call | None":
        """Return the call of this id, at another index, if the fragment repeats or continues it."""
        for call in reversed(self._calls):
            if wire_id and call.wire_id == wire_id:
                is_same = not name or (name == call.name and call.repeats(arguments))
                return call if is_same else None
        return None

    def _unnumbered(self, wire_id: str, name: str) -> "_Call | None":
        if wire_id or not self._calls:
            return None
        last = self._calls[-1]
        return None if name and last.length and last.is_settled() else last

    def _checked(self, call: "_Call", wire_id: str, name: str, arguments: str) -> "_Call | None":
        """Return the call if the fragment continues it; `_REPEATED`, or None for a new one (K5)."""
        if not name:
            if arguments and call.repeats(arguments):
                return _REPEATED
        elif call.is_complete():
            return self._after_complete(call, wire_id, name, arguments)
        elif call.name and name != call.name:
            if call.length:
                return None  # the first stays as it is and will be refused
            call.name += name  # a name in pieces
            self._answer.call(call.key).name = call.name
        self._complete_head(call, wire_id, name)
        return call

    def _after_complete(
        self, call: "_Call", wire_id: str, name: str, arguments: str
    ) -> "_Call | None":
        if name != call.name:
            return None
        if not arguments.strip():
            self._complete_head(call, wire_id, name)
            return call
        return (
            _REPEATED if wire_id and call.wire_id == wire_id and call.repeats(arguments) else None
        )

    def _complete_head(self, call: "_Call", wire_id: str, name: str) -> None:
        """Take the id or name that the call has not got yet."""
        if wire_id and not call.wire_id:
            call.wire_id = wire_id
            used = {part.id for part in self._answer.message.tool_calls()}
            if wire_id not in used:
                self._answer.call(call.key).id = wire_id
        if name and not call.name:
            call.name = name
            self._answer.call(call.key).name = name

    def _open(self, index: Any, wire_id: str, name: str) -> "_Call":
        call = _Call(len(self._calls), index, wire_id, name)
        self._calls.append(call)
        self._answer.open_call(call.key, id=wire_id, name=name)
        return call


class _Call:
    """A call and the argument text collected so far."""

    __slots__ = ("index", "key", "length", "name", "pieces", "wire_id")

    def __init__(self, key: int, index: Any, wire_id: str, name: str) -> None:
        self.key, self.index, self.wire_id, self.name = key, index, wire_id, name
        self.pieces: list[str] = []
        self.length = 0

    def text(self) -> str:
        if len(self.pieces) > 1:
            self.pieces[:] = ["".join(self.pieces)]
        return self.pieces[0] if self.pieces else ""

    def is_complete(self) -> bool:
        """Tell whether the arguments are a JSON object, so that nothing can follow."""
        if not self.pieces or self.pieces[-1].rstrip()[-1:] != "}":
            return False
        try:
            return isinstance(json.loads(self.text(), strict=False), dict)
        except (ValueError, RecursionError):
            return False

    def is_settled(self) -> bool:
        return not self.length or self.is_complete()

    def repeats(self, arguments: str) -> bool:
        """Tell whether these are the complete arguments once more."""
        return len(arguments) == self.length and arguments == self.text() and self.is_complete()


_REPEATED = _Call(-1, None, "", "")


def _text(value: Any, name: str) -> str:
    if value is None:
        return ""
    if isinstance(value, str | int) and not isinstance(value, bool):
        return str(value)
    raise ProtocolError(f"The {name} of a tool call is {value!r:.200}, not a string.")


def _arguments(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, dict):
        return orjson.dumps(value).decode()
    raise ProtocolError(f"The arguments of a tool call are {value!r:.200}, not a string.")
