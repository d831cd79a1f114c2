"""One run: its turns, and the order of its events. Source: spec/agent.md, 5.

The run is an async generator of lists of events. It goes on only when its consumer asks for
more, so every event is delivered before the next model call or tool batch starts; there is no
task, queue or copy per token.
"""

import inspect
from collections.abc import AsyncGenerator, Sequence
from uuid import uuid4

from jackfield.contracts import Context, StreamFn
from jackfield.events import (
    AgentEndEvent,
    AgentEvent,
    AgentStartEvent,
    EndReason,
    MessageEndEvent,
    MessageStartEvent,
    TurnEndEvent,
    TurnStartEvent,
)
from jackfield.messages import AgentMessage, AssistantMessage, ToolResultMessage
from jackfield.run.abort import AbortSwitch, InterruptedRunError
from jackfield.run.hook_chain import HookChain
from jackfield.run.loop_config import AgentLoopConfig, GetMessages
from jackfield.run.model_request import ModelRequest
from jackfield.run.reply import Reply
from jackfield.run.tool_call import ABORTED_TEXT, error_text
from jackfield.run.tool_runner import ToolBatch, refused

FAILED_TEXT = "Not run: the answer that asked for this call ended with an error"


class RunLoop:
    """One run.

    Args:
        prompts: New messages to begin with; none to continue.
        context: What the model is given; its list of messages grows.
        config: Settings of the run.
        switch: Ends the run early.
        stream_fn: Calls the model.
        skip_first_poll: Do not ask for steering messages before the first call.

    Attributes:
        run_id: Unique id of the run.
        new_messages: Everything that the run has added so far, prompts included.
    """

    def __init__(  # noqa: PLR0913 - what a run is made of
        self,
        prompts: Sequence[AgentMessage],
        context: Context,
        config: AgentLoopConfig,
        switch: AbortSwitch,
        stream_fn: StreamFn,
        *,
        skip_first_poll: bool = False,
    ) -> None:
        self.run_id = uuid4().hex
        self.new_messages: list[AgentMessage] = []
        self._prompts = prompts
        self._context = context
        self._config = config
        self._switch = switch
        self._skip_poll = skip_first_poll
        self._hooks = HookChain(config, switch)
        self._request = ModelRequest(config, self._hooks, switch, stream_fn)
        self._reason: EndReason | None = None
        self._error: str | None = None
        self._turns = 0
        self._had_results = False

    async def events(self) -> AsyncGenerator[list[AgentEvent], None]:
        """Yield the events of the run. Nothing happens before the first is asked for."""
        yield [AgentStartEvent(self.run_id, self._config.session_id), TurnStartEvent()]
        if self._prompts:
            yield self._added(self._prompts)
        pending = [] if self._skip_poll else await self._poll(self._config.get_steering_messages)
        while self._reason is None:
            opening: list[AgentEvent] = [TurnStartEvent()] if self._turns else []
            opening += self._added(pending)
            if opening:
                yield opening
            self._turns += 1
            async for events in self._turn():
                yield events
            pending = await self._next()
        yield [AgentEndEvent(self.new_messages, self._reason, self._error)]

    async def _turn(self) -> AsyncGenerator[list[AgentEvent], None]:
        reply = Reply(self._config.model, self._switch)
        async for events in reply.events(lambda: self._request.send(self._context)):
            yield events
        message = reply.message
        self._append(message)
        calls = message.tool_calls()
        results: list[ToolResultMessage] = []
        terminate = False
        if message.stop_reason in ("error", "aborted"):
            text = ABORTED_TEXT if message.stop_reason == "aborted" else FAILED_TEXT
            results = refused(calls, text)
            if results:
                yield self._added(results)
        elif calls:
            batch = ToolBatch(
                message, self._context, self._hooks, self._switch, self._config.tool_execution
            )
            async for events in batch.events():
                yield events
            results, terminate = batch.results, batch.terminate
            for result in results:
                self._append(result)
        yield [TurnEndEvent(message, results)]
        self._reason = await self._verdict(message, results, terminate=terminate)
        self._had_results = bool(results)

    async def _verdict(
        self, message: AssistantMessage, results: list[ToolResultMessage], *, terminate: bool
    ) -> EndReason | None:
        """Tell whether the run ends after this turn, and why. Source: spec/agent.md, 5.1."""
        if self._switch.aborted or message.stop_reason == "aborted":
            return "aborted"
        if message.stop_reason == "error":
            return "error"
        if terminate:
            return "terminate"
        try:
            if await self._hooks.should_stop(message, results, self._context, self.new_messages):
                return "should_stop"
            self._switch.check()
        except InterruptedRunError:
            return "aborted"
        except Exception as error:  # noqa: BLE001 - a failing hook ends the run, as it says
            self._error = error_text(error)
            return "error"
        return "max_turns" if self._at_limit(results) else None

    def _at_limit(self, results: list[ToolResultMessage]) -> bool:
        """Tell whether another turn would start although the limit is reached."""
        config = self._config
        if config.max_turns is None or self._turns < config.max_turns:
            return False
        queued = config.has_queued_messages
        return bool(results) or (queued is not None and queued())

    async def _next(self) -> list[AgentMessage]:
        """Take the messages that open the next turn; without any, the run may be over."""
        if self._reason is not None:
            return []
        pending = await self._poll(self._config.get_steering_messages)
        if not pending and not self._had_results and self._reason is None:
            pending = await self._poll(self._config.get_follow_up_messages)
            if not pending and self._reason is None:
                self._reason = "aborted" if self._switch.aborted else "stop"
        return pending

    async def _poll(self, get_messages: GetMessages | None) -> list[AgentMessage]:
        """Take messages off a queue; a run that is to end leaves them there."""
        if get_messages is None or self._switch.aborted:
            return []
        try:
            messages = get_messages()
            if inspect.isawaitable(messages):
                messages = await self._switch.undisturbed(messages)
        except InterruptedRunError:
            return []
        except Exception as error:  # noqa: BLE001 - ends the run, as it says
            self._reason, self._error = "error", error_text(error)
            return []
        return list(messages or ())

    def _added(self, messages: Sequence[AgentMessage]) -> list[AgentEvent]:
        """Append messages that are complete; return their events."""
        events: list[AgentEvent] = []
        for message in messages:
            self._append(message)
            events += [MessageStartEvent(message), MessageEndEvent(message)]
        return events

    def _append(self, message: AgentMessage) -> None:
        self._context.messages.append(message)
        self.new_messages.append(message)
