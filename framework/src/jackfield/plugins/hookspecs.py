"""The hooks: what a plugin can implement. Nothing but markers and documented specs.

A hook takes only the arguments that it needs. `open_*` hooks are plain functions; the objects
that they return do the asynchronous work. No hook but `on_event` lies on the path of a token,
and that one is resolved to a list of functions once a run.
"""

from collections.abc import Iterable
from typing import Any

import pluggy

from jackfield.contracts import Auth, Context, EventSink, Host, Provider, Transport
from jackfield.events import AgentEvent
from jackfield.messages import AgentMessage, AssistantMessage, ToolCallContent, ToolResultMessage
from jackfield.tools import AgentTool, ToolLoopControl

PROJECT = "jackfield"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec(firstresult=True)
def open_provider(name: str, use: str, settings: Any, kernel: Host) -> Provider:
    """Open the provider that the configuration calls `name`.

    Called once for each name that is used. Only the plugin that owns `use` is asked, and the
    wrappers of `[plugins] hooks`. Must not do I/O. None is not an answer.

    Args:
        name: What the configuration calls it (`fast` for `[providers.fast]`); the provider's
            own `name`.
        use: The name of the entry point (`openrouter` for `use = "openrouter"`): tells apart
            the capabilities of a plugin that offers several. The same as `name` by default.
        settings: An instance of the model of `describe_settings`; a dictionary if there is none.
        kernel: What else can be asked for: transports, auth, a cache folder ...

    Raises:
        Exception: Our own errors are reported as they are, any other as a `ContractError` (an
            `ImportError` as a `PluginLoadError`) that names the plugin.
    """


@hookspec(firstresult=True)
def open_tools(name: str, use: str, settings: Any, kernel: Host) -> Iterable[AgentTool]:
    """Open a tool set; as `open_provider`. Tool names must be unique within the set."""


@hookspec(firstresult=True)
def open_transport(name: str, use: str, settings: Any, kernel: Host) -> Transport:
    """Open a transport; as `open_provider`. Must not open a connection yet."""


@hookspec(firstresult=True)
def open_auth(name: str, use: str, settings: Any, kernel: Host) -> Auth:
    """Open an auth; as `open_provider`. The secret is looked up when a request needs it."""


@hookspec(firstresult=True)
def open_sink(name: str, use: str, settings: Any, kernel: Host) -> EventSink:
    """Open an event sink; as `open_provider`, but called once for each agent that uses it."""


@hookspec(firstresult=True)
def describe_settings(kind: str, name: str) -> type[Any]:
    """Return the pydantic model of the settings of a capability.

    Called when the capability is opened, by `jackfield plugins manifest`, and for validation
    where the manifest is missing. Cheap and without I/O. Unknown keys are refused whatever the
    model says. Without this hook, settings are handed on unchecked.

    Args:
        kind: `provider`, `tools`, `transport`, `auth`, `sink` or `command`.
        name: The name of the entry point.
    """


@hookspec
def register_commands(cli: Any, kernel: Host) -> None:
    """Add `click` commands to the group `cli`.

    Called when the command of this entry point's name is run or its help is shown.
    """


@hookspec
def transform_context(context: Context) -> Any:
    """Return another context for the next model call, or None to leave it. May be async.

    Called before every model call, in the order of `[plugins] hooks`. An exception fails the
    turn like a provider's failure.
    """


@hookspec
def before_tool_call(
    tool_call: ToolCallContent, tool: AgentTool | None, args: dict[str, Any]
) -> ToolLoopControl | None:
    """Allow a tool call (None) or replace its result.

    May be async. An exception is an error result for the model. Source: spec/agent.md, 7.3.
    """


@hookspec
def after_tool_call(
    tool_call: ToolCallContent, result: ToolResultMessage
) -> ToolLoopControl | None:
    """See and possibly replace a tool's result. May be async. An exception is an error result."""


@hookspec
def should_stop_after_turn(
    message: AssistantMessage,
    tool_results: list[ToolResultMessage],
    context: Context,
    new_messages: list[AgentMessage],
) -> bool:
    """Return True to end the run after this turn. May be async. An exception ends the run."""


@hookspec
def on_event(event: AgentEvent) -> None:
    """See every event of every run. May be async. An exception is logged, the run goes on."""
