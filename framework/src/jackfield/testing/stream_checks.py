"""Following one assistant stream and noting every rule that it breaks.

The order of the events is checked by `jackfield.run.grammar`; here is what else spec/agent.md 4.3
and 4.4 say about them and about the final message.
"""

import json
from typing import Any

from jackfield.errors import ContractError
from jackfield.events import DoneEvent, ErrorEvent
from jackfield.messages import AssistantMessage, ToolCallContent
from jackfield.run.grammar import EventOrder
from jackfield.usage import Usage

_EVENTS = {
    *("start", "done", "error"),
    *("text_start", "text_delta", "text_end"),
    *("thinking_start", "thinking_delta", "thinking_end"),
    *("tool_call_start", "tool_call_delta", "tool_call_end"),
}
_YEAR_2001_MS = 1_000_000_000_000


class StreamObserver:
    """Is shown the events of one stream in order; `broken` maps rules to what broke them.

    Rules are `G1` ... `G8` of spec/agent.md 4.4, and `4.3` for the fields of events.

    Args:
        provider: The provider's name, for messages.
    """

    def __init__(self, provider: str) -> None:
        self.broken: dict[str, str] = {}
        self.kinds: list[str] = []
        self.final: AssistantMessage | None = None
        self._order: EventOrder | None = EventOrder(provider)
        self._partial: object = None
        self._deltas: dict[int, list[str]] = {}

    def see(self, event: Any) -> None:
        """Take the next event, at the moment when it comes out of the stream."""
        kind = getattr(event, "type", None)
        if kind not in _EVENTS:
            self._break("4.3", f"{event!r} is no assistant event")
            return
        self.kinds.append(kind)
        self._follow_order(event)
        if isinstance(event, DoneEvent | ErrorEvent):
            self._see_end(event)
            return
        self._see_partial(event)
        if kind != "start" and self._see_index(event):
            self._see_block(event)

    def end(self) -> None:
        """Take note that the stream is over."""
        if self.final is None:
            self._break("G4", "the stream ended without `done` or `error`")
            return
        self._see_final(self.final)

    def _break(self, rule: str, text: str) -> None:
        self.broken.setdefault(rule, text)

    def _follow_order(self, event: Any) -> None:
        if self._order is None:
            return
        try:
            self._order.check(event)
        except ContractError as error:
            self._order = None  # what follows the first disorder means nothing
            self._break(error.rule, str(error))

    def _see_partial(self, event: Any) -> None:
        if not isinstance(event.partial, AssistantMessage):
            self._break("4.3", f"`partial` of {event.type} is {event.partial!r}")
        elif self._partial is None:
            self._partial = event.partial
        elif event.partial is not self._partial:
            self._break("4.3", f"`partial` of {event.type} is another object than before")

    def _see_index(self, event: Any) -> bool:
        content = event.partial.content if isinstance(event.partial, AssistantMessage) else []
        index, kind = event.content_index, event.type.rpartition("_")[0]
        if not isinstance(index, int) or not 0 <= index < len(content):
            self._break("G1", f"{event.type} names part {index!r}; there are {len(content)}")
            return False
        if content[index].type != kind:
            self._break("G1", f"{event.type} names part {index}, a {content[index].type}")
            return False
        return True

    def _see_block(self, event: Any) -> None:
        if event.type.endswith("_delta"):
            self._see_delta(event)
        elif event.type == "tool_call_end":
            self._see_call(event)
        elif event.type.endswith("_end"):
            text = "".join(self._deltas.get(event.content_index, []))
            if event.content != text:
                self._break("4.3", f"{event.type} says {event.content!r}, the deltas {text!r}")

    def _see_delta(self, event: Any) -> None:
        if not isinstance(event.delta, str):
            self._break("4.3", f"the delta of {event.type} is {event.delta!r}")
        elif not event.delta and event.type != "tool_call_delta":
            self._break("4.3", f"{event.type} with an empty delta")
        else:
            self._deltas.setdefault(event.content_index, []).append(event.delta)

    def _see_call(self, event: Any) -> None:
        call = event.tool_call
        if not isinstance(call, ToolCallContent) or not call.id or not call.name:
            self._break("4.3", f"tool_call_end without a call of id and name: {call!r}")
            return
        raw = "".join(self._deltas.get(event.content_index, []))
        if call.arguments != _parsed(raw):
            self._break("4.3", f"call {call.name!r} has {call.arguments!r}, its deltas {raw!r}")

    def _see_end(self, event: DoneEvent | ErrorEvent) -> None:
        message: Any = event.message if isinstance(event, DoneEvent) else event.error
        if not isinstance(message, AssistantMessage):
            self._break("4.3", f"{event.type} carries {message!r} instead of the message")
            return
        if self.final is None:
            self.final = message
        if message.stop_reason != event.reason:
            self._break("G7", f"{event.type}({event.reason!r}), message {message.stop_reason!r}")
        if isinstance(event, ErrorEvent) and not message.error_message:
            self._break("G7", "an error message without `error_message`")
        if event.reason == "tool_calls" and not message.tool_calls():
            self._break("G7", "the reason is `tool_calls`, but there is no call")

    def _see_final(self, message: AssistantMessage) -> None:
        if any(getattr(part, "is_open", False) for part in message.content):
            self._break("G5", "a part of the final message is still open")
        if not _is_usage(message.usage):
            self._break("G8", f"`usage` is {message.usage!r}")
        for name in ("api", "provider", "model"):
            if not isinstance(getattr(message, name), str) or not getattr(message, name):
                self._break("G8", f"`{name}` of the final message is {getattr(message, name)!r}")
        if not isinstance(message.timestamp, int) or message.timestamp < _YEAR_2001_MS:
            self._break("G8", f"`timestamp` is {message.timestamp!r}, not milliseconds")
        self._see_texts(message)

    def _see_texts(self, message: AssistantMessage) -> None:
        """What streamed is what the message holds."""
        ids = [call.id for call in message.tool_calls()]
        if len(ids) != len(set(ids)):
            self._break("4.3", f"tool call ids are not unique: {ids}")
        if message.stop_reason in ("error", "aborted"):
            return  # unfinished calls may have been removed
        for index, pieces in self._deltas.items():
            part = message.content[index] if index < len(message.content) else None
            held = getattr(part, str(getattr(part, "type", "")), None)
            if isinstance(held, str) and held != "".join(pieces):
                self._break("4.3", f"part {index} holds {held!r}, {''.join(pieces)!r} streamed")


def _parsed(raw: str) -> dict[str, Any]:
    try:
        value = json.loads(raw, strict=False) if raw.strip() else {}
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _is_usage(usage: object) -> bool:
    if not isinstance(usage, Usage):
        return False
    names = ("input", "output", "cache_read", "cache_write", "total_tokens", "reasoning")
    counts = [getattr(usage, name) for name in names]
    return all(isinstance(n, int) and not isinstance(n, bool) and n >= 0 for n in counts)
