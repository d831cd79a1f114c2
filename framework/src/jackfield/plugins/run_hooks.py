"""The run hooks, resolved once to plain callables: no pluggy on the path of a turn or a token."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from operator import itemgetter
from typing import Any, TypeAlias

from jackfield.plugins.registry import Registry

RunHook: TypeAlias = Callable[..., Any]
"""Takes all arguments of its spec by position; may return an awaitable."""


@dataclass(slots=True, kw_only=True)
class RunHooks:
    """What the hook plugins want to hear of a run; each list in the order of the calls.

    Every callable takes all the arguments of its hook spec, in their order, by position,
    however few its author declared. It may return an awaitable.

    Attributes:
        transform_context: `(context)` -> another context, or None.
        before_tool_call: `(tool_call, tool, args)` -> `ToolLoopControl` or None.
        after_tool_call: `(tool_call, result)` -> `ToolLoopControl` or None.
        should_stop_after_turn: `(message, tool_results, context, new_messages)` -> bool.
        on_event: `(event)`; the result is ignored.
    """

    transform_context: list[RunHook] = field(default_factory=list)
    before_tool_call: list[RunHook] = field(default_factory=list)
    after_tool_call: list[RunHook] = field(default_factory=list)
    should_stop_after_turn: list[RunHook] = field(default_factory=list)
    on_event: list[RunHook] = field(default_factory=list)


RUN_HOOKS: tuple[str, ...] = tuple(one.name for one in fields(RunHooks))
"""The names of the run hooks."""


def collect(registry: Registry) -> RunHooks:
    """Return the run hooks of all hook plugins."""
    return RunHooks(
        **{
            name: [_full(one, registry.arguments(name)) for one in registry.implementations(name)]
            for name in RUN_HOOKS
        }
    )


def _full(implementation: Any, arguments: tuple[str, ...]) -> RunHook:
    """Return a callable with all the arguments; the function itself if it takes them so."""
    function: RunHook = implementation.function
    taken: tuple[str, ...] = tuple(implementation.argnames)
    if taken == arguments:
        return function
    if not taken:
        return lambda *_: function()
    if len(taken) == 1:
        only = arguments.index(taken[0])
        return lambda *given: function(given[only])
    chosen = itemgetter(*(arguments.index(name) for name in taken))
    return lambda *given: function(*chosen(given))
