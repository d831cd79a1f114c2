"""The agent: a history, a model, tools, and runs over them. Source: spec/agent.md, 2.3."""

from collections.abc import Awaitable, Callable, Generator
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from jackfield.agent.runs import AgentRuns, Prompt
from jackfield.agent.settings import Images
from jackfield.agent.sync import iterate_sync, run_sync
from jackfield.events import AgentEvent
from jackfield.messages import AssistantMessage

_TEXT_AHEAD = 256  # how many deltas a sync consumer of text may be behind


class Agent(AgentRuns):
    """An agent.

    `Agent(AgentOptions(stream_fn=...))` is the long form; `Agent(model="provider:id",
    tools=[...], system_prompt="...")` finds provider and named tools through the kernel. Its
    settings, history and queues are described at `AgentSettings`, its runs at `AgentRuns`.
    """

    __slots__ = ()

    def prompt_sync(self, input_data: Prompt, images: Images = None) -> AssistantMessage:
        """Do `prompt` from plain code; works inside a running event loop, too."""
        return run_sync(lambda: self.prompt(input_data, images))

    def prompt_text_sync(self, input_data: Prompt, images: Images = None) -> str:
        """Do `prompt_text` from plain code; works inside a running event loop, too."""
        return run_sync(lambda: self.prompt_text(input_data, images))

    def stream_sync(
        self, input_data: Prompt, images: Images = None
    ) -> Generator[AgentEvent, None, None]:
        """Do `stream` from plain code; the run waits for its consumer at every event."""
        return iterate_sync(lambda: self.stream(input_data, images))

    def stream_text_sync(
        self, input_data: Prompt, images: Images = None
    ) -> Generator[str, None, None]:
        """Do `stream_text` from plain code; leaving early aborts the run."""
        return iterate_sync(lambda: self.stream_text(input_data, images), ahead=_TEXT_AHEAD)

    def on_close(self, callback: Callable[[], Awaitable[None]]) -> None:
        """Have `callback` awaited by `aclose`, the last one first."""
        if self._closers is None:
            self._closers = AsyncExitStack()
        self._closers.push_async_callback(callback)

    async def aclose(self) -> None:
        """Abort the active run, wait for it, and release what the agent owns. Idempotent.

        All callbacks run even if one fails; a failure is raised then.
        """
        self.abort()
        await self.wait_for_idle()
        closers, self._closers = self._closers, None
        if closers is not None:
            await closers.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        run_sync(self.aclose)

    def __repr__(self) -> str:
        model = self._state.model
        name = f"{model.provider}:{model.id}" if model else "no model"
        return f"<Agent {name}, {len(self._state.messages)} messages>"
