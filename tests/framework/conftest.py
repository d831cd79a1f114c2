"""The notation of spec/agent.md, 5, for the tests of runs."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from jackfield.messages import AgentMessage

_SHORT = {"user": "u", "assistant": "a"}
_MESSAGE_CODES = {"message_start": "M+", "message_update": "Mu*", "message_end": "M-"}
_TOOL_CODES = {
    "tool_execution_start": "X+",
    "tool_execution_update": "Xu",
    "tool_execution_end": "X-",
}


def _message(message: AgentMessage) -> str:
    if message.role == "tool_result":
        return f"r:{message.tool_call_id}"
    return _SHORT.get(message.role, message.role)


def _code(event: Any) -> str:
    kind = event.type
    if kind == "agent_end":
        return f"A-({event.reason})"
    if kind == "turn_end":
        return f"T-[{','.join(result.tool_call_id for result in event.tool_results)}]"
    if kind == "message_update":
        return "Mu*"
    if kind in _MESSAGE_CODES:
        return f"{_MESSAGE_CODES[kind]}({_message(event.message)})"
    if kind in _TOOL_CODES:
        return f"{_TOOL_CODES[kind]}({event.tool_call_id})"
    return {"agent_start": "A+", "turn_start": "T+"}[kind]


def _notation(events: Iterable[Any]) -> str:
    codes: list[str] = []
    for event in events:
        code = _code(event)
        if code != "Mu*" or codes[-1:] != ["Mu*"]:
            codes.append(code)
    return " ".join(codes)


@pytest.fixture
def notation() -> Callable[[Iterable[Any]], str]:
    """Give a function that writes events as `A+ T+ M+(u) ... A-(stop)`; `Mu*` are updates."""
    return _notation


@pytest.fixture
def roles() -> Callable[[Iterable[AgentMessage]], str]:
    """Give a function that writes a history as `u a r:t1 a`."""
    return lambda messages: " ".join(_message(message) for message in messages)
