"""Running the tool calls of one turn. Sources: spec/agent.md, 5.3 to 5.8 and 7."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

from jackfield.coerce import as_tool_result
from jackfield.contracts import Context
from jackfield.events import (
    AgentEvent,
    MessageEndEvent,
    MessageStartEvent,
    ToolExecutionEndEvent,
    ToolExecutionStartEvent,
    ToolExecutionUpdateEvent,
)
from jackfield.messages import (
    AssistantMessage,
    ToolCallContent,
    ToolResultMessage,
    now_ms,
)
from jackfield.run.abort import AbortSwitch, InterruptedRunError
from jackfield.run.hook_chain import HookChain
from jackfield.run.tool_call import ABORTED_TEXT, RunningCall, error_result, error_text
from jackfield.tools import (
    AgentTool,
    AgentToolResult,
    ExecutionMode,
    ToolLoopControl,
    validate_tool_arguments,
)

TRUNCATED_TEXT = (
    "Not run: the answer hit the output limit, so the arguments of this call may be cut off. "
    "Issue the call again, with shorter arguments."
)


class ToolBatch:
    """The tool calls of one assistant message.

    Args:
        message: The finished assistant message.
        context: Its tools may be called; given to the hooks.
        hooks: The run's hooks.
        switch: The run's.
        mode: `sequential`, or `parallel` unless one of the tools refuses that.

    Attributes:
        results: One per call in source order, once the events are exhausted.
        terminate: Whether a tool or hook asked for the end of the run.
    """

    def __init__(
        self,
        message: AssistantMessage,
        context: Context,
        hooks: HookChain,
        switch: AbortSwitch,
        mode: ExecutionMode = "parallel",
    ) -> None:
        self.results: list[ToolResultMessage] = []
        self.terminate = False
        self._message = message
        self._where: Mapping[str, Any] = {"message": message, "context": context}
        self._hooks = hooks
        self._switch = switch
        self._news: deque[RunningCall | ToolExecutionUpdateEvent] = deque()
        self._wake: asyncio.Future[None] | None = None
        self._tools = context.tools or []
        self._calls = [
            RunningCall(part, _find(self._tools, part.name), self._notify)
            for part in message.tool_calls()
        ]
        self._sequential = mode == "sequential" or any(
            call.tool is not None and call.tool.execution_mode == "sequential"
            for call in self._calls
        )

    async def events(self) -> AsyncGenerator[list[AgentEvent], None]:
        """Run the calls and yield their events; an abort ends them early, but in good order."""
        try:
            if self._sequential:
                async for events in self._one_by_one():
                    yield events
            else:
                async for events in self._together():
                    yield events
        finally:
            for call in self._calls:  # only when nobody listens to the end
                call.stop(ABORTED_TEXT)

    async def _together(self) -> AsyncGenerator[list[AgentEvent], None]:
        yield [_start_event(call) for call in self._calls]
        # All calls are judged before any starts, so that a policy sees them in a defined order.
        for call in self._calls:
            await self._prepare(call)
            if self._news:
                yield await self._told()
        for call in self._calls:
            self._start(call)
        async for events in self._until_settled(self._calls):
            yield events
        yield [event for call in self._calls for event in self._recorded(call)]

    async def _one_by_one(self) -> AsyncGenerator[list[AgentEvent], None]:
        for call in self._calls:
            if self._switch.aborted:
                call.fail(ABORTED_TEXT)  # it never began: a result, but no execution events
                self._news.clear()
            else:
                yield [_start_event(call)]
                await self._prepare(call)
                self._start(call)
                async for events in self._until_settled([call]):
                    yield events
            yield self._recorded(call)

    async def _prepare(self, call: RunningCall) -> None:
        """Validate the arguments and ask the hooks; a refused call is settled at once."""
        if self._switch.aborted:
            return
        try:
            if self._message.stop_reason == "length":
                call.fail(TRUNCATED_TEXT)
            elif call.tool is not None:
                call.args = validate_tool_arguments(call.tool, call.part)
            if call.result is None:
                await self._ask(call)
            if call.result is None:
                self._refuse_unrunnable(call)
        except InterruptedRunError:
            return
        except Exception as error:  # noqa: BLE001 - the model is told
            call.fail(error_text(error))

    async def _ask(self, call: RunningCall) -> None:
        verdict = await self._hooks.before(call.part, call.tool, call.args, self._where)
        call.terminate |= verdict.terminate
        if verdict.result is not None:
            is_error = True if verdict.is_error is None else verdict.is_error
            call.settle(as_tool_result(verdict.result), is_error=is_error)

    def _refuse_unrunnable(self, call: RunningCall) -> None:
        name = call.part.name
        if call.tool is None:
            known = ", ".join(tool.name for tool in self._tools) or "none"
            call.fail(f"Tool {name} not found. Available tools: {known}")
        elif call.tool.execute is None:
            call.fail(f"Tool {name} has no execute function")

    def _start(self, call: RunningCall) -> None:
        if self._switch.aborted:
            call.stop(ABORTED_TEXT)
        elif call.result is None:
            call.start(self._switch.signal)

    async def _until_settled(
        self, calls: Sequence[RunningCall]
    ) -> AsyncGenerator[list[AgentEvent], None]:
        while self._news or any(call.result is None for call in calls):
            if self._switch.aborted:
                for call in calls:
                    call.stop(ABORTED_TEXT)
            if self._news:
                yield await self._told()
            else:
                await self._wait()

    async def _wait(self) -> None:
        """Wait for news, or for the end of the run."""
        wake = self._wake = asyncio.get_running_loop().create_future()
        try:
            if self._switch.aborted:
                await self._switch.enduring(wake)
            else:
                await self._switch.interruptible(lambda: wake)
        except InterruptedRunError:
            pass
        finally:
            self._wake = None

    def _notify(self, news: RunningCall | ToolExecutionUpdateEvent) -> None:
        self._news.append(news)
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    async def _told(self) -> list[AgentEvent]:
        """Return the events of all news so far."""
        events: list[AgentEvent] = []
        while self._news:
            news = self._news.popleft()
            events.append(await self._ended(news) if isinstance(news, RunningCall) else news)
        return events

    async def _ended(self, call: RunningCall) -> ToolExecutionEndEvent:
        """Record the result of a settled call, as the hooks leave it."""
        message = _result_message(call)
        try:
            await self._hooks.after(call.part, message, _replace, self._where)
        except InterruptedRunError:
            pass
        except Exception as error:  # noqa: BLE001 - the model is told
            message.content = error_result(error_text(error)).content
            message.is_error = True
        call.message = message
        result = AgentToolResult(
            content=message.content, details=message.details, terminate=message.terminate
        )
        return ToolExecutionEndEvent(call.part.id, call.part.name, result, message.is_error)

    def _recorded(self, call: RunningCall) -> list[AgentEvent]:
        message = call.message or _result_message(call)
        self.results.append(message)
        self.terminate |= message.terminate
        return [MessageStartEvent(message), MessageEndEvent(message)]


def refused(calls: Sequence[ToolCallContent], text: str) -> list[ToolResultMessage]:
    """Return an error result for each of the calls, none of which was run."""
    return [_message(part, error_result(text), is_error=True) for part in calls]


def _find(tools: Sequence[AgentTool], name: str) -> AgentTool | None:
    return next((tool for tool in tools if tool.name == name), None)


def _start_event(call: RunningCall) -> ToolExecutionStartEvent:
    return ToolExecutionStartEvent(call.part.id, call.part.name, call.part.arguments)


def _result_message(call: RunningCall) -> ToolResultMessage:
    result = call.result or error_result(ABORTED_TEXT)
    message = _message(call.part, result, is_error=call.is_error)
    message.terminate = call.terminate
    return message


def _message(
    part: ToolCallContent, result: AgentToolResult, *, is_error: bool
) -> ToolResultMessage:
    return ToolResultMessage(
        tool_call_id=part.id,
        tool_name=part.name,
        content=result.content,
        details=result.details,
        is_error=is_error,
        timestamp=now_ms(),
    )


def _replace(message: ToolResultMessage, control: ToolLoopControl) -> None:
    """Apply what `after_tool_call` wants. Source: spec/agent.md, 7.3."""
    if control.result is not None:
        result = as_tool_result(control.result)
        message.content, message.details = result.content, result.details
        message.terminate |= result.terminate
    if control.is_error is not None:
        message.is_error = control.is_error
    message.terminate |= control.terminate
