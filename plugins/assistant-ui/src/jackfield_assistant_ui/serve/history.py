"""Building our messages of what a page says that was said.

A page keeps one assistant message for a whole run; models want one message per turn, with the
results of its calls behind it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from jackfield import (
    AssistantMessage,
    ImageContent,
    TextContent,
    ToolCallContent,
    ToolResultMessage,
    UserMessage,
)
from jackfield.messages import AgentMessage
from jackfield_assistant_ui.wire.encoders.json_bytes import strict_bytes

UNANSWERED = "There is no result: the call was not allowed, or the page went away."
"""What a model is told of a call that nobody answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownResult:
    """The result of a call, as a model sees it."""

    text: str
    is_error: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the user said to a call that needs approval.

    Attributes:
        approval_id: Names the question.
        approved: Whether the call is allowed.
        reason: Why; for the model if it is not.
    """

    approval_id: str
    approved: bool
    reason: str = ""


@dataclass(slots=True, kw_only=True)
class PendingTurn:
    """The last turn, as long as a call of it has no result.

    Attributes:
        message: The assistant message with the calls.
        results: Those that are known, by call.
        decisions: What the user decided, by call.
    """

    message: AssistantMessage
    results: dict[str, KnownResult] = field(default_factory=dict)
    decisions: dict[str, Decision] = field(default_factory=dict)

    @property
    def open_calls(self) -> list[str]:
        """Ids of the calls without a result."""
        calls = self.message.tool_calls()
        return [call.id for call in calls if call.id not in self.results]


class HistoryBuilder:
    """Collects messages in their order; splits what a page says in one into turns.

    Attributes:
        messages: What is complete.
    """

    def __init__(self) -> None:
        self.messages: list[AgentMessage] = []
        self._turn: PendingTurn | None = None

    def user(self, parts: Sequence[TextContent | ImageContent]) -> None:
        """Add what the user says; open calls get an error as their result."""
        self.end_turn()
        self.messages.append(UserMessage(content=list(parts)))

    def text(self, text: str) -> None:
        """Add text of the assistant; behind calls it belongs to the next turn."""
        if self._turn is not None and self._turn.message.tool_calls():
            self.end_turn()
        self._current().message.content.append(TextContent(text=text))

    def call(self, call_id: str, name: str, arguments: dict[str, Any]) -> None:
        """Add a tool call of the assistant."""
        part = ToolCallContent(id=call_id, name=name, arguments=arguments)
        self._current().message.content.append(part)

    def result(self, call_id: str, result: Any, *, is_error: bool = False) -> bool:
        """Add the result of a call of this turn; False if there is no such call."""
        turn = self._turn
        if turn is None or all(call.id != call_id for call in turn.message.tool_calls()):
            return False
        turn.results[call_id] = KnownResult(text=result_text(result), is_error=is_error)
        return True

    def decision(self, call_id: str, decision: Decision) -> None:
        """Note what the user said to a call of this turn."""
        self._current().decisions[call_id] = decision

    def end_turn(self) -> None:
        """Complete the turn: the assistant's message, and a result for each of its calls."""
        turn, self._turn = self._turn, None
        if turn is None:
            return
        calls = turn.message.tool_calls()
        turn.message.stop_reason = "tool_calls" if calls else "stop"
        self.messages.append(turn.message)
        for call in calls:
            known = turn.results.get(call.id) or KnownResult(text=UNANSWERED, is_error=True)
            self.messages.append(_result_message(call, known))

    def end(self) -> PendingTurn | None:
        """Complete the history; return the last turn if the user decided about a call of it."""
        turn = self._turn
        if turn is not None and turn.open_calls and turn.decisions:
            self._turn = None
            return turn
        self.end_turn()
        return None

    def _current(self) -> PendingTurn:
        if self._turn is None:
            message = AssistantMessage(stop_reason="stop")
            self._turn = PendingTurn(message=message)
        return self._turn


def result_text(result: Any) -> str:
    """Return a result as a model sees it: text as it is, other values as JSON."""
    return result if isinstance(result, str) else strict_bytes(result).decode()


def result_value(content: Sequence[Any]) -> Any:
    """Return the content of a tool result as a page sees it.

    JSON objects and lists are values, other text is text; with images it is a list of parts.
    """
    if any(not isinstance(part, TextContent) for part in content):
        return [_part_value(part) for part in content]
    text = "".join(part.text for part in content)
    if text[:1] in ("{", "["):
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            return text
    return text


def _part_value(part: Any) -> dict[str, Any]:
    if isinstance(part, TextContent):
        return {"type": "text", "text": part.text}
    return {"type": "image", "image": getattr(part, "url", "")}


def _result_message(call: ToolCallContent, known: KnownResult) -> ToolResultMessage:
    return ToolResultMessage(
        tool_call_id=call.id,
        tool_name=call.name,
        content=[TextContent(text=known.text)],
        is_error=known.is_error,
    )
