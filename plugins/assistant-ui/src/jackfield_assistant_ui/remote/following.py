"""A state that pages show -> the events of the answer in it. Source: spec/assistant-ui.md, c.2."""

from collections.abc import Mapping
from typing import Any

from jackfield_assistant_ui.wire.events import (
    CallArgs,
    CallArgsEnd,
    CallResult,
    CallStart,
    Event,
    Reasoning,
    Source,
    StreamError,
    Text,
)


class AnswerFollower:
    """Tells what an answer in a state has more than in the state before."""

    def __init__(self) -> None:
        self._lengths: dict[tuple[int, int], int] = {}
        self._settled: set[str] = set()
        self._begun: set[str] = set()
        self._error = ""

    def events(self, state: Any) -> list[Event]:
        """Return what is new in a state."""
        if not isinstance(state, Mapping):
            return []
        messages = state.get("messages")
        found: list[Event] = []
        for number, message in _answers(messages if isinstance(messages, list) else []):
            parts = message.get("parts", message.get("content"))
            for index, part in enumerate(parts if isinstance(parts, list) else []):
                if isinstance(part, Mapping):
                    found += self._part((number, index), part)
        return found + self._failure(state)

    def _part(self, place: tuple[int, int], part: Mapping[str, Any]) -> list[Event]:
        kind = part.get("type")
        if kind == "text":
            return [Text(more) for more in self._more(place, part.get("text"))]
        if kind == "reasoning":
            return [Reasoning(more) for more in self._more(place, part.get("text"))]
        if kind == "tool-call":
            return self._call(place, part)
        if kind == "source" and place not in self._lengths:
            self._lengths[place] = 1
            url, title = str(part.get("url", "")), str(part.get("title") or "")
            return [Source(str(part.get("id", "")), url, title)]
        return []

    def _call(self, place: tuple[int, int], part: Mapping[str, Any]) -> list[Event]:
        call_id, found = str(part.get("toolCallId", "")), list[Event]()
        if call_id not in self._begun:
            self._begun.add(call_id)
            found.append(CallStart(call_id, str(part.get("toolName", ""))))
        found += [CallArgs(call_id, more) for more in self._more(place, part.get("argsText"))]
        if "result" in part and call_id not in self._settled:
            self._settled.add(call_id)
            is_error = part.get("isError") is True
            result = CallResult(call_id, part["result"], is_error, part.get("artifact"))
            found += [CallArgsEnd(call_id), result]
        return found

    def _more(self, place: tuple[int, int], text: Any) -> list[str]:
        """Return the end of a text that was not told yet."""
        known = self._lengths.get(place, 0)
        if not isinstance(text, str) or len(text) <= known:
            return []
        self._lengths[place] = len(text)
        return [text[known:]]

    def _failure(self, state: Mapping[str, Any]) -> list[Event]:
        error = state.get("error")
        if not isinstance(error, str) or not error or error == self._error:
            return []
        self._error = error
        return [StreamError(error)]


def _answers(messages: list[Any]) -> list[tuple[int, Mapping[str, Any]]]:
    """Return the messages of the assistant after the last one of the user, with their numbers."""
    found: list[tuple[int, Mapping[str, Any]]] = []
    for number in range(len(messages) - 1, -1, -1):
        message = messages[number]
        if not isinstance(message, Mapping) or message.get("role") != "assistant":
            break
        found.append((number, message))
    return found[::-1]
