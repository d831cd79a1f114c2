"""Events of a server -> the events and the message of an answer. Without I/O."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from jackfield.answer import Answer
from jackfield.errors import ProviderError, UnsupportedError
from jackfield.usage import Usage
from jackfield_assistant_ui.remote.following import AnswerFollower
from jackfield_assistant_ui.wire.events import (
    Aborted,
    Annotations,
    ApprovalRequest,
    CallArgs,
    CallDenied,
    CallResult,
    CallStart,
    Data,
    Event,
    File,
    Finish,
    MessageStart,
    Metadata,
    Reasoning,
    Source,
    StateOps,
    StepFinish,
    StepStart,
    StreamError,
    Text,
)


@dataclass(slots=True)
class _Call:
    name: str
    pieces: list[str] = field(default_factory=list)
    result: CallResult | None = None
    waits: bool = False


class AnswerWriter:
    """Writes what one server tells into one answer.

    Calls of the agent's own tools become tool calls, at the end: until then the server may give
    a result itself. What the server's tools did is in `metadata["tool_calls"]`, what else it
    tells in `sources`, `files`, `data` and `annotations`.

    Args:
        answer: Is told what comes.
        provider: Our name, for errors.
        tools: Names of the agent's tools.
        state: What the server's state was before.
    """

    def __init__(
        self, answer: Answer, *, provider: str, tools: Collection[str] = (), state: Any = None
    ) -> None:
        self.state: Any = state
        self._answer = answer
        self._provider = provider
        self._tools = tools
        self._calls: dict[str, _Call] = {}
        self._finish: Finish | None = None
        self._step_usage = Usage()
        self._follower = AnswerFollower()
        self._follower.events(state)
        self._is_told_in_parts = False

    def take(self, event: Event) -> None:
        """Write an event.

        Raises:
            ProviderError: The server has failed, or stopped the answer.
        """
        match event:
            case Text() | Reasoning() | CallStart():
                self._is_told_in_parts = True
                self._take_part(event)
            case StateOps():
                self.state = event.state
                for told in self._follower.events(event.state):
                    if not self._is_told_in_parts or isinstance(told, StreamError):
                        self._take_part(told)
            case _:
                self._take_part(event)

    def end(self) -> None:
        """Finish the answer.

        Raises:
            ProviderError: The content was filtered, or the server wants a tool that the agent
                does not have.
        """
        mine = self._own_calls()
        reason = "unknown" if self._finish is None else self._finish.reason
        usage = usage_of(self._finish.usage) if self._finish else Usage()
        message = self._answer.message
        message.usage = usage if usage.total_tokens else self._step_usage
        message.raw_stop_reason = reason
        if reason == "content-filter":
            raise ProviderError(
                "The server's content filter ended the answer.",
                kind="content_filter",
                provider=self._provider,
            )
        if reason == "error":
            raise self._failed("The server failed and does not say why.")
        self._answer.finish(_stop_reason(reason, has_calls=bool(mine)))

    def _take_part(self, event: Event) -> None:  # noqa: C901 - one line for each kind of event
        match event:
            case Text(text=text):
                self._answer.text(text)
            case Reasoning(text=text):
                self._answer.thinking(text)
            case CallStart(id=call_id, name=name):
                self._calls[call_id] = _Call(name)
            case CallArgs(id=call_id, text=text) if call_id in self._calls:
                self._calls[call_id].pieces.append(text)
            case CallResult(id=call_id) if call_id in self._calls:
                self._calls[call_id].result = event
            case CallDenied(id=call_id) if call_id in self._calls:
                self._calls[call_id].result = CallResult(call_id, "Denied.", is_error=True)
            case ApprovalRequest(call_id=call_id) if call_id in self._calls:
                self._calls[call_id].waits = True
            case StepFinish(usage=usage):
                self._step_usage = added(self._step_usage, usage_of(usage))
            case Finish():
                self._finish = event
            case StreamError(message=message):
                raise self._failed(message)
            case Aborted(reason=reason):
                raise self._failed(reason or "The server stopped the answer.")
            case _:
                self._note(event)

    def _note(self, event: Event) -> None:
        match event:
            case MessageStart(message_id=message_id) | StepStart(message_id=message_id):
                self._answer.message.response_id = self._answer.message.response_id or (
                    message_id or None
                )
            case Source():
                self._add("sources", {"id": event.id, "url": event.url, "title": event.title})
            case File():
                self._add("files", {"data": event.data, "mime_type": event.mime_type})
            case Data():
                self._add("data", {"name": event.name, "data": event.data})
            case Annotations(values=values):
                self._add("annotations", *values)
            case Metadata(values=values):
                self._answer.message.metadata.setdefault("message", {}).update(values)

    def _own_calls(self) -> list[str]:
        """Write the calls of our tools; note those that the server ran."""
        mine: list[str] = []
        for call_id, call in self._calls.items():
            text = "".join(call.pieces)
            if call.result is not None:
                told = {"id": call_id, "name": call.name, "args": text}
                outcome = {"result": call.result.result, "is_error": call.result.is_error}
                self._add("tool_calls", told | outcome)
            elif call.name in self._tools and not call.waits:
                mine.append(call_id)
                self._answer.open_call(call_id, id=call_id, name=call.name)
                self._answer.arguments(call_id, text)
                self._answer.end_call(call_id)
            else:
                raise self._unanswered(call)
        return mine

    def _unanswered(self, call: _Call) -> ProviderError:
        if call.waits:
            problem = f"asks whether it may call {call.name}, which nobody can answer here."
            hint = "Let the server allow that tool without asking."
        else:
            problem = f"wants the result of the tool {call.name}, which the agent does not have."
            hint = "Give the agent such a tool, or take it from the server's agent."
        return UnsupportedError(f"The server {problem}", provider=self._provider, hint=hint)

    def _failed(self, message: str) -> ProviderError:
        return ProviderError(message, kind="server", provider=self._provider)

    def _add(self, name: str, *values: Any) -> None:
        self._answer.message.metadata.setdefault(name, []).extend(values)


def usage_of(told: Mapping[str, int]) -> Usage:
    """Return the counts in our words."""
    given = told.get("inputTokens", 0), told.get("outputTokens", 0)
    return Usage(
        input=given[0],
        output=given[1],
        cache_read=told.get("cachedInputTokens", 0),
        reasoning=told.get("reasoningTokens", 0),
        total_tokens=told.get("totalTokens", sum(given)),
    )


def added(one: Usage, other: Usage) -> Usage:
    """Return the sum of two counts."""
    return Usage(
        input=one.input + other.input,
        output=one.output + other.output,
        cache_read=one.cache_read + other.cache_read,
        reasoning=one.reasoning + other.reasoning,
        total_tokens=one.total_tokens + other.total_tokens,
    )


def _stop_reason(reason: str, *, has_calls: bool) -> Literal["stop", "length", "tool_calls"]:
    if has_calls:
        return "tool_calls"
    return "length" if reason == "length" else "stop"
