"""Runs over an agent's history: prompt, stream, continue, abort. Source: spec/agent.md, 2.3."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import fields
from typing import TypeAlias, Unpack

from jackfield.agent.active_run import ActiveRun, EventSource
from jackfield.agent.means import AnyTool
from jackfield.agent.options import AgentFields
from jackfield.agent.options import AgentOptions as AgentOptions
from jackfield.agent.settings import AgentSettings, AnyMessage, Images, user_message
from jackfield.agent.state import AgentState as AgentState
from jackfield.coerce import as_message, as_messages
from jackfield.contracts import Context
from jackfield.errors import AgentBusyError, AgentRunError, OptionError, StateError
from jackfield.events import (
    AgentEvent,
    MessageEndEvent,
    MessageUpdateEvent,
    NoticeEvent,
    TextDeltaEvent,
)
from jackfield.history import default_convert_to_llm
from jackfield.messages import (
    AgentMessage,
    AssistantMessage,
    extract_text,
)
from jackfield.models import Model
from jackfield.run.loop import RunLoop
from jackfield.run.loop_config import AgentLoopConfig

Prompt: TypeAlias = str | AnyMessage | Sequence[AnyMessage]
_Prepared: TypeAlias = tuple[list[AgentMessage], bool]  # prompts; skip the first steering poll

_BUSY = (
    "Agent is already processing a prompt. "
    "Use steer() or follow_up() to queue messages, or wait for completion."
)
_BUSY_CONTINUE = "Agent is already processing. Wait for completion before continuing."
_SHARED = {item.name for item in fields(AgentLoopConfig)} & {
    item.name for item in fields(AgentOptions)
}


class AgentRuns(AgentSettings):
    """The runs of an agent; `Agent` adds the blocking forms and closing."""

    __slots__ = ("_closers", "_waiters")

    def __init__(
        self,
        options: AgentOptions | None = None,
        *,
        model: Model | str | None = None,
        tools: Sequence[AnyTool] | None = None,
        system_prompt: str | None = None,
        **settings: Unpack[AgentFields],
    ) -> None:
        super().__init__(options, model=model, tools=tools, system_prompt=system_prompt, **settings)
        self._waiters: list[asyncio.Future[None]] = []
        self._closers: AsyncExitStack | None = None  # what the agent owns; see `Agent.on_close`

    def abort(self) -> None:
        """End the active run, in good order; callable from any thread. Idle: no effect."""
        if self._run is not None:
            self._run.abort()

    async def wait_for_idle(self) -> None:
        """Return when no run is active and its listeners are done.

        Raises:
            StateError: Called by a listener or hook of the run, which would wait for itself.
        """
        if self._run is None:
            return
        if self._run.switch.is_waiting_for_caller():
            raise StateError("wait_for_idle() in a listener or hook would wait for itself.")
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        await waiter

    def stream(self, input_data: Prompt, images: Images = None) -> AsyncGenerator[AgentEvent, None]:
        """Run a prompt and yield its events; state and listeners have seen them by then.

        Nothing happens before the first event is asked for. Leaving early aborts the run; use
        `contextlib.aclosing` to wait for its clean-up.

        Args:
            input_data: Text, a message, or a list of messages.
            images: Follow the text; ignored unless `input_data` is text.

        Raises:
            AgentBusyError: A run is active.
            StateError: There is no model.
            OptionError: The list is empty.
            ValidationError: A message has the wrong shape.
        """
        return self._started(lambda: (_prompts(input_data, images), False), _BUSY)

    async def prompt(self, input_data: Prompt, images: Images = None) -> AssistantMessage:
        """Run a prompt and return the last assistant message, also when it failed.

        Args and errors are those of `stream`.
        """
        return await self._last_answer(self.stream(input_data, images))

    async def prompt_text(self, input_data: Prompt, images: Images = None) -> str:
        """Run a prompt and return the text of the last answer; partial when aborted.

        Raises:
            AgentRunError: The run failed. Further errors are those of `stream`.
        """
        message = await self.prompt(input_data, images)
        _raise_failure(message)
        return extract_text(message)

    async def stream_text(
        self, input_data: Prompt, images: Images = None
    ) -> AsyncGenerator[str, None]:
        """Run a prompt and yield the text of all its answers, piece by piece.

        Raises:
            AgentRunError: The run failed. Further errors are those of `stream`.
        """
        last: AgentMessage | None = None
        async with aclosing(self.stream(input_data, images)) as events:
            async for event in events:
                if isinstance(event, MessageUpdateEvent):
                    update = event.assistant_message_event
                    if isinstance(update, TextDeltaEvent):
                        yield update.delta
                elif isinstance(event, MessageEndEvent):
                    last = event.message
        if isinstance(last, AssistantMessage):
            _raise_failure(last)

    async def continue_(self) -> AssistantMessage:
        """Run without a new prompt: resume, retry after a failure, or take what is queued.

        Raises:
            AgentBusyError: A run is active.
            StateError: There is nothing to continue from. Source: spec/agent.md, 5.11.
        """
        return await self._last_answer(self._started(self._continued, _BUSY_CONTINUE))

    def _started(
        self, prepare: Callable[[], _Prepared], busy: str
    ) -> AsyncGenerator[AgentEvent, None]:
        """Return the events of a run that begins when the first is asked for."""

        async def begin(run: ActiveRun) -> EventSource:
            if self._run is not None:
                raise AgentBusyError(busy)
            self._means.require_model()
            prompts, skip_poll = prepare()
            self._run = run
            self._state.begin()
            return await self._source(run, prompts, skip_poll=skip_poll)

        run = ActiveRun(self._state, self._listeners, self._options.hooks)
        return run.events(begin, self._ended)

    async def _source(
        self, run: ActiveRun, prompts: list[AgentMessage], *, skip_poll: bool
    ) -> EventSource:
        stream_fn, model = await self._means.ready()
        state = self._state
        context = Context(
            system_prompt=state.system_prompt,
            messages=list(state.messages),
            tools=list(state.tools) or None,
        )
        config = self._config(model, run.notify)
        loop = RunLoop(prompts, context, config, run.switch, stream_fn, skip_first_poll=skip_poll)
        return loop.events()

    def _ended(self, run: ActiveRun) -> None:
        """Let go of a run; one that was refused because another is active changes nothing."""
        if self._run is run:
            self._run = None
            self._state.end()
            self._release_waiters()

    def _config(self, model: Model, notify: Callable[[NoticeEvent], None]) -> AgentLoopConfig:
        given = {name: getattr(self._options, name) for name in _SHARED}
        given["convert_to_llm"] = self._options.convert_to_llm or default_convert_to_llm
        return AgentLoopConfig(
            model=model,
            reasoning=self._state.thinking_level,
            notify=notify,
            get_steering_messages=self._steering.poll,
            get_follow_up_messages=self._follow_up.poll,
            has_queued_messages=self.has_queued_messages,
            **given,
        )

    async def _last_answer(self, events: AsyncGenerator[AgentEvent, None]) -> AssistantMessage:
        last: AssistantMessage | None = None
        async with aclosing(events):
            async for event in events:
                if isinstance(event, MessageEndEvent) and isinstance(
                    event.message, AssistantMessage
                ):
                    last = event.message
        if last is None:
            raise AgentRunError("The run ended before the model was called.")
        return last

    def _continued(self) -> _Prepared:
        """Return what a run without a prompt begins with. Source: spec/agent.md, 5.11."""
        if not self._state.messages:
            raise StateError("No messages to continue from")
        last = self._state.messages[-1]
        if not isinstance(last, AssistantMessage):
            return [], False
        if steering := self._steering.poll():
            return steering, True
        if follow_ups := self._follow_up.poll():
            return follow_ups, False
        if last.stop_reason in ("error", "aborted"):
            return [], False
        raise StateError("Cannot continue from message role: assistant")

    def _release_waiters(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            loop = waiter.get_loop()
            if not loop.is_closed():
                loop.call_soon_threadsafe(_release, waiter)


def _release(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


def _prompts(input_data: Prompt, images: Images) -> list[AgentMessage]:
    if isinstance(input_data, str):
        return [user_message(input_data, images)]
    if isinstance(input_data, Sequence):
        if not input_data:
            raise OptionError("The list of messages is empty; use continue_() to go on without.")
        return as_messages(input_data)
    return [as_message(input_data)]


def _raise_failure(message: AssistantMessage) -> None:
    if message.stop_reason == "error":
        raise AgentRunError(message.error_message or "The run failed.", failed_message=message)
