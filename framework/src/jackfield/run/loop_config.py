"""What one run is told: the model, the hooks, the limits. Source: spec/agent.md, 2.5."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

from jackfield.events import NoticeEvent
from jackfield.messages import AgentMessage, Message
from jackfield.models import Model, ThinkingBudgets, ThinkingLevel
from jackfield.record import Record
from jackfield.tools import ExecutionMode, ToolLoopControl

CacheRetention: TypeAlias = Literal["none", "short", "long"]

ConvertToLlm: TypeAlias = Callable[[list[AgentMessage]], list[Message] | Awaitable[list[Message]]]
TransformContext: TypeAlias = Callable[..., list[AgentMessage] | Awaitable[list[AgentMessage]]]
GetApiKey: TypeAlias = Callable[[str], str | Awaitable[str | None] | None]
GetMessages: TypeAlias = Callable[[], list[AgentMessage] | Awaitable[list[AgentMessage]]]
BeforeToolCallFn: TypeAlias = Callable[
    ..., ToolLoopControl | Awaitable[ToolLoopControl | None] | None
]
AfterToolCallFn: TypeAlias = BeforeToolCallFn
ShouldStopAfterTurnFn: TypeAlias = Callable[..., bool | Awaitable[bool]]


class RunHooks(Protocol):
    """Functions of plugins by the name of their hook, each plain or async.

    They are called by position with all the arguments of `jackfield.plugins.hookspecs`.
    """

    @property
    def transform_context(self) -> Sequence[Callable[..., Any]]:
        """`(context)` -> another context, or None."""

    @property
    def before_tool_call(self) -> Sequence[Callable[..., Any]]:
        """`(tool_call, tool, args)` -> `ToolLoopControl` or None."""

    @property
    def after_tool_call(self) -> Sequence[Callable[..., Any]]:
        """`(tool_call, result)` -> `ToolLoopControl` or None."""

    @property
    def should_stop_after_turn(self) -> Sequence[Callable[..., Any]]:
        """`(message, tool_results, context, new_messages)` -> bool."""

    @property
    def on_event(self) -> Sequence[Callable[..., Any]]:
        """`(event)`; the result is ignored."""


@dataclass(slots=True, kw_only=True)
class AgentLoopConfig(Record):
    """Settings of one run.

    Attributes:
        model: The model to call.
        convert_to_llm: Turns the history into what a model may see; before every call.
        transform_context: `(messages, signal)` -> messages, before `convert_to_llm`.
        get_api_key: `(provider)` -> key or None; a key beats `api_key`.
        get_steering_messages: Takes messages off the steering queue.
        get_follow_up_messages: Takes messages off the follow-up queue.
        has_queued_messages: Whether either queue has something, without taking it.
        before_tool_call: `(tool_call, tool or None, args)` -> control or None.
        after_tool_call: `(tool_call, result message)` -> control or None.
        should_stop_after_turn: `(message, results, context, new messages)` -> bool.
        hooks: Hooks of plugins; they run after the ones above.
        api_key: For the provider.
        temperature: Sampling temperature.
        max_tokens: Longest answer, in tokens.
        reasoning: How hard to think; OFF leaves it to the model's own level.
        thinking_budgets: In tokens.
        session_id: For providers that cache or route by session.
        cache_retention: How long prompt caches should live.
        enable_prompt_caching: Set cache breakpoints. Source: spec/agent.md, 10.
        tool_choice: `auto`, `none`, `required`, or a tool's name.
        response_schema: JSON Schema that the answer's text must satisfy.
        headers: Extra HTTP headers.
        metadata: Passed on where the provider knows such a field.
        notify: Tells listeners something while the model is waited for.
        tool_execution: Calls of one answer run together, or one after another.
        max_turns: Turns after which the run ends; None for no limit.
    """

    model: Model
    convert_to_llm: ConvertToLlm
    transform_context: TransformContext | None = None
    get_api_key: GetApiKey | None = None
    get_steering_messages: GetMessages | None = None
    get_follow_up_messages: GetMessages | None = None
    has_queued_messages: Callable[[], bool] | None = None
    before_tool_call: BeforeToolCallFn | None = None
    after_tool_call: AfterToolCallFn | None = None
    should_stop_after_turn: ShouldStopAfterTurnFn | None = None
    hooks: Sequence[RunHooks] = ()
    api_key: str | None = field(default=None, repr=False)
    temperature: float | None = None
    max_tokens: int | None = None
    reasoning: ThinkingLevel | None = None
    thinking_budgets: ThinkingBudgets | None = None
    session_id: str | None = None
    cache_retention: CacheRetention | None = None
    enable_prompt_caching: bool = False
    tool_choice: str | None = None
    response_schema: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    metadata: dict[str, Any] = field(default_factory=dict)
    notify: Callable[[NoticeEvent], None] | None = field(default=None, repr=False)
    tool_execution: ExecutionMode = "parallel"
    max_turns: int | None = None
