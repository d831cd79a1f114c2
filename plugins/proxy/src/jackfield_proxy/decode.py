"""Events of the proxy -> the answer. Sans I/O. Source: spec/agent.md, 13.3 and 13.4."""

import logging
from collections.abc import Callable
from typing import Any

import orjson

from jackfield.answer import Answer
from jackfield.errors import ProtocolError, ProviderError
from jackfield.messages import (
    AssistantPart,
    TextContent,
    ThinkingContent,
    ToolCallContent,
    normalise_stop_reason,
)
from jackfield_httpx.payloads import PayloadReader
from jackfield_httpx.service_errors import error_from_object
from jackfield_proxy.usage import read_usage

_log = logging.getLogger(__name__)

_COMPLAINT = "The proxy sent data that is no event"


class EventDecoder:
    """Reads one stream into one answer.

    The server names blocks by their position in the message; ours has the same positions.

    Args:
        answer: Is told what arrives.
        provider: The provider's name, for errors.

    Attributes:
        is_over: Whether the terminal event came; what follows it is ignored.
    """

    __slots__ = (
        "_answer",
        "_calls",
        "_ended",
        "_growing",
        "_payloads",
        "_provider",
        "_seen",
        "is_over",
    )

    def __init__(self, answer: Answer, *, provider: str = "proxy") -> None:
        self.is_over = False
        self._answer = answer
        self._provider = provider
        self._payloads = PayloadReader(_COMPLAINT)
        self._seen = False  # any event at all
        self._growing = ("", -1)  # kind and place of the open text or thinking block
        self._calls: list[int] = []  # open calls, in order
        self._ended: set[int] = set()  # ... of which the server has ended these

    def feed(self, lines: list[bytes]) -> None:
        """Take the values of `data` lines.

        Raises:
            ProviderError: The server sent an error (`aborted` is its kind if it says so), or
                something that is no event in its place.
        """
        for line in lines:
            if self.is_over:
                return
            event = self._payloads.read(line)
            if event is not None:
                self._take(event)
            elif self._payloads.is_over:  # the mark of other protocols; ours ends with an event
                self.close()

    def close(self) -> None:
        """Say that nothing follows.

        Raises:
            ProviderError: The answer is not complete.
        """
        if self.is_over:
            return
        self._payloads.close()
        text = "Stream ended before done"
        if not self._seen:
            raise ProviderError(text, kind="empty", retryable=True)
        raise ProtocolError(text)

    def _take(self, event: dict[str, Any]) -> None:
        kind = event.get("type")
        step = _STEPS.get(kind) if isinstance(kind, str) else None
        self._seen = True
        if step is not None:
            step(self, event)
        elif kind is None and event.get("error"):
            raise error_from_object(self._provider, event)
        else:
            _log.debug("The proxy sent an event of unknown type %r; ignored.", kind)

    def _start(self, event: dict[str, Any]) -> None:  # noqa: ARG002 - it has no fields
        self._answer.start()

    def _text_start(self, event: dict[str, Any]) -> None:
        index = self._check_next(event)
        self._answer.end_block()  # the server may have forgotten it
        self._answer.open_text()
        self._growing = ("text", index)

    def _thinking_start(self, event: dict[str, Any]) -> None:
        index = self._check_next(event)
        self._answer.end_block()
        self._answer.open_thinking()
        self._growing = ("thinking", index)

    def _text_delta(self, event: dict[str, Any]) -> None:
        self._answer.text(self._delta(event, "text", TextContent))

    def _thinking_delta(self, event: dict[str, Any]) -> None:
        self._answer.thinking(self._delta(event, "thinking", ThinkingContent))

    def _delta(self, event: dict[str, Any], word: str, kind: type[AssistantPart]) -> str:
        index, delta = event.get("contentIndex"), event.get("delta")
        if index.__class__ is int and delta.__class__ is str and self._growing == (word, index):
            known: str = delta
            return known
        self._open_part(event, kind, f"{word}_delta", word)
        return _delta(event)

    def _text_end(self, event: dict[str, Any]) -> None:
        part = self._part(event, TextContent, "text_end", "text")
        if part.is_open:
            self._growing = ("", -1)
            self._answer.end_block(signature=_signature(event))
        elif signature := _signature(event):  # another block has ended this one already
            part.text_signature = signature

    def _thinking_end(self, event: dict[str, Any]) -> None:
        part = self._part(event, ThinkingContent, "thinking_end", "thinking")
        if part.is_open:
            self._growing = ("", -1)
            self._answer.end_block(
                signature=_signature(event), redacted=event.get("redacted") is True
            )
        elif signature := _signature(event):
            part.thinking_signature = signature

    def _call_start(self, event: dict[str, Any]) -> None:
        index = self._check_next(event)
        call_id, name = event.get("id", ""), event.get("toolName")
        if not isinstance(name, str) or not name or not isinstance(call_id, str):
            raise ProtocolError(f"Received {event['type']} without a tool's name: {event!r:.200}")
        self._answer.open_call(index, id=call_id, name=name)
        self._growing = ("", -1)
        self._calls.append(index)

    def _call_delta(self, event: dict[str, Any]) -> None:
        index = self._open_part(event, ToolCallContent, "tool_call_delta", "tool_call")
        self._answer.arguments(index, _delta(event))

    def _call_end(self, event: dict[str, Any]) -> None:
        index = _index(event)
        if index not in self._calls:
            return
        self._complete(index, event.get("toolCall"))
        self._ended.add(index)
        while self._calls and self._calls[0] in self._ended:  # calls end in the order of their
            self._answer.end_call(self._calls.pop(0))  # places, whatever the server does

    def _complete(self, index: int, told: Any) -> None:
        """Take the arguments from the end of a call that had no deltas (later pi servers)."""
        arguments = told.get("arguments") if isinstance(told, dict) else None
        if isinstance(arguments, dict) and not self._answer.call(index).partial_json:
            self._answer.arguments(index, orjson.dumps(arguments).decode())

    def _done(self, event: dict[str, Any]) -> None:
        answer, raw = self._answer, event.get("reason")
        reason = normalise_stop_reason(raw) if isinstance(raw, str) else "stop"
        if reason == "error" or reason == "aborted":
            self._error(event)
        elif reason == "tool_calls" and not answer.message.tool_calls():
            reason = "stop"
        self._end(event)
        answer.finish(reason)  # type: ignore[arg-type]  # the bad ends have raised

    def _error(self, event: dict[str, Any]) -> None:
        self._end(event)
        text = event.get("errorMessage")
        if not isinstance(text, str) or not text.strip():
            text = "The proxy reported an error without a message."
        raise ProviderError(text, kind="aborted" if event.get("reason") == "aborted" else "server")

    def _end(self, event: dict[str, Any]) -> None:
        message, raw = self._answer.message, event.get("reason")
        self.is_over = True
        message.usage = read_usage(event.get("usage"))
        message.raw_stop_reason = raw if isinstance(raw, str) else None

    def _check_next(self, event: dict[str, Any]) -> int:
        index, expected = _index(event), len(self._answer.message.content)
        if index != expected:
            raise ProtocolError(
                f"Received {event['type']} at contentIndex {index}, expected {expected}"
            )
        return index

    def _part(self, event: dict[str, Any], kind: type[AssistantPart], name: str, word: str) -> Any:
        index, content = _index(event), self._answer.message.content
        part = content[index] if index < len(content) else None
        if not isinstance(part, kind):
            raise ProtocolError(f"Received {name} for non-{word} content")
        return part

    def _open_part(
        self, event: dict[str, Any], kind: type[AssistantPart], name: str, word: str
    ) -> int:
        index = _index(event)
        if not self._part(event, kind, name, word).is_open or index in self._ended:
            raise ProtocolError(f"Received {name} for content {index}, which has ended")
        return index


def _index(event: dict[str, Any]) -> int:
    index = event.get("contentIndex")
    if index.__class__ is not int or index < 0:
        raise ProtocolError(f"Received {event['type']} with the contentIndex {index!r:.50}")
    found: int = index
    return found


def _delta(event: dict[str, Any]) -> str:
    delta = event.get("delta")
    if not isinstance(delta, str):
        raise ProtocolError(f"Received {event['type']} with the delta {delta!r:.50}")
    return delta


def _signature(event: dict[str, Any]) -> str | None:
    signature = event.get("contentSignature")
    return signature if isinstance(signature, str) and signature else None


_STEPS: dict[str, Callable[[EventDecoder, dict[str, Any]], None]] = {
    "start": EventDecoder._start,  # noqa: SLF001 - a table of its own methods
    "text_start": EventDecoder._text_start,  # noqa: SLF001
    "text_delta": EventDecoder._text_delta,  # noqa: SLF001
    "text_end": EventDecoder._text_end,  # noqa: SLF001
    "thinking_start": EventDecoder._thinking_start,  # noqa: SLF001
    "thinking_delta": EventDecoder._thinking_delta,  # noqa: SLF001
    "thinking_end": EventDecoder._thinking_end,  # noqa: SLF001
    "toolcall_start": EventDecoder._call_start,  # noqa: SLF001
    "toolcall_delta": EventDecoder._call_delta,  # noqa: SLF001
    "toolcall_end": EventDecoder._call_end,  # noqa: SLF001
    "done": EventDecoder._done,  # noqa: SLF001
    "error": EventDecoder._error,  # noqa: SLF001
}
