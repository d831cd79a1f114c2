"""Agents for the tests of runs, and what is read from a run."""

from jackfield.agent.agent import Agent
from jackfield.messages import TextContent, UserMessage
from jackfield.models import Model
from jackfield.tools import AgentTool, AgentToolResult

MODEL = Model(provider="p", id="m", api="x")
PLAIN = "A+ T+ M+(u) M-(u) M+(a) Mu* M-(a) T-[] A-(stop)"


def agent_of(provider, *tools, **options):
    fields = {"stream_fn": provider.stream, "model": MODEL, "tools": list(tools)}
    return Agent(**fields | options)


def tool_of(execute, name="work", **fields):
    return AgentTool(name=name, execute=execute, **fields)


def ok_tool(name="ok"):
    async def execute(call_id, args, signal, on_update):
        return "ok"

    return AgentTool(name=name, execute=execute)


def user(text):
    return UserMessage(content=[TextContent(text=text)])


def result_of(text, **fields):
    return AgentToolResult(content=[TextContent(text=text)], **fields)


def text_of(message):
    return message.content[0].text


async def collected(stream):
    return [event async for event in stream]


def told(agent):
    events = []
    agent.subscribe(events.append)
    return events


def results_in(agent):
    return {m.tool_call_id: m for m in agent.state.messages if m.role == "tool_result"}


def assert_idle(agent):
    state = agent.state
    assert not state.is_streaming
    assert state.stream_message is None
    assert state.pending_tool_calls == set()
    assert agent.signal is None


def assert_valid_history(messages):
    """Every call has exactly one result, right after its message; nothing is left open."""
    due = []
    for message in messages:
        if message.role == "tool_result":
            assert due
            assert message.tool_call_id == due.pop(0)
            continue
        assert due == []
        if message.role == "assistant":
            assert message.stop_reason is not None
            assert all(not part.is_open for part in message.content)
            due = [call.id for call in message.tool_calls()]
    assert due == []


def assert_balanced(events):
    """What was begun was ended, and the run ended once."""
    kinds = [event.type for event in events]
    assert kinds[0] == "agent_start"
    assert kinds[-1] == "agent_end"
    for begin in ("agent", "turn", "message", "tool_execution"):
        assert kinds.count(f"{begin}_start") == kinds.count(f"{begin}_end")
    assert kinds.count("agent_end") == 1
