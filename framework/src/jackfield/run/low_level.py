"""The loop without the agent: functions for those who keep their own state.

They are thin: what they do is done by `jackfield.run.loop`, `.reply` and `.tool_runner`. Source:
spec/agent.md, 2.5.
"""

import asyncio
import inspect
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

from jackfield.contracts import Context, StreamFn, StreamOptions
from jackfield.errors import OptionError
from jackfield.events import (
    AgentEvent,
    MessageEndEvent,
    MessageStartEvent,
    ToolExecutionEndEvent,
    ToolExecutionStartEvent,
)
from jackfield.history import default_convert_to_llm
from jackfield.messages import AgentMessage, AssistantMessage, ToolCallContent, ToolResultMessage
from jackfield.models import Model
from jackfield.record import Record
from jackfield.run.abort import AbortSwitch, InterruptedRunError
from jackfield.run.event_stream import EventStream
from jackfield.run.hook_chain import HookChain
from jackfield.run.loop import RunLoop
from jackfield.run.loop_config import (
    AfterToolCallFn,
    AgentLoopConfig,
    BeforeToolCallFn,
    GetMessages,
)
from jackfield.run.model_request import ModelRequest
from jackfield.run.reply import Reply
from jackfield.run.tool_call import error_result
from jackfield.run.tool_runner import ToolBatch, refused
from jackfield.tools import AgentTool


@dataclass(slots=True, kw_only=True)
class ToolExecutionResult(Record):
    """The outcome of `execute_tool_calls`."""

    tool_results: list[ToolResultMessage]
    steering_messages: list[AgentMessage] | None = None
    terminate: bool = False


def agent_loop(
    prompts: Sequence[AgentMessage],
    context: Context,
    config: AgentLoopConfig,
    signal: asyncio.Event | None = None,
    stream_fn: StreamFn | None = None,
) -> EventStream:
    """Start a run in a task of its own, at once; the caller's context is not changed.

    The run goes on only as its events are read. Setting `signal` aborts it.
    """
    switch = AbortSwitch(signal)
    own = Context(
        system_prompt=context.system_prompt, messages=list(context.messages), tools=context.tools
    )
    loop = RunLoop(list(prompts), own, config, switch, stream_fn or stream_simple)
    stream = EventStream()
    stream.task = asyncio.get_running_loop().create_task(
        _fill(stream, loop.events(), switch), name="agent_loop"
    )
    return stream


def agent_loop_continue(
    context: Context,
    config: AgentLoopConfig,
    signal: asyncio.Event | None = None,
    stream_fn: StreamFn | None = None,
) -> EventStream:
    """Start a run without a new prompt, as `agent_loop` does.

    Raises:
        OptionError: There are no messages, or the last one is an assistant's.
    """
    if not context.messages:
        raise OptionError("Cannot continue: no messages in context")
    if context.messages[-1].role == "assistant":
        raise OptionError("Cannot continue from message role: assistant")
    return agent_loop([], context, config, signal, stream_fn)


async def _fill(
    stream: EventStream, batches: AsyncGenerator[list[AgentEvent], None], switch: AbortSwitch
) -> None:
    try:
        async with switch.watched():
            async for batch in batches:
                for event in batch:
                    stream.push(event)
                with suppress(InterruptedRunError):  # an aborted run waits for no reader
                    await switch.interruptible(stream.taken)
        switch.let_through()
    except BaseException as error:
        stream.set_exception(error)
        if not isinstance(error, Exception):
            raise


async def stream_assistant_response(
    context: Context,
    config: AgentLoopConfig,
    signal: asyncio.Event | None,
    stream: EventStream,
    stream_fn: StreamFn | None = None,
) -> AssistantMessage:
    """Call the model once; the events go to `stream`, the answer into `context`. 4.5."""
    switch = AbortSwitch(signal)
    hooks = HookChain(config, switch)
    request = ModelRequest(config, hooks, switch, stream_fn or stream_simple)
    reply = Reply(config.model, switch)
    await _push_all(stream, reply.events(lambda: request.send(context)), switch)
    context.messages.append(reply.message)
    return reply.message


async def execute_tool_calls(  # noqa: PLR0913 - the signature is the specification's
    tools: Sequence[AgentTool] | None,
    assistant_message: AssistantMessage,
    signal: asyncio.Event | None,
    stream: EventStream,
    get_steering_messages: GetMessages | None = None,
    before_tool_call: BeforeToolCallFn | None = None,
    after_tool_call: AfterToolCallFn | None = None,
) -> ToolExecutionResult:
    """Run the calls of one message in parallel; the events go to `stream`."""
    switch = AbortSwitch(signal)
    config = AgentLoopConfig(
        model=Model(),
        convert_to_llm=default_convert_to_llm,
        before_tool_call=before_tool_call,
        after_tool_call=after_tool_call,
    )
    context = Context(tools=list(tools or []))
    batch = ToolBatch(assistant_message, context, HookChain(config, switch), switch)
    await _push_all(stream, batch.events(), switch)
    steering: list[AgentMessage] = []
    if get_steering_messages is not None:
        found = get_steering_messages()
        steering = list(await found if inspect.isawaitable(found) else found)
    return ToolExecutionResult(
        tool_results=batch.results,
        steering_messages=steering or None,
        terminate=batch.terminate,
    )


async def _push_all(
    stream: EventStream, batches: AsyncGenerator[list[AgentEvent], None], switch: AbortSwitch
) -> None:
    async with switch.watched():
        async for batch in batches:
            for event in batch:
                stream.push(event)
    switch.let_through()


def skip_tool_call(tool_call: ToolCallContent, stream: EventStream) -> ToolResultMessage:
    """Refuse a call because the user has said something else; emits X+ X- M+ M-."""
    text = "Skipped due to queued user message."
    (message,) = refused([tool_call], text)
    name, args = tool_call.name, tool_call.arguments
    stream.push(ToolExecutionStartEvent(tool_call.id, name, args))
    stream.push(ToolExecutionEndEvent(tool_call.id, name, error_result(text), is_error=True))
    stream.push(MessageStartEvent(message))
    stream.push(MessageEndEvent(message))
    return message


def stream_simple(model: Model, context: Context, options: StreamOptions) -> NoReturn:
    """Stand in where no stream function was given.

    Raises:
        NotImplementedError: Always.
    """
    raise NotImplementedError("No stream_fn was given; pass one that calls your provider.")
