"""Events of a run -> the commands that mirror it. Without I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from jackfield.events import AgentEvent, AgentStartEvent, MessageEndEvent, TurnEndEvent
from jackfield.messages import AssistantMessage, ToolResultMessage, UserMessage
from jackfield.surrogates import cleaned
from jackfield_assistant_ui.remote.commands import (
    add_message,
    text_parts,
    tool_result,
    user_parts,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is to be said in a thread.

    Attributes:
        thread_id: Of the thread.
        commands: That say it.
        is_turn: Whether it ends with the assistant; a server answers what ends with the user, so
            that it must not be sent alone.
    """

    thread_id: str
    commands: list[dict[str, Any]]
    is_turn: bool


class TurnReader:
    """Makes entries of the events of runs, which follow one another.

    Args:
        thread: Template of the thread's name.
    """

    def __init__(self, thread: str) -> None:
        self._template = thread
        self._thread_id = self._named("", None)

    def read(self, events: Sequence[AgentEvent]) -> list[Entry]:
        """Return the entries that the events complete."""
        return [entry for event in events for entry in self._entries(event)]

    def _entries(self, event: AgentEvent) -> list[Entry]:
        match event:
            case AgentStartEvent(run_id=run_id, session_id=session_id):
                self._thread_id = self._named(run_id, session_id)
            case MessageEndEvent(message=UserMessage() as message):
                return self._entry(add_message("user", user_parts(message)), is_turn=False)
            case TurnEndEvent(message=message, tool_results=results):
                return self._entry(_turn(message, results), is_turn=True)
        return []

    def _entry(self, commands: list[dict[str, Any]], *, is_turn: bool) -> list[Entry]:
        if not commands:
            return []
        clean = cleaned(commands)
        return [Entry(thread_id=self._thread_id, commands=clean, is_turn=is_turn)]

    def _named(self, run_id: str, session_id: str | None) -> str:
        run_id = run_id or uuid4().hex
        name: str = cleaned(self._template.format(run_id=run_id, session_id=session_id or run_id))
        return name


def _turn(message: AssistantMessage, results: list[ToolResultMessage]) -> list[dict[str, Any]]:
    """Return the commands for an answer and the results of its calls.

    An answer without text is said, too: results have to follow an answer.
    """
    parts = text_parts(message) or [{"type": "text", "text": ""}]
    return [*add_message("assistant", parts), *[tool_result(each) for each in results]]
