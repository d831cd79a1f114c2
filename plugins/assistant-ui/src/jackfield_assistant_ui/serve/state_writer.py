"""A run as changes of the state that the page shows. Source: spec/assistant-ui.md, c.2.

Text is appended, never set anew, and kept in pieces here: a delta costs the same however long
the message is.
"""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from jackfield.messages import ToolCallContent
from jackfield_assistant_ui.wire.encoders.json_bytes import strict_bytes
from jackfield_assistant_ui.wire.events import FinishReason, Operation, Source

_RUNNING = {"type": "running"}


class _Growth:
    """The text that grows: what is told to the page already, and what is not."""

    __slots__ = ("fresh", "key", "kind", "part", "path", "told")

    def __init__(self, kind: str, path: list[str], part: dict[str, Any], key: str) -> None:
        self.kind, self.path, self.part, self.key = kind, path, part, key
        self.told: list[str] = [part[key]]
        self.fresh: list[str] = []

    def settle(self) -> None:
        """Write the text into its part."""
        text = "".join(self.told)
        self.told[:] = [text]
        self.part[self.key] = text


class StateWriter:
    """Writes the assistant's message into a state.

    Args:
        state: With the user's message in it; it is changed in place.
        message_id: Of the last message, if the answer goes on in that; empty begins a new one.

    Attributes:
        state: As the page has it once it has applied what `take` returned.
    """

    def __init__(self, state: dict[str, Any], message_id: str = "") -> None:
        self.state = state
        messages: list[dict[str, Any]] = state["messages"]
        self._operations: list[Operation] = []
        self._growth: _Growth | None = None
        self._calls: dict[str, tuple[int, dict[str, Any]]] = {}
        if message_id:
            self._message = messages[-1]
            self._at = ["messages", str(len(messages) - 1)]
            for number, part in enumerate(self._message["parts"]):
                if part.get("type") == "tool-call":
                    self._calls[str(part.get("toolCallId"))] = (number, part)
            self.status(_RUNNING)
        else:
            self._message = {
                "id": uuid4().hex,
                "role": "assistant",
                "parts": [],
                "status": _RUNNING,
            }
            self._at = ["messages", str(len(messages))]
            messages.append(self._message)
            # A copy: the message here grows, the operation must stay what it is.
            self._operations.append(_set(self._at, {**self._message, "parts": []}))

    @property
    def message(self) -> dict[str, Any]:
        """The assistant's message, as it is now."""
        self._flush()
        if self._growth is not None:
            self._growth.settle()
        return self._message

    def take(self) -> list[Operation]:
        """Return the changes since the last call."""
        self._flush()
        operations, self._operations = self._operations, []
        return operations

    def settled(self) -> dict[str, Any]:
        """Return the whole state, as it is after the last `take`; it goes on changing."""
        if self._growth is not None:
            self._growth.settle()
        return self.state

    def turn_start(self) -> None:
        """A call of the model begins: nothing that the page shows."""

    def turn_end(self, reason: FinishReason, usage: Mapping[str, int]) -> None:
        """A call of the model is over: nothing that the page shows."""

    def text(self, kind: str, text: str) -> None:
        """Append text or, with the kind `reasoning`, thinking."""
        growth = self._growth
        if growth is not None and growth.kind == kind:
            growth.fresh.append(text)
            return
        self._seal()
        part = {"type": kind, "text": text}
        path = [*self._add(part), "text"]
        self._growth = _Growth(kind, path, part, "text")

    def call_start(self, call_id: str, name: str) -> None:
        """Begin a tool call."""
        self._seal()
        part: dict[str, Any] = {"type": "tool-call", "toolCallId": call_id, "toolName": name}
        part |= {"args": {}, "argsText": ""}
        self._calls[call_id] = (len(self._message["parts"]), part)
        self._add(part)

    def call_arguments(self, call_id: str, text: str) -> None:
        """Append to the text of a call's arguments."""
        found = self._calls.get(call_id)
        if found is None or not text:
            return
        kind = f"call {call_id}"
        if self._growth is None or self._growth.kind != kind:
            self._seal()
            path = [*self._path(found[0]), "argsText"]
            self._growth = _Growth(kind, path, found[1], "argsText")
        self._growth.fresh.append(text)

    def call_end(self, call: ToolCallContent) -> None:
        """Complete a call: its arguments are parsed."""
        found = self._calls.get(call.id)
        if found is None:
            return
        self._seal()
        number, part = found
        if not part["argsText"]:
            part["argsText"] = "{}"
            self._operations.append(_append([*self._path(number), "argsText"], "{}"))
        if call.arguments:
            self._put(number, part, "args", call.arguments)

    def call_result(self, call_id: str, result: Any, *, is_error: bool, artifact: Any) -> None:
        """Give a call its result; one that has a result keeps it."""
        found = self._calls.get(call_id)
        if found is None or "result" in found[1]:
            return
        number, part = found
        self._put(number, part, "result", result)
        if is_error:
            self._put(number, part, "isError", is_error)
        if artifact is not None:
            self._put(number, part, "artifact", artifact)

    def source(self, source: Source) -> None:
        """Say what the answer cites."""
        self._seal()
        part = {"type": "source", "sourceType": "url", "id": source.id, "url": source.url}
        self._add(part | ({"title": source.title} if source.title else {}))

    def approval(self, call_id: str, approval_id: str) -> None:
        """Say that a call waits for the user."""
        number, part = self._calls[call_id]
        self._put(number, part, "approval", {"id": approval_id, "state": "requested"})

    def denied(self, call_id: str, result: Any) -> None:
        """Say that the user denied a call."""
        self.call_result(call_id, result, is_error=True, artifact=None)

    def status(self, status: dict[str, Any]) -> None:
        """Say how the message stands."""
        self._flush()
        self._message["status"] = status
        self._operations.append(_set([*self._at, "status"], status))

    def error(self, text: str) -> None:
        """Say in the state that the run failed."""
        self._flush()
        self.state["error"] = text
        self._operations.append(_set(["error"], text))

    def _add(self, part: dict[str, Any]) -> list[str]:
        path = self._path(len(self._message["parts"]))
        self._message["parts"].append(part)
        self._operations.append(_set(path, dict(part)))
        return path

    def _put(self, number: int, part: dict[str, Any], key: str, value: Any) -> None:
        strict_bytes(value)  # what is not JSON must not get into the state
        self._flush()
        part[key] = value
        self._operations.append(_set([*self._path(number), key], value))

    def _path(self, number: int) -> list[str]:
        return [*self._at, "parts", str(number)]

    def _flush(self) -> None:
        """Make one operation of the text since the last one."""
        growth = self._growth
        if growth is None or not growth.fresh:
            return
        text = "".join(growth.fresh)
        growth.fresh.clear()
        growth.told.append(text)
        self._operations.append(_append(growth.path, text))

    def _seal(self) -> None:
        """End the text that grew."""
        self._flush()
        if self._growth is not None:
            self._growth.settle()
            self._growth = None


def _set(path: list[str], value: Any) -> Operation:
    return {"type": "set", "path": path, "value": value}


def _append(path: list[str], text: str) -> Operation:
    return {"type": "append-text", "path": path, "value": text}
