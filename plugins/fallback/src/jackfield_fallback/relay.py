"""Handing one candidate's answer on, from its first content on. Sans I/O."""

from typing import Any

from jackfield.answer import Answer, error_info
from jackfield.events import (
    AssistantMessageEvent,
    DoneEvent,
    ErrorEvent,
    StartEvent,
    TextStartEvent,
    ThinkingStartEvent,
)
from jackfield.messages import AssistantMessage, ErrorInfo

_ANNOUNCEMENTS: frozenset[type] = frozenset({StartEvent, TextStartEvent, ThinkingStartEvent})
_ENDS: frozenset[type] = frozenset({DoneEvent, ErrorEvent})


class Relay:
    """Takes the batches of one candidate.

    What only announces content is held back: after it another candidate can still answer.
    From the first content on each batch is handed on as it is.

    Args:
        answer: Gets the candidate's message and batches as its own.
        previous: Errors of earlier candidates, for the message that is handed on.
        via: The name under which the answer was asked for.

    Attributes:
        begun: Whether something has been handed on.
        failure: Why the candidate failed before that; None if it did not.
    """

    __slots__ = ("_answer", "_held", "_message", "_previous", "_via", "begun", "failure")

    def __init__(self, answer: Answer, previous: list[dict[str, Any]], via: str) -> None:
        self.begun = False
        self.failure: ErrorInfo | None = None
        self._answer = answer
        self._previous = previous
        self._via = via
        self._held: list[AssistantMessageEvent] = []
        self._message: AssistantMessage | None = None

    def take(self, batch: list[AssistantMessageEvent]) -> bool:
        """Take the next batch; return whether there is something to hand on."""
        last = batch[-1]
        if not self.begun:
            self._held += batch
            if not self._begins(last):
                return False
            self.begun = True
            batch = self._held
            self._answer.message = _message(last)
        self._answer.events = batch
        if last.__class__ in _ENDS:
            self._end(_message(last))
        return True

    def fail(self, error: Exception) -> None:
        """Note that the candidate failed otherwise than by its last event."""
        self.failure = error_info(error)

    def finish(self, summary: str) -> None:
        """Hand on the failure after all; there is no other candidate.

        Args:
            summary: The message for people, where other candidates had failed before.
        """
        assert self.failure is not None  # noqa: S101 - only a failed candidate is finished
        text, answer = self.failure.message, self._answer
        if self._message is None:
            self.failure.previous_errors[:0] = self._previous
            answer.fail(summary or text, info=self.failure)
            return
        if summary:
            self._message.error_message = summary
        self._message.error = self.failure
        answer.message, answer.events = self._message, self._held
        self._end(self._message)

    def _begins(self, last: AssistantMessageEvent) -> bool:
        if any(each.__class__ not in _ANNOUNCEMENTS for each in self._held[:-1]):
            return True
        if isinstance(last, ErrorEvent) and last.reason == "error":
            self._message = last.error
            self.failure = last.error.error or ErrorInfo(
                kind="server", message=last.error.error_message or "The model failed."
            )
            return False
        return last.__class__ not in _ANNOUNCEMENTS

    def _end(self, message: AssistantMessage) -> None:
        self._answer.finished = True
        if message.error is not None:
            message.error.previous_errors[:0] = self._previous
        elif message.stop_reason != "aborted":
            message.metadata.setdefault("via", []).append(self._via)
            if self._previous:
                message.metadata["fallback_errors"] = self._previous


def _message(event: AssistantMessageEvent) -> AssistantMessage:
    if isinstance(event, DoneEvent):
        return event.message
    return event.error if isinstance(event, ErrorEvent) else event.partial
