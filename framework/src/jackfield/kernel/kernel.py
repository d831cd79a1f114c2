"""The composition root: configuration -> opened capabilities -> agents.

Nothing is imported or opened before somebody names it.
"""

import asyncio
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from jackfield.agent.agent import Agent
from jackfield.agent.options import AgentOptions
from jackfield.agent.sync import run_sync
from jackfield.config.configuration import Config
from jackfield.config.load import load_config
from jackfield.config.located import put_place
from jackfield.config.settings import AgentConfig
from jackfield.errors import JackfieldError, PluginError, SettingsError, StateError
from jackfield.kernel.feed import SinkFeed, SinkReport
from jackfield.kernel.model_name import DefaultModel
from jackfield.kernel.panel import Panel
from jackfield.kernel.progress import ProgressFactory
from jackfield.models import ThinkingBudgets
from jackfield.plugins.index import PluginIndex
from jackfield.run.loop_config import BeforeToolCallFn

T = TypeVar("T")

DEFAULT_AGENT = "default"
EMBEDDED_MODEL = "local:smollm2-135m"
MODEL_VARIABLE = "JACKFIELD_MODEL"
FLUSH_TIMEOUT_S = 2.0


class Kernel(Panel):
    """Builds agents of what the configuration says, and closes what was opened for them.

        async with Kernel.from_config("jackfield.toml") as kernel:
            print(await kernel.agent("support").prompt_text("Hello"))

    One event loop per kernel: connections belong to the loop in which they were made, so the
    first run binds the kernel to its loop. Agents may be built outside of a loop. Plain code
    writes `with Kernel.from_config(...) as kernel` and uses the agents' `*_sync` methods.

    Args:
        config: The merged configuration.
        index: What is installed; scanned when first needed if None.
        progress: Shows how far long work is; two lines in the log if None.
        environ: Environment variables; those of the process if None.

    Attributes:
        config: The merged configuration.
        close_reports: What became of the events of each sink that was closed.
    """

    def __init__(
        self,
        config: Config,
        *,
        index: PluginIndex | None = None,
        progress: ProgressFactory | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(config, index=index, progress=progress, environ=environ)
        self.close_reports: list[SinkReport] = []
        self._agents: weakref.WeakSet[Agent] = weakref.WeakSet()
        self._feeds: set[SinkFeed] = set()
        self._loop: weakref.ref[asyncio.AbstractEventLoop] | None = None

    @classmethod
    def from_config(
        cls,
        source: Path | str | Mapping[str, Any] | None = None,
        *,
        overrides: Mapping[str, Any] | None = None,
        index: PluginIndex | None = None,
        progress: ProgressFactory | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> Self:
        """Make a kernel of a file, of a mapping, or (None) of the files that are found.

        Nothing is opened and no plugin imported. The arguments are those of
        `jackfield.config.load.load_config` and of `Kernel`.

        Raises:
            ConfigError: A file cannot be read, is not TOML, or a key or type is wrong.
        """
        config = load_config(source, overrides=overrides, environ=environ)
        return cls(config, index=index, progress=progress, environ=environ)

    def __repr__(self) -> str:
        state = "closed" if self.opened.closed else "open"
        return f"Kernel({self.config!r}, {state})"

    def agent(
        self, name: str = DEFAULT_AGENT, *, before_tool_call: BeforeToolCallFn | None = None
    ) -> Agent:
        """Build a new agent as `[agents.<name>]` says, with its own sinks.

        Close it (`await agent.aclose()`) if the kernel lives much longer than the agent does.

        Args:
            name: Of the agent.
            before_tool_call: As in `jackfield.AgentOptions`; asked before the hooks of plugins.

        Raises:
            SettingsError: No such agent is configured, or it has no model and none is the default.
            PluginError: A capability that it names is missing or broken.
        """
        self.opened.check()
        settings = self._agent_settings(name)
        with self._named_in("agents", name, "model"):
            provider, model = self.resolve_model(settings.model or self.default_model().name)
        with self._named_in("agents", name, "tools"):
            tools = self.tools(settings.tools)
        state = {
            "model": model,
            "system_prompt": settings.system_prompt,
            "tools": tools,
            "thinking_level": settings.thinking_level or model.thinking_level,
        }
        options = AgentOptions(
            initial_state=state,
            stream_fn=self._on_our_loop(provider.stream),
            hooks=self._run_hooks(),
            before_tool_call=before_tool_call,
            **_agent_options(settings),
        )
        agent = Agent(options)
        self._agents.add(agent)
        with self._named_in("agents", name, "sinks"):
            self._attach_sinks(agent, settings.sinks)
        return agent

    def default_model(self) -> DefaultModel:
        """Return the model of agents that name none, and the reason why it is that one.

        `JACKFIELD_MODEL`, else the embedded model of `jackfield-local` if that is installed.

        Raises:
            SettingsError: Neither; the message lists the installed providers.
        """
        name = self._environ.get(MODEL_VARIABLE, "").strip()
        if name:
            return DefaultModel(name, f"{MODEL_VARIABLE} is set")
        local = self.index.claimants("provider", "local")
        if any(entry.distribution == "jackfield-local" for entry in local):
            return DefaultModel(EMBEDDED_MODEL, "jackfield-local is installed")
        raise self._no_model()

    async def flush(self, *, timeout_s: float = FLUSH_TIMEOUT_S) -> bool:
        """Wait until the sinks have taken the events so far; return whether they have.

        For programs that stop their event loop between runs, as a chat at its prompt does.
        Call it in the loop of the runs.

        Args:
            timeout_s: Most seconds to wait; the sinks go on with the rest when the loop does.
        """
        waiting = [asyncio.ensure_future(feed.flush()) for feed in self._feeds]
        if not waiting:
            return True
        try:
            _, late = await asyncio.wait(waiting, timeout=timeout_s)
        finally:
            for one in waiting:
                one.cancel()
        return not late

    async def aclose(self) -> None:
        """Abort runs and close everything, latest first, even if some of it fails. Idempotent.

        Raises:
            JackfieldError: Something failed to close; raised when all was tried.
        """
        loop = self._loop() if self._loop is not None else None
        if loop is None or loop is asyncio.get_running_loop() or not loop.is_running():
            await self._close_all()
        else:
            closing = asyncio.run_coroutine_threadsafe(self._close_all(), loop)
            await asyncio.wrap_future(closing)

    def close(self) -> None:
        """Do `aclose` from plain code; works inside a running event loop, too."""
        run_sync(self.aclose)

    async def __aenter__(self) -> Self:
        self.opened.check()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            await self.aclose()
        except JackfieldError:
            if exc is None:  # an error of the body goes first; the others are in the log
                raise

    def __enter__(self) -> Self:
        self.opened.check()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        run_sync(lambda: self.__aexit__(exc_type, exc, traceback))

    async def _close_all(self) -> None:
        for agent in list(self._agents):
            self.opened.close_later("an agent", agent)
        await self.opened.aclose()

    @contextmanager
    def _named_in(self, *path: str) -> Iterator[None]:
        """Say in errors about plugins where the configuration names what is missing."""
        try:
            yield
        except PluginError as error:
            with suppress(KeyError):  # a default, not a line of the configuration
                put_place(self.config, error, path)
            raise

    def _agent_settings(self, name: str) -> AgentConfig:
        if name == DEFAULT_AGENT and name not in self.config.agent_names():
            return AgentConfig(name=name)
        return self.config.agent(name)

    def _run_hooks(self) -> list[Any]:
        return [self.sockets.run_hooks()] if self.config.plugins.hooks else []

    def _attach_sinks(self, agent: Agent, names: Iterable[str]) -> None:
        for name in dict.fromkeys(names):
            feed = SinkFeed(self.open_sink(name), name=name)
            agent.subscribe_batches(feed.push_all)
            self._feeds.add(feed)
            closing = _Closing(feed, self._feeds, self.close_reports)
            closing.forget = self.opened.close_later(f"sink {name!r}", closing)
            agent.on_close(closing.aclose)

    def _on_our_loop(self, stream: Callable[..., T]) -> Callable[..., T]:
        def checked(*arguments: Any) -> T:
            self._bind_loop()
            return stream(*arguments)

        return checked

    def _bind_loop(self) -> None:
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = weakref.ref(loop)
        elif self._loop() is not loop:
            raise StateError(
                "This kernel belongs to another event loop, that of its first run.",
                hint="Use one kernel per event loop, and close it there.",
            )

    def _no_model(self) -> SettingsError:
        names = sorted({*self.index.names("provider"), *self.config.names("provider")})
        return SettingsError(
            "No model is chosen. "
            + (f"Installed providers: {', '.join(names)}." if names else "No provider at all."),
            key="agents.default.model",
            expected='"provider:model id"',
            hint='Write model = "provider:model id" under [agents.default] in jackfield.toml, '
            f"use --model, set {MODEL_VARIABLE}, or: pip install jackfield-local.",
        )


_STATE_FIELDS = frozenset({"name", "model", "system_prompt", "tools", "sinks", "thinking_level"})


def _agent_options(settings: AgentConfig) -> dict[str, Any]:
    """Return the options that an agent's table sets, without what belongs to its state."""
    options = {
        key: getattr(settings, key)
        for key in settings.__slots__
        if key not in _STATE_FIELDS and getattr(settings, key) is not None
    }
    if settings.thinking_budgets is not None:
        options["thinking_budgets"] = ThinkingBudgets(**settings.thinking_budgets)
    return options


class _Closing:
    """Closes a sink's feed with its agent or with the kernel, whichever comes first."""

    def __init__(self, feed: SinkFeed, feeds: set[SinkFeed], reports: list[SinkReport]) -> None:
        self._feed, self._feeds, self._reports = feed, feeds, reports
        self.forget: Callable[[], None] = lambda: None

    async def aclose(self) -> None:
        self.forget()
        self._feeds.discard(self._feed)
        await self._feed.aclose()
        self._reports.append(self._feed.report())
