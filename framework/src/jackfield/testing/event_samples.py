"""One of every agent event, and the events of a whole run, for the tests of sinks."""

from jackfield.answer import Answer
from jackfield.events import (
    AgentEndEvent,
    AgentEvent,
    AgentStartEvent,
    DoneEvent,
    ErrorEvent,
    MessageEndEvent,
    MessageStartEvent,
    MessageUpdateEvent,
    NoticeEvent,
    StartEvent,
    ToolExecutionEndEvent,
    ToolExecutionStartEvent,
    ToolExecutionUpdateEvent,
    TurnEndEvent,
    TurnStartEvent,
)
from jackfield.messages import (
    AssistantMessage,
    CustomAgentMessage,
    TextContent,
    ToolResultMessage,
    UserMessage,
)
from jackfield.models import Model
from jackfield.tools import AgentToolResult


def run_events() -> list[AgentEvent]:
    """Return the events of a run with a thought, a text, a tool call and a last answer."""
    user = UserMessage(content=[TextContent(text="What time is it? \u00e9\U0001f600")], timestamp=1)
    first, said = _answer()
    result = ToolResultMessage(
        tool_call_id="call_1", tool_name="clock", content=[TextContent(text="12:00")], timestamp=2
    )
    outcome = AgentToolResult(content=[TextContent(text="12:00")], details={"zone": "UTC"})
    args = {"zone": "UTC"}
    return [
        AgentStartEvent(),
        TurnStartEvent(),
        MessageStartEvent(user),
        MessageEndEvent(user),
        *said,
        ToolExecutionStartEvent("call_1", "clock", args),
        ToolExecutionUpdateEvent("call_1", "clock", args, AgentToolResult()),
        ToolExecutionEndEvent("call_1", "clock", outcome, is_error=False),
        MessageStartEvent(result),
        MessageEndEvent(result),
        TurnEndEvent(first, [result]),
        AgentEndEvent([user, first, result], "stop"),
    ]


def odd_events() -> list[AgentEvent]:
    """Return events that are legal and rare: notices, failures, empty messages, strange texts."""
    failed = AssistantMessage(stop_reason="error", error_message="no such host", timestamp=1)
    custom = CustomAgentMessage(role="note", content=["any", {"thing": None}])
    strange = UserMessage(content=[TextContent(text="\x00\u2028\ud800\n\r\t" + "x" * 100_000)])
    return [
        NoticeEvent("retry", "Trying again in 2 s.", {"wait_s": 2}),
        MessageStartEvent(failed),
        MessageEndEvent(failed),
        MessageEndEvent(custom),
        MessageEndEvent(strange),
        ToolExecutionEndEvent(
            "call_2", "odd", AgentToolResult(details={"a": object()}), is_error=True
        ),
        TurnEndEvent(failed),
        AgentEndEvent([], "aborted"),
        AgentEndEvent([failed, custom], "error"),
    ]


def _answer() -> tuple[AssistantMessage, list[AgentEvent]]:
    answer = Answer(Model(provider="scripted", id="test", api="scripted"))
    answer.thinking("They want the time.")
    answer.text("Let me ")
    answer.text("look.")
    answer.open_call("a", id="call_1", name="clock")
    answer.arguments("a", '{"zone": "UTC"}')
    answer.finish("tool_calls")
    updates = [
        MessageUpdateEvent(answer.message, event)
        for event in answer.take()
        if not isinstance(event, StartEvent | DoneEvent | ErrorEvent)
    ]
    message = answer.message
    return message, [MessageStartEvent(message), *updates, MessageEndEvent(message)]
