"""From the events of an agent to the writers of an answer."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from jackfield import AgentEvent, AssistantMessage, ToolResultMessage
from jackfield.events import (
    AgentEndEvent,
    EndReason,
    MessageEndEvent,
    MessageStartEvent,
    MessageUpdateEvent,
    TextDeltaEvent,
    ThinkingDeltaEvent,
    ToolCallDeltaEvent,
    ToolCallEndEvent,
    ToolCallStartEvent,
    ToolExecutionEndEvent,
    TurnEndEvent,
)
from jackfield.messages import ToolCallContent
from jackfield.usage import Usage
from jackfield_assistant_ui.serve.gate import Gate
from jackfield_assistant_ui.serve.history import result_value
from jackfield_assistant_ui.serve.sources import sources_of
from jackfield_assistant_ui.wire.events import FinishReason, Source

_REASONS: Mapping[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool-calls",
    "error": "error",
    "aborted": "other",
}


class AnswerWriter(Protocol):
    """Who writes down what happens in a run."""

    def turn_start(self) -> None:
        """A call of the model begins."""

    def turn_end(self, reason: FinishReason, usage: Mapping[str, int]) -> None:
        """A call of the model, and the tools that it asked for, are over."""

    def text(self, kind: str, text: str) -> None:
        """There is more `text` or `reasoning`."""

    def call_start(self, call_id: str, name: str) -> None:
        """A tool call begins."""

    def call_arguments(self, call_id: str, text: str) -> None:
        """There is more of a call's arguments."""

    def call_end(self, call: ToolCallContent) -> None:
        """A call's arguments are complete."""

    def call_result(self, call_id: str, result: Any, *, is_error: bool, artifact: Any) -> None:
        """A call has its result."""

    def source(self, source: Source) -> None:
        """The answer cites a web page."""

    def approval(self, call_id: str, approval_id: str) -> None:
        """A call waits for the user."""

    def denied(self, call_id: str, result: Any) -> None:
        """The user denied a call; `result` is what the model is told."""


class Narrator:
    """Tells writers what happens.

    Args:
        writers: Who is told.
        gate: Knows which calls have no result yet.
        known: Calls whose results the page knows.
        repeats: The first turn of the run is one that the page knows; only its results are told.

    Attributes:
        last: The last answer of the model; None before the first.
        reason: Why the run ended; None before.
        usage: Tokens of all turns so far.
    """

    def __init__(
        self,
        writers: Sequence[AnswerWriter],
        gate: Gate,
        *,
        known: Iterable[str] = (),
        repeats: bool = False,
    ) -> None:
        self.last: AssistantMessage | None = None
        self.reason: EndReason | None = None
        self.error: str | None = None
        self.usage: dict[str, int] = {}
        self._writers = writers
        self._gate = gate
        self._repeats = repeats
        self._told = set(known)

    def tell(self, batch: Sequence[AgentEvent]) -> None:
        """Tell of all events of one network read."""
        for event in batch:
            if isinstance(event, MessageUpdateEvent):
                if not self._repeats:
                    update = event.assistant_message_event
                    step = _UPDATES.get(type(update))
                    if step is not None:
                        step(self, update)
            else:
                step = _STEPS.get(type(event))
                if step is not None:
                    step(self, event)

    def finish_reason(self) -> FinishReason:
        """Return why the answer ended, in the words of the protocols."""
        if self._gate.waits and self.reason == "terminate":
            return "tool-calls"
        if self.reason in ("error", "aborted"):
            return _REASONS[self.reason]
        if self.last is None:
            return "unknown"
        if self.last.stop_reason == "tool_calls":  # a limit, a tool or a hook ended the run
            return "other" if self.reason == "max_turns" else "stop"
        return _REASONS[self.last.stop_reason or "stop"]

    def _text(self, event: TextDeltaEvent) -> None:
        for writer in self._writers:
            writer.text("text", event.delta)

    def _thinking(self, event: ThinkingDeltaEvent) -> None:
        for writer in self._writers:
            writer.text("reasoning", event.delta)

    def _call_start(self, event: ToolCallStartEvent) -> None:
        call = _call(event)
        for writer in self._writers:
            writer.call_start(call.id, call.name)

    def _call_delta(self, event: ToolCallDeltaEvent) -> None:
        call = _call(event)
        for writer in self._writers:
            writer.call_arguments(call.id, event.delta)

    def _call_end(self, event: ToolCallEndEvent) -> None:
        for writer in self._writers:
            writer.call_end(event.tool_call)

    def _message_start(self, event: MessageStartEvent) -> None:
        if isinstance(event.message, AssistantMessage) and not self._repeats:
            for writer in self._writers:
                writer.turn_start()

    def _message_end(self, event: MessageEndEvent) -> None:
        message = event.message
        if isinstance(message, AssistantMessage):
            self.last = message
            _add(self.usage, message.usage)
            self._cited(message)
        elif isinstance(message, ToolResultMessage) and self.last is not None:
            # Calls that never began have a message, but no execution. A result before the first
            # answer is what the page sent: a data stream must not tell of a call it did not begin.
            self._result(
                message.tool_call_id, message.content, message.details, is_error=message.is_error
            )

    def _cited(self, message: AssistantMessage) -> None:
        for source in () if self._repeats else sources_of(message):
            for writer in self._writers:
                writer.source(source)

    def _executed(self, event: ToolExecutionEndEvent) -> None:
        result = event.result
        self._result(event.tool_call_id, result.content, result.details, is_error=event.is_error)

    def _result(
        self, call_id: str, content: Sequence[Any], details: Any, *, is_error: bool
    ) -> None:
        if call_id in self._told:
            return
        self._told.add(call_id)
        question = self._gate.questions.get(call_id)
        for writer in self._writers:
            if question is not None:
                writer.approval(call_id, question)
            elif call_id in self._gate.denied:
                writer.denied(call_id, result_value(content))
            elif not self._gate.is_waiting(call_id):
                writer.call_result(
                    call_id, result_value(content), is_error=is_error, artifact=details or None
                )

    def _turn_end(self, event: TurnEndEvent) -> None:
        repeated, self._repeats = self._repeats, False
        if repeated:
            return
        usage: dict[str, int] = {}
        _add(usage, event.message.usage)
        for writer in self._writers:
            writer.turn_end(_REASONS[event.message.stop_reason or "stop"], usage)

    def _run_end(self, event: AgentEndEvent) -> None:
        self.reason, self.error = event.reason, event.error_message


def _call(event: ToolCallStartEvent | ToolCallDeltaEvent) -> ToolCallContent:
    part = event.partial.content[event.content_index]
    assert isinstance(part, ToolCallContent)  # noqa: S101 - the grammar of events
    return part


def _add(counts: dict[str, int], usage: Usage) -> None:
    for name, value in (
        ("inputTokens", usage.input),
        ("outputTokens", usage.output),
        ("totalTokens", usage.total_tokens or usage.input + usage.output),
        ("reasoningTokens", usage.reasoning),
        ("cachedInputTokens", usage.cache_read),
    ):
        if value or name in ("inputTokens", "outputTokens", "totalTokens"):
            counts[name] = counts.get(name, 0) + value


_UPDATES: dict[type, Callable[[Narrator, Any], None]] = {
    TextDeltaEvent: Narrator._text,  # noqa: SLF001 - a table of its own methods
    ThinkingDeltaEvent: Narrator._thinking,  # noqa: SLF001
    ToolCallStartEvent: Narrator._call_start,  # noqa: SLF001
    ToolCallDeltaEvent: Narrator._call_delta,  # noqa: SLF001
    ToolCallEndEvent: Narrator._call_end,  # noqa: SLF001
}
_STEPS: dict[type, Callable[[Narrator, Any], None]] = {
    MessageStartEvent: Narrator._message_start,  # noqa: SLF001
    MessageEndEvent: Narrator._message_end,  # noqa: SLF001
    ToolExecutionEndEvent: Narrator._executed,  # noqa: SLF001
    TurnEndEvent: Narrator._turn_end,  # noqa: SLF001
    AgentEndEvent: Narrator._run_end,  # noqa: SLF001
}
