"""What an agent knows between and during runs. Sources: spec/agent.md, 2.4 and 8."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from jackfield.errors import OptionError
from jackfield.events import (
    AgentEndEvent,
    AgentEvent,
    MessageEndEvent,
    MessageStartEvent,
    MessageUpdateEvent,
    ToolExecutionEndEvent,
    ToolExecutionStartEvent,
    TurnEndEvent,
)
from jackfield.messages import AgentMessage
from jackfield.models import Model, ThinkingLevel
from jackfield.record import Record
from jackfield.tools import AgentTool


@dataclass(slots=True, kw_only=True)
class AgentState(Record):
    """The state of an agent; reads like a mapping, too.

    Attributes:
        system_prompt: What the model is told first.
        model: The model of the next run.
        thinking_level: OFF leaves it to the model's own level.
        tools: The tools of the next run.
        messages: The history; grows in place.
        is_streaming: Whether a run is active.
        stream_message: The message that is being built.
        pending_tool_calls: Ids of the calls that run; a new set for each change.
        error: Why the last run failed; None when it did not.
    """

    system_prompt: str = ""
    model: Model | None = None
    thinking_level: ThinkingLevel = ThinkingLevel.OFF
    tools: list[AgentTool] = field(default_factory=list)
    messages: list[AgentMessage] = field(default_factory=list)
    is_streaming: bool = False
    stream_message: AgentMessage | None = None
    pending_tool_calls: set[str] = field(default_factory=set)
    error: str | None = None

    def begin(self) -> None:
        """A run begins."""
        self.is_streaming, self.stream_message, self.error = True, None, None

    def end(self) -> None:
        """A run is over and its listeners have been told."""
        self.is_streaming, self.stream_message = False, None
        self.pending_tool_calls = set()

    def reduce(self, event: AgentEvent) -> None:
        """Follow an event, before anybody is told of it."""
        step = _STEPS.get(type(event))
        if step is not None:
            step(self, event)

    def _message_grows(self, event: Any) -> None:
        self.stream_message = event.message

    def _message_ends(self, event: MessageEndEvent) -> None:
        self.stream_message = None
        self.messages.append(event.message)

    def _tool_starts(self, event: ToolExecutionStartEvent) -> None:
        self.pending_tool_calls = self.pending_tool_calls | {event.tool_call_id}

    def _tool_ends(self, event: ToolExecutionEndEvent) -> None:
        self.pending_tool_calls = self.pending_tool_calls - {event.tool_call_id}

    def _turn_ends(self, event: TurnEndEvent) -> None:
        if event.message.error_message:
            self.error = event.message.error_message

    def _run_ends(self, event: AgentEndEvent) -> None:
        self.stream_message = None
        self.error = event.error_message or self.error


_STEPS: dict[type, Callable[[AgentState, Any], None]] = {
    MessageStartEvent: AgentState._message_grows,  # noqa: SLF001 - a table of its own methods
    MessageUpdateEvent: AgentState._message_grows,  # noqa: SLF001
    MessageEndEvent: AgentState._message_ends,  # noqa: SLF001
    ToolExecutionStartEvent: AgentState._tool_starts,  # noqa: SLF001
    ToolExecutionEndEvent: AgentState._tool_ends,  # noqa: SLF001
    TurnEndEvent: AgentState._turn_ends,  # noqa: SLF001
    AgentEndEvent: AgentState._run_ends,  # noqa: SLF001
}


def merged_state(initial: AgentState | Mapping[str, Any] | None) -> AgentState:
    """Return a new state with the fields of `initial` over the defaults.

    Raises:
        OptionError: `initial` has a field that a state does not have.
    """
    if initial is None:
        return AgentState()
    known = {item.name for item in fields(AgentState)}
    given = {name: initial[name] for name in initial}
    unknown = sorted(given.keys() - known)
    if unknown:
        raise OptionError(
            f"initial_state has no field {unknown[0]!r}; it has: {', '.join(sorted(known))}."
        )
    state = AgentState(**given)
    state.messages, state.tools = list(state.messages), list(state.tools)
    state.thinking_level = ThinkingLevel(state.thinking_level)
    state.end()  # a state that was saved in the middle of a run is not running here
    return state
