"""The hooks of one run: those of the agent first, then those of plugins.

Sources: spec/agent.md, 5.12, 7.3 and 14.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jackfield.contracts import Context
from jackfield.errors import ContractError
from jackfield.messages import (
    AgentMessage,
    AssistantMessage,
    ToolCallContent,
    ToolResultMessage,
)
from jackfield.run.abort import AbortSwitch
from jackfield.run.loop_config import AgentLoopConfig
from jackfield.tools import AgentTool, ToolLoopControl

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


class Hook:
    """A function and how it wants to be called.

    Args:
        function: The hook, plain or async.
        positional: Names of the values that it gets by position.
        optional: Names of the values that it gets by keyword, if it takes them.
    """

    __slots__ = ("_function", "_keywords", "_positional")

    def __init__(
        self, function: Callable[..., Any], positional: Sequence[str], optional: Sequence[str]
    ) -> None:
        self._function = function
        self._positional = positional
        self._keywords = _accepted(function, len(positional), optional)

    def __call__(self, values: Mapping[str, Any]) -> Any:
        """Call the function with the values that it wants."""
        return self._function(
            *[values[name] for name in self._positional],
            **{name: values[name] for name in self._keywords},
        )


def _accepted(function: Callable[..., Any], taken: int, names: Sequence[str]) -> list[str]:
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # some functions written in C
        return []
    if any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters):
        return list(names)
    by_position = [parameter for parameter in parameters if parameter.kind in _POSITIONAL]
    consumed = {parameter.name for parameter in by_position[:taken]}
    known = {parameter.name for parameter in parameters} - consumed
    return [name for name in names if name in known]


def _own(
    function: Callable[..., Any] | None, names: Sequence[str], extra: Sequence[str]
) -> list[Hook]:
    return [] if function is None else [Hook(function, names, extra)]


class HookChain:
    """All hooks of one run, bound once.

    Args:
        config: Has the agent's own hooks and those of plugins.
        switch: The run's; its signal is given to hooks that take it.
    """

    __slots__ = ("_after", "_before", "_stop", "_switch", "_transform", "_transform_plugins")

    def __init__(self, config: AgentLoopConfig, switch: AbortSwitch) -> None:
        self._switch = switch
        self._transform = _own(config.transform_context, ("messages", "signal"), ())
        self._transform_plugins = self._plugins(config, "transform_context", ("context",))
        call_names, extra = ("tool_call", "tool", "args"), ("message", "context", "signal")
        self._before = _own(config.before_tool_call, call_names, extra)
        self._before += self._plugins(config, "before_tool_call", call_names)
        self._after = _own(config.after_tool_call, ("tool_call", "result"), extra)
        self._after += self._plugins(config, "after_tool_call", ("tool_call", "result"))
        stop_names = ("message", "tool_results", "context", "new_messages")
        self._stop = _own(config.should_stop_after_turn, stop_names, ("signal",))
        self._stop += self._plugins(config, "should_stop_after_turn", stop_names)

    @staticmethod
    def _plugins(config: AgentLoopConfig, kind: str, names: Sequence[str]) -> list[Hook]:
        return [
            Hook(function, names, ()) for hooks in config.hooks for function in getattr(hooks, kind)
        ]

    async def transform(self, context: Context) -> Context:
        """Return the context for the next model call; the history itself is not touched."""
        context = Context(
            system_prompt=context.system_prompt,
            messages=list(context.messages),
            tools=context.tools,
        )
        for hook in self._transform:
            values = {"messages": context.messages, "signal": self._switch.signal}
            messages = await self._call(hook, values)
            context.messages = context.messages if messages is None else list(messages)
        for hook in self._transform_plugins:
            changed = await self._call(hook, {"context": context})
            context = context if changed is None else changed
        return context

    async def before(
        self,
        tool_call: ToolCallContent,
        tool: AgentTool | None,
        args: dict[str, Any],
        where: Mapping[str, Any],
    ) -> ToolLoopControl:
        """Ask all hooks about a call, up to the first that replaces its result.

        Args:
            tool_call: The call as the model made it.
            tool: None when no tool has that name.
            args: What the tool will get.
            where: `message` and `context` of the call.

        Raises:
            ContractError: A hook returned something else than a control.
            Exception: Whatever a hook raises.
        """
        values = {**where, "tool_call": tool_call, "tool": tool, "args": args}
        verdict = ToolLoopControl()
        for hook in self._before:
            control = _control(await self._call_with_signal(hook, values), "before_tool_call")
            if control is None:
                continue
            verdict.terminate |= control.terminate
            if control.result is not None:
                verdict.result, verdict.is_error = control.result, control.is_error
                break
        return verdict

    async def after(
        self,
        tool_call: ToolCallContent,
        result: ToolResultMessage,
        replace: Callable[[ToolResultMessage, ToolLoopControl], None],
        where: Mapping[str, Any],
    ) -> None:
        """Show a result to all hooks; `replace` applies what each of them wants changed.

        Raises:
            ContractError: A hook returned something else than a control.
            Exception: Whatever a hook raises.
        """
        values = {**where, "tool_call": tool_call, "result": result}
        for hook in self._after:
            control = _control(await self._call_with_signal(hook, values), "after_tool_call")
            if control is not None:
                replace(result, control)

    async def should_stop(
        self,
        message: AssistantMessage,
        tool_results: list[ToolResultMessage],
        context: Context,
        new_messages: list[AgentMessage],
    ) -> bool:
        """Tell whether a hook wants the run to end after this turn."""
        values = {
            "message": message,
            "tool_results": tool_results,
            "context": context,
            "new_messages": new_messages,
        }
        for hook in self._stop:
            if await self._call_with_signal(hook, values):
                return True
        return False

    async def _call_with_signal(self, hook: Hook, values: Mapping[str, Any]) -> Any:
        return await self._call(hook, {**values, "signal": self._switch.signal})

    async def _call(self, hook: Hook, values: Mapping[str, Any]) -> Any:
        result = hook(values)
        if inspect.isawaitable(result):
            return await self._switch.undisturbed(result)
        return result


def _control(value: Any, hook: str) -> ToolLoopControl | None:
    if value is None or isinstance(value, ToolLoopControl):
        return value
    if isinstance(value, Mapping) and value.keys() <= {"terminate", "result", "is_error"}:
        return ToolLoopControl(**value)
    raise ContractError(
        f"{hook} must return a ToolLoopControl or None, not {type(value).__name__}.", kind="hook"
    )
