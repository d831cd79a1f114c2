"""The order of assistant events, checked. Source: spec/agent.md, 4.4.

`jackfield.answer` makes the order right; this checks streams that were made otherwise.
"""

from typing import NoReturn

from jackfield.errors import ContractError
from jackfield.events import (
    AssistantMessageEvent,
    DoneEvent,
    ErrorEvent,
    StartEvent,
    TextDeltaEvent,
    TextEndEvent,
    TextStartEvent,
    ThinkingDeltaEvent,
    ThinkingEndEvent,
    ThinkingStartEvent,
    ToolCallDeltaEvent,
    ToolCallEndEvent,
    ToolCallStartEvent,
)
from jackfield.messages import AssistantMessage

_KINDS: dict[type, tuple[str, str]] = {
    TextStartEvent: ("start", "text"),
    TextDeltaEvent: ("delta", "text"),
    TextEndEvent: ("end", "text"),
    ThinkingStartEvent: ("start", "thinking"),
    ThinkingDeltaEvent: ("delta", "thinking"),
    ThinkingEndEvent: ("end", "thinking"),
    ToolCallStartEvent: ("start", "tool_call"),
    ToolCallDeltaEvent: ("delta", "tool_call"),
    ToolCallEndEvent: ("end", "tool_call"),
}


class EventOrder:
    """Follows one stream and refuses the first event that is out of order.

    Args:
        provider: Named in the error.
    """

    __slots__ = ("_blocks", "_ended", "_last_ended_call", "_open", "_provider", "_started")

    def __init__(self, provider: str) -> None:
        self._provider = provider
        self._started = False
        self._ended = False
        self._blocks = 0  # seen so far: the next content_index
        self._open: dict[int, str] = {}  # content_index -> kind
        self._last_ended_call = -1

    def check(self, event: AssistantMessageEvent) -> None:
        """Accept the next event.

        Raises:
            ContractError: It breaks rule G1-G5 or G7; the error names the rule.
        """
        if self._ended:
            self._refuse("G4", f"{event.type} after the terminal event")
        if isinstance(event, StartEvent):
            if self._started:
                self._refuse("G4", "a second start")
            self._started = True
        elif isinstance(event, DoneEvent | ErrorEvent):
            self._end(event)
        else:
            step, kind = _KINDS[type(event)]
            _STEPS[step](self, kind, event.content_index)

    def refuse_without_message(self, event: DoneEvent | ErrorEvent) -> NoReturn:
        """Refuse a terminal event whose message is neither in it nor in the stream's result.

        Raises:
            ContractError: Always.
        """
        self._refuse("G7", f"{event.type} without the final message, and the stream has no result")

    def _start_block(self, kind: str, index: int) -> None:
        if not self._started:
            self._refuse("G6", f"{kind}_start before start")
        if index != self._blocks:
            self._refuse("G1", f"{kind}_start at content_index {index}, expected {self._blocks}")
        self._refuse_if_open(f"{kind}_start")
        self._blocks += 1
        self._open[index] = kind

    def _refuse_if_open(self, what: str) -> None:
        """Text and thinking end before any other block; calls may stay open."""
        for index, kind in self._open.items():
            if kind != "tool_call":
                self._refuse(
                    "G2", f"{what} while the {kind} block at content_index {index} is open"
                )

    def _delta(self, kind: str, index: int) -> None:
        if self._open.get(index) != kind:
            self._refuse("G4", f"{kind}_delta for content_index {index}, which is not open")

    def _end_block(self, kind: str, index: int) -> None:
        if self._open.get(index) != kind:
            self._refuse("G4", f"{kind}_end for content_index {index}, which is not open")
        if kind == "tool_call":
            if index < self._last_ended_call:
                self._refuse("G3", f"tool_call_end for content_index {index} out of index order")
            self._last_ended_call = index
        del self._open[index]

    def _end(self, event: DoneEvent | ErrorEvent) -> None:
        self._ended = True
        # Of a look-alike it may be missing: `stream.result()` then has it.
        message: AssistantMessage | None = (
            event.message if isinstance(event, DoneEvent) else event.error
        )
        if isinstance(event, DoneEvent) and self._open:
            self._refuse("G5", f"done while content_index {min(self._open)} is open")
        if message is None:
            return
        if message.stop_reason is not None and message.stop_reason != event.reason:
            self._refuse("G7", f"{event.type}({event.reason}) with {message.stop_reason}")

    def _refuse(self, rule: str, what: str) -> NoReturn:
        raise ContractError(
            f"Provider {self._provider or 'unknown'!r} broke rule {rule} of assistant streams: "
            f"{what}.",
            rule=rule,
            kind="provider",
            name=self._provider,
        )


_STEPS = {
    "start": EventOrder._start_block,  # noqa: SLF001 - a table of its own methods
    "delta": EventOrder._delta,  # noqa: SLF001
    "end": EventOrder._end_block,  # noqa: SLF001
}
