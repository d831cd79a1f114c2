"""The options of an agent. Source: spec/agent.md, 2.2."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, TypedDict

from jackfield.agent.state import AgentState
from jackfield.contracts import StreamFn
from jackfield.errors import OptionError
from jackfield.models import ThinkingBudgets
from jackfield.record import Record
from jackfield.run.loop_config import (
    AfterToolCallFn,
    BeforeToolCallFn,
    CacheRetention,
    ConvertToLlm,
    GetApiKey,
    RunHooks,
    ShouldStopAfterTurnFn,
    TransformContext,
)
from jackfield.tools import ExecutionMode

QueueMode: TypeAlias = Literal["one-at-a-time", "all"]


class AgentFields(TypedDict, total=False):
    """The fields of `AgentOptions` as keyword arguments of `Agent`."""

    initial_state: AgentState | Mapping[str, Any] | None
    convert_to_llm: ConvertToLlm | None
    transform_context: TransformContext | None
    steering_mode: QueueMode
    follow_up_mode: QueueMode
    stream_fn: StreamFn | None
    session_id: str | None
    get_api_key: GetApiKey | None
    thinking_budgets: ThinkingBudgets | None
    enable_prompt_caching: bool
    cache_retention: CacheRetention | None
    before_tool_call: BeforeToolCallFn | None
    after_tool_call: AfterToolCallFn | None
    should_stop_after_turn: ShouldStopAfterTurnFn | None
    hooks: Sequence[RunHooks]
    temperature: float | None
    max_tokens: int | None
    tool_choice: str | None
    response_schema: dict[str, Any] | None
    metadata: dict[str, Any]
    tool_execution: ExecutionMode
    max_turns: int | None


@dataclass(slots=True)
class AgentOptions(Record):
    """How an agent works; every field is optional.

    Attributes:
        initial_state: An `AgentState`, or a mapping of some of its fields.
        convert_to_llm: `(messages)` -> messages that a model may see; before every call.
        transform_context: `(messages, signal)` -> messages; before `convert_to_llm`.
        steering_mode: How many steering messages join a turn: `one-at-a-time` or `all`.
        follow_up_mode: The same for follow-ups.
        stream_fn: Calls the model; not needed when the model is given as `"provider:id"`.
        session_id: For providers that cache or route by session.
        get_api_key: `(provider)` -> key or None; before every model call.
        thinking_budgets: In tokens.
        enable_prompt_caching: Set cache breakpoints.
        cache_retention: How long prompt caches should live.
        before_tool_call: `(tool_call, tool or None, args)` -> `ToolLoopControl` or None.
        after_tool_call: `(tool_call, result message)` -> `ToolLoopControl` or None.
        should_stop_after_turn: `(message, results, context, new messages)` -> bool.
        hooks: Run hooks of plugins, as the kernel hands them over.
        temperature: Sampling temperature.
        max_tokens: Longest answer, in tokens.
        tool_choice: `auto`, `none`, `required`, or the name of the tool that must be called.
        response_schema: JSON Schema that the answer's text must satisfy.
        metadata: Passed on where the provider knows such a field: `user_id` ...
        tool_execution: Calls of one answer run together, or one after another.
        max_turns: Turns after which a run ends; None for no limit.

    Raises:
        OptionError: A mode or limit has a value that is not allowed.
    """

    initial_state: AgentState | Mapping[str, Any] | None = None
    convert_to_llm: ConvertToLlm | None = None
    transform_context: TransformContext | None = None
    steering_mode: QueueMode = "one-at-a-time"
    follow_up_mode: QueueMode = "one-at-a-time"
    stream_fn: StreamFn | None = None
    session_id: str | None = None
    get_api_key: GetApiKey | None = None
    thinking_budgets: ThinkingBudgets | None = None
    enable_prompt_caching: bool = False
    cache_retention: CacheRetention | None = None
    before_tool_call: BeforeToolCallFn | None = None
    after_tool_call: AfterToolCallFn | None = None
    should_stop_after_turn: ShouldStopAfterTurnFn | None = None
    hooks: Sequence[RunHooks] = ()
    temperature: float | None = None
    max_tokens: int | None = None
    tool_choice: str | None = None
    response_schema: dict[str, Any] | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    tool_execution: ExecutionMode = "parallel"
    max_turns: int | None = None

    def __post_init__(self) -> None:
        check_choice("steering_mode", self.steering_mode, ("one-at-a-time", "all"))
        check_choice("follow_up_mode", self.follow_up_mode, ("one-at-a-time", "all"))
        check_choice("tool_execution", self.tool_execution, ("parallel", "sequential"))
        if self.max_turns is not None and self.max_turns < 1:
            raise OptionError(f"max_turns must be at least 1, not {self.max_turns}.")


def check_choice(name: str, value: object, allowed: Sequence[str]) -> None:
    """Refuse a value that is not among the allowed ones.

    Raises:
        OptionError: It names the option and what is allowed.
    """
    if value not in allowed:
        choices = " or ".join(repr(choice) for choice in allowed)
        raise OptionError(f"{name} must be {choices}, not {value!r}.")
