"""What stands before each tool call: the page's own tools, approvals, results that are known.

A run ends when a call has to wait for the page or for the user. The request that brings what was
missing repeats the turn (`repeated_turn`), and then the gate gives each call what is known.
"""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any
from uuid import uuid4

from jackfield import (
    AgentTool,
    AgentToolResult,
    AnswerStream,
    Context,
    Model,
    StreamOptions,
    TextContent,
    ToolCallContent,
    ToolLoopControl,
)
from jackfield.answer import Answer
from jackfield.contracts import StreamFn
from jackfield_assistant_ui.serve.history import KnownResult, PendingTurn
from jackfield_assistant_ui.wire.encoders.json_bytes import strict_bytes

_WAITS = "This call waits for the user."
_DENIED = "The user denied this call."
_NOBODY = "This tool needs the user's approval, which this page cannot ask for."


@dataclass(slots=True, kw_only=True)
class Gate:
    """What is known of the calls of one run.

    Attributes:
        approve: Names of the tools whose calls the user has to allow.
        frontend: Names of the tools that the page runs.
        may_ask: Whether the page can ask the user; else such calls are refused.
        results: Results that are known, by call.
        approved: Calls that the user allowed.
        denied: Calls that the user denied, with the reason.
        deferred: Calls of this run that the page runs.
        questions: Calls of this run that wait for the user: call id -> id of the question.
    """

    approve: frozenset[str] = frozenset()
    frontend: frozenset[str] = frozenset()
    may_ask: bool = True
    results: Mapping[str, KnownResult] = field(default_factory=dict)
    approved: frozenset[str] = frozenset()
    denied: Mapping[str, str] = field(default_factory=dict)
    deferred: set[str] = field(default_factory=set)
    questions: dict[str, str] = field(default_factory=dict)

    def is_waiting(self, call_id: str) -> bool:
        """Whether a call of this run has no result yet."""
        return call_id in self.questions or call_id in self.deferred

    @property
    def waits(self) -> bool:
        """Whether the run ended because a call has to wait."""
        return bool(self.questions or self.deferred)

    def before(
        self, tool_call: ToolCallContent, _tool: AgentTool | None, _args: dict[str, Any]
    ) -> ToolLoopControl | None:
        """Let a call through (None), or give its result. A hook of the run."""
        if tool_call.id in self.denied:
            reason = self.denied[tool_call.id]
            return _result(f"{_DENIED} Reason: {reason}" if reason else _DENIED, is_error=True)
        known = self.results.get(tool_call.id)
        if known is not None:
            return _result(known.text, is_error=known.is_error)
        if tool_call.name in self.frontend:
            self.deferred.add(tool_call.id)
            return _result(_WAITS, terminate=True)
        if tool_call.name in self.approve and tool_call.id not in self.approved:
            return self._ask(tool_call)
        return None

    def _ask(self, tool_call: ToolCallContent) -> ToolLoopControl:
        if not self.may_ask:
            return _result(_NOBODY, is_error=True)
        self.questions[tool_call.id] = uuid4().hex
        return _result(_WAITS, terminate=True)


def _result(text: str, *, is_error: bool = False, terminate: bool = False) -> ToolLoopControl:
    result = AgentToolResult(content=[TextContent(text=text)])
    return ToolLoopControl(result=result, is_error=is_error, terminate=terminate)


def tools_to_approve(patterns: Sequence[str], names: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """Return the names of the tools that patterns like `files.*` or `files.delete` mean.

    Args:
        patterns: Of the setting `approve`.
        names: Tools by tool set; one of them may be called by its own name alone, too.
    """
    return frozenset(
        tool
        for toolset, tools in names.items()
        for tool in tools
        for pattern in patterns
        if fnmatchcase(f"{toolset}.{tool}", pattern) or fnmatchcase(tool, pattern)
    )


def repeated_turn(turn: PendingTurn, stream_fn: StreamFn) -> StreamFn:
    """Return a function that gives a known turn as the first answer, then calls the model."""
    first = True

    def stream(model: Model, context: Context, options: StreamOptions) -> Any:
        nonlocal first
        if not first:
            return stream_fn(model, context, options)
        first = False
        return AnswerStream(model, source)

    async def source(answer: Answer) -> AsyncGenerator[None, None]:
        for part in turn.message.content:
            if isinstance(part, TextContent):
                answer.text(part.text)
        for call in turn.message.tool_calls():
            answer.open_call(call.id, id=call.id, name=call.name)
            answer.arguments(call.id, strict_bytes(call.arguments).decode())
            answer.end_call(call.id)
        answer.finish("tool_calls")
        yield

    return stream
