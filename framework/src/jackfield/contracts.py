"""The protocols that plugins implement, and what is passed across them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Protocol, Self, TypeAlias, runtime_checkable

from jackfield.events import AgentEvent, AssistantMessageEvent, NoticeEvent
from jackfield.http import Request, Response
from jackfield.messages import AgentMessage, AssistantMessage
from jackfield.models import Model, ModelInfo, ThinkingBudgets, ThinkingLevel
from jackfield.record import Record
from jackfield.tools import AgentTool

API_VERSION = "0.1"
"""Version of the plugin API; a plugin's `jackfield_api` must have the same major number."""


@dataclass(slots=True, kw_only=True)
class Context(Record):
    """What a model is given."""

    system_prompt: str = ""
    messages: list[AgentMessage] = field(default_factory=list)
    tools: list[AgentTool] | None = None


AgentContext = Context


@dataclass(slots=True, kw_only=True)
class StreamOptions(Record):
    """How a model is to be called; None always means the provider's default.

    Attributes:
        api_key: Beats the key of the provider's auth.
        temperature: Sampling temperature.
        max_tokens: Longest answer, in tokens.
        signal: Set when the run is aborted. The read is cancelled as well: nobody must poll.
        reasoning: How hard to think; OFF and None send nothing.
        thinking_budgets: Token budgets for thinking.
        session_id: For providers that cache or route by session.
        cache_retention: How long prompt caches should live.
        tool_choice: `auto`, `none`, `required`, or the name of the tool that must be called.
        response_schema: JSON Schema that the answer's text must satisfy.
        headers: Extra HTTP headers.
        metadata: Passed on where the provider knows such a field.
        notify: Tells the listeners of the run something at once, between the events of the
            answer; None when nobody listens.
    """

    api_key: str | None = field(default=None, repr=False)
    temperature: float | None = None
    max_tokens: int | None = None
    signal: asyncio.Event | None = None
    reasoning: ThinkingLevel | None = None
    thinking_budgets: ThinkingBudgets | None = None
    session_id: str | None = None
    cache_retention: Literal["none", "short", "long"] | None = None
    tool_choice: str | None = None
    response_schema: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    metadata: dict[str, Any] = field(default_factory=dict)
    notify: Callable[[NoticeEvent], None] | None = field(default=None, repr=False)


SimpleStreamOptions = StreamOptions


@runtime_checkable
class AssistantStream(Protocol):
    """One answer as it streams; `jackfield.stream.AnswerStream` implements it.

    Never raises for request, model or network failures: they are the `error` event.
    Source: spec/agent.md, 4.2.
    """

    def __aiter__(self) -> AsyncIterator[AssistantMessageEvent]: ...

    async def __anext__(self) -> AssistantMessageEvent: ...

    def batches(self) -> AsyncIterator[list[AssistantMessageEvent]]:
        """Return the events as non-empty lists, one list per network read."""

    async def result(self) -> AssistantMessage:
        """Return the final message, always the same object; drains the stream if needed."""

    async def aclose(self) -> None:
        """Close the connection at once; idempotent, safe from `finally`."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


StreamResponse = AssistantStream
StreamFn: TypeAlias = Callable[
    [Model, Context, StreamOptions], AssistantStream | Awaitable[AssistantStream]
]


@runtime_checkable
class Provider(Protocol):
    """Serves models."""

    name: str

    def stream(self, model: Model, context: Context, options: StreamOptions) -> AssistantStream:
        """Begin an answer. Cheap and without I/O: the request starts with the first read."""

    async def models(self) -> list[ModelInfo]:
        """Return the models on offer.

        Raises:
            ProviderError: The list cannot be had.
        """

    async def aclose(self) -> None:
        """Release connections and memory; idempotent."""


@runtime_checkable
class Transport(Protocol):
    """Sends HTTP requests; owns pooling, TLS, proxies, timeouts and retries."""

    def stream(self, request: Request) -> AbstractAsyncContextManager[Response]:
        """Send the request; leaving the context closes or reuses the connection."""

    async def aclose(self) -> None:
        """Close all connections; idempotent."""


@runtime_checkable
class Auth(Protocol):
    """Adds credentials to requests."""

    async def apply(self, request: Request) -> Request:
        """Return the request with credentials.

        Raises:
            SecretMissingError: The secret is not where it should be.
        """

    async def refused(self, request: Request, status: int) -> bool:
        """The server refused the credentials; return True to have the request tried once more."""


@runtime_checkable
class EventSink(Protocol):
    """Receives the events of an agent, off the path of the run."""

    async def handle(self, events: Sequence[AgentEvent]) -> None:
        """Take a non-empty batch; batches come in order and never at the same time."""

    async def aclose(self) -> None:
        """Flush and release; idempotent."""


class Progress(Protocol):
    """Shows how far a long piece of work is."""

    def advance(self, amount: int) -> None:
        """Say that `amount` more units are done; callable from any thread."""


@runtime_checkable
class Host(Protocol):
    """What a plugin may ask of the kernel (the parameter `kernel` of the hooks)."""

    def provider(self, name: str) -> Provider:
        """Return the provider that is configured under `name`, opened once."""

    def transport(self, name: str | None = None) -> Transport:
        """Return a transport, opened once; None for the default one."""

    def auth(self, name: str) -> Auth:
        """Return the auth that is configured under `name`, opened once."""

    def tools(self, names: Sequence[str]) -> list[AgentTool]:
        """Return the tools `"<toolset>"` or `"<toolset>.<tool>"`, opened once."""

    def resolve_model(self, name: str) -> tuple[Provider, Model]:
        """Return the provider and the model of `"<provider>:<model id>"`."""

    def cache_dir(self, name: str) -> Path:
        """Return the plugin's own cache folder; it exists."""

    def logger(self, name: str) -> logging.Logger:
        """Return the logger for a plugin, below `jackfield.plugins`."""

    def progress(
        self, description: str, *, total: int | None = None, unit: str = ""
    ) -> AbstractContextManager[Progress]:
        """Show progress to whoever watches, while the context is open.

        Args:
            description: What is being done, in a few words.
            total: Units in all; None when unknown.
            unit: `bytes`, or any plural; empty for a share of the whole.
        """


class Resolver(Protocol):
    """Finds providers and tools by name, so that `Agent` need not know the kernel."""

    async def resolve_model(self, name: str) -> tuple[Provider, Model]:
        """Return the provider and the model of `"<provider>:<model id>"`."""

    async def resolve_tools(self, names: Sequence[str]) -> list[AgentTool]:
        """Return the tools `"<toolset>"` or `"<toolset>.<tool>"`."""


class ResolverSlot:
    """The one default slot; `jackfield.kernel.default_kernel` fills it when it is imported."""

    default: Resolver | None = None


resolver_slot = ResolverSlot()
