"""Assistant events (one answer as it streams) and agent events (a run as it happens).

Events are created once per delta: they are plain slotted classes with `type` on the class.
Sources: spec/agent.md, 4.3 and 5.
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, TypeAlias

from jackfield.messages import AgentMessage, AssistantMessage, ToolCallContent, ToolResultMessage
from jackfield.record import Record


class _Event(Record):
    """`type` is a class attribute; `partial` is live and is left out of `to_dict`."""

    __slots__ = ()
    _constants: ClassVar[tuple[str, ...]] = ("type",)
    _host_only: ClassVar[frozenset[str]] = frozenset({"partial"})


@dataclass(slots=True)
class StartEvent(_Event):
    """The answer begins; `partial` is the message that will be built."""

    type: ClassVar[Literal["start"]] = "start"
    partial: AssistantMessage


@dataclass(slots=True)
class TextStartEvent(_Event):
    """A text block begins at `content_index`."""

    type: ClassVar[Literal["text_start"]] = "text_start"
    content_index: int
    partial: AssistantMessage


@dataclass(slots=True)
class TextDeltaEvent(_Event):
    """A piece of text; never empty."""

    type: ClassVar[Literal["text_delta"]] = "text_delta"
    content_index: int
    delta: str
    partial: AssistantMessage


@dataclass(slots=True)
class TextEndEvent(_Event):
    """A text block is complete; `content` is all of it."""

    type: ClassVar[Literal["text_end"]] = "text_end"
    content_index: int
    content: str
    partial: AssistantMessage


@dataclass(slots=True)
class ThinkingStartEvent(_Event):
    """A thinking block begins at `content_index`."""

    type: ClassVar[Literal["thinking_start"]] = "thinking_start"
    content_index: int
    partial: AssistantMessage


@dataclass(slots=True)
class ThinkingDeltaEvent(_Event):
    """A piece of thinking; never empty."""

    type: ClassVar[Literal["thinking_delta"]] = "thinking_delta"
    content_index: int
    delta: str
    partial: AssistantMessage


@dataclass(slots=True)
class ThinkingEndEvent(_Event):
    """A thinking block is complete; `content` is all of it."""

    type: ClassVar[Literal["thinking_end"]] = "thinking_end"
    content_index: int
    content: str
    partial: AssistantMessage


@dataclass(slots=True)
class ToolCallStartEvent(_Event):
    """A tool call begins; id and name are in `partial.content[content_index]`."""

    type: ClassVar[Literal["tool_call_start"]] = "tool_call_start"
    content_index: int
    partial: AssistantMessage


@dataclass(slots=True)
class ToolCallDeltaEvent(_Event):
    """A piece of raw argument JSON; may be empty."""

    type: ClassVar[Literal["tool_call_delta"]] = "tool_call_delta"
    content_index: int
    delta: str
    partial: AssistantMessage


@dataclass(slots=True)
class ToolCallEndEvent(_Event):
    """A tool call is complete; its arguments are parsed."""

    type: ClassVar[Literal["tool_call_end"]] = "tool_call_end"
    content_index: int
    tool_call: ToolCallContent
    partial: AssistantMessage


@dataclass(slots=True)
class DoneEvent(_Event):
    """The answer is complete; `message` is final, and so is `partial` (the same object)."""

    type: ClassVar[Literal["done"]] = "done"
    reason: Literal["stop", "length", "tool_calls"]
    message: AssistantMessage
    partial: AssistantMessage | None = None

    def __post_init__(self) -> None:
        self.partial = self.message


@dataclass(slots=True)
class ErrorEvent(_Event):
    """The answer failed or was aborted; `error` is the final message with what had arrived."""

    type: ClassVar[Literal["error"]] = "error"
    reason: Literal["error", "aborted"]
    error: AssistantMessage
    partial: AssistantMessage | None = None

    def __post_init__(self) -> None:
        self.partial = self.error


@dataclass(slots=True)
class NoticeEvent(_Event):
    """Something that a waiting user should know: a retry, a change of model.

    It belongs to no message and may come at any time while a model is called.

    Attributes:
        kind: `retry`, `fallback`, or a plugin's own word.
        message: One line for people.
        details: The same for programs.
    """

    type: ClassVar[Literal["notice"]] = "notice"
    kind: str
    message: str
    details: dict[str, Any] = field(default_factory=dict)


BlockEvent: TypeAlias = (
    TextStartEvent
    | TextDeltaEvent
    | TextEndEvent
    | ThinkingStartEvent
    | ThinkingDeltaEvent
    | ThinkingEndEvent
    | ToolCallStartEvent
    | ToolCallDeltaEvent
    | ToolCallEndEvent
)
TerminalEvent: TypeAlias = DoneEvent | ErrorEvent
AssistantMessageEvent: TypeAlias = StartEvent | BlockEvent | TerminalEvent


@dataclass(slots=True)
class AgentStartEvent(_Event):
    """A run begins.

    Attributes:
        run_id: Unique id of the run.
        session_id: The agent's session, if it has one.
    """

    type: ClassVar[Literal["agent_start"]] = "agent_start"
    run_id: str = ""
    session_id: str | None = None


EndReason: TypeAlias = Literal["stop", "terminate", "should_stop", "max_turns", "aborted", "error"]


@dataclass(slots=True)
class AgentEndEvent(_Event):
    """A run is over.

    Attributes:
        messages: The ones that the run added, prompts included.
        reason: Why it ended.
        error_message: What failed, when that was a hook and not a model call.
    """

    type: ClassVar[Literal["agent_end"]] = "agent_end"
    messages: list[AgentMessage] = field(default_factory=list)
    reason: EndReason = "stop"
    error_message: str | None = None


@dataclass(slots=True)
class TurnStartEvent(_Event):
    """A turn (one model answer and its tool calls) begins."""

    type: ClassVar[Literal["turn_start"]] = "turn_start"


@dataclass(slots=True)
class TurnEndEvent(_Event):
    """A turn is over."""

    type: ClassVar[Literal["turn_end"]] = "turn_end"
    message: AssistantMessage
    tool_results: list[ToolResultMessage] = field(default_factory=list)


@dataclass(slots=True)
class MessageStartEvent(_Event):
    """A message begins; an assistant message is still empty."""

    type: ClassVar[Literal["message_start"]] = "message_start"
    message: AgentMessage


@dataclass(slots=True)
class MessageUpdateEvent(_Event):
    """The assistant message grew; `message` is live, `assistant_message_event` says how."""

    type: ClassVar[Literal["message_update"]] = "message_update"
    _host_only: ClassVar[frozenset[str]] = frozenset({"message"})
    message: AssistantMessage
    assistant_message_event: BlockEvent


@dataclass(slots=True)
class MessageEndEvent(_Event):
    """A message is complete and part of the history."""

    type: ClassVar[Literal["message_end"]] = "message_end"
    message: AgentMessage


@dataclass(slots=True)
class ToolExecutionStartEvent(_Event):
    """A tool call is about to run; `args` as received from the model."""

    type: ClassVar[Literal["tool_execution_start"]] = "tool_execution_start"
    tool_call_id: str
    tool_name: str
    args: dict[str, Any]


@dataclass(slots=True)
class ToolExecutionUpdateEvent(_Event):
    """A running tool reports progress."""

    type: ClassVar[Literal["tool_execution_update"]] = "tool_execution_update"
    tool_call_id: str
    tool_name: str
    args: dict[str, Any]
    partial_result: Any


@dataclass(slots=True)
class ToolExecutionEndEvent(_Event):
    """A tool call is over; `result` is an `AgentToolResult`."""

    type: ClassVar[Literal["tool_execution_end"]] = "tool_execution_end"
    tool_call_id: str
    tool_name: str
    result: Any
    is_error: bool


AgentEvent: TypeAlias = (
    AgentStartEvent
    | AgentEndEvent
    | TurnStartEvent
    | TurnEndEvent
    | MessageStartEvent
    | MessageUpdateEvent
    | MessageEndEvent
    | ToolExecutionStartEvent
    | ToolExecutionUpdateEvent
    | ToolExecutionEndEvent
    | NoticeEvent
)
