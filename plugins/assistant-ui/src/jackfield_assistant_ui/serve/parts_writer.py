"""A run as parts of one message: the events of data streams and of the AI SDK. Source: c.1, c.3."""

from collections.abc import Mapping
from typing import Any

from jackfield.messages import ToolCallContent
from jackfield_assistant_ui.wire.events import (
    ApprovalRequest,
    CallArgs,
    CallArgsEnd,
    CallDenied,
    CallResult,
    CallStart,
    Event,
    FinishReason,
    Reasoning,
    Source,
    StepFinish,
    StepStart,
    Text,
)


class PartsWriter:
    """Collects events.

    Args:
        message_id: Of the message that is written.
        one_step: Tell the whole run as one step. `useDataStreamRuntime` counts steps, and asks
            only twice for an answer to its own tools; the AI SDK needs a step for each turn.
    """

    def __init__(self, message_id: str, *, one_step: bool) -> None:
        self._message_id = message_id
        self._one_step = one_step
        self._events: list[Event] = []
        self._steps = 0
        self._has_arguments: set[str] = set()
        self._after_result = False  # a result of ours is the last thing in the step

    def take(self) -> list[Event]:
        """Return the events since the last call."""
        events, self._events = self._events, []
        return events

    def turn_start(self) -> None:
        """Begin a step."""
        self._after_result = False
        if not self._one_step or not self._steps:
            self._events.append(StepStart(self._message_id))
        self._steps += 1

    def turn_end(self, reason: FinishReason, usage: Mapping[str, int]) -> None:
        """End a step."""
        if not self._one_step:
            self._events.append(StepFinish(reason, usage))

    def run_end(self, reason: FinishReason, usage: Mapping[str, int]) -> None:
        """End the last step; an empty one follows results that nothing else follows.

        Pages would else see a message whose last word is a finished call, and send it again.
        """
        if self._one_step and self._steps:
            self._events.append(StepFinish(reason, usage))
        elif self._after_result and reason != "tool-calls":
            self._events += [StepStart(self._message_id), StepFinish(reason)]

    def text(self, kind: str, text: str) -> None:
        """Add text or, with the kind `reasoning`, thinking."""
        self._events.append(Text(text) if kind == "text" else Reasoning(text))

    def call_start(self, call_id: str, name: str) -> None:
        """Begin a tool call."""
        self._events.append(CallStart(call_id, name))

    def call_arguments(self, call_id: str, text: str) -> None:
        """Add to the text of a call's arguments."""
        if text:
            self._has_arguments.add(call_id)
            self._events.append(CallArgs(call_id, text))

    def call_end(self, call: ToolCallContent) -> None:
        """Complete a call's arguments."""
        if call.id not in self._has_arguments:
            self._events.append(CallArgs(call.id, "{}"))
        self._events.append(CallArgsEnd(call.id))

    def call_result(self, call_id: str, result: Any, *, is_error: bool, artifact: Any) -> None:
        """Give a call its result."""
        self._after_result = True
        self._events.append(CallResult(call_id, result, is_error, artifact))

    def source(self, source: Source) -> None:
        """Say what the answer cites."""
        self._events.append(source)

    def approval(self, call_id: str, approval_id: str) -> None:
        """Say that a call waits for the user."""
        self._events.append(ApprovalRequest(approval_id, call_id))

    def denied(self, call_id: str, result: Any) -> None:  # noqa: ARG002 - others show it
        """Say that the user denied a call."""
        self._after_result = True
        self._events.append(CallDenied(call_id))
