"""The agents that the server offers, looked at once when it starts."""

from collections.abc import Sequence
from dataclasses import dataclass

from jackfield import Kernel
from jackfield.errors import SettingsError
from jackfield_assistant_ui.serve.gate import tools_to_approve
from jackfield_assistant_ui.serve.settings import ServeSettings

_DEFAULT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedAgent:
    """An agent as pages see it.

    Attributes:
        name: In the configuration.
        model: `provider:model id`.
        approve: Tools of its whose calls the user has to allow.
    """

    name: str
    model: str
    approve: frozenset[str]


def offered_agents(kernel: Kernel, settings: ServeSettings) -> dict[str, OfferedAgent]:
    """Return the agents by name, the default one first; each is opened once, to see that it can be.

    Raises:
        SettingsError: An agent is not configured, or a pattern of `approve` means no tool.
        PluginError: A capability of an agent is missing or broken.
    """
    names = list(settings.agents or kernel.config.agent_names() or [_DEFAULT])
    if _DEFAULT in names and not settings.agents:
        names.sort(key=lambda name: name != _DEFAULT)
    used: set[str] = set()
    offered = {name: _offered(kernel, name, settings.approve, used) for name in names}
    for pattern in settings.approve:
        if pattern not in used:
            raise SettingsError(
                f"{pattern!r} in `approve` means no tool of the agents that are served.",
                key="commands.serve.approve",
                hint="Write toolset.* or toolset.tool, as in the agent's `tools`.",
            )
    return offered


def _offered(kernel: Kernel, name: str, patterns: Sequence[str], used: set[str]) -> OfferedAgent:
    agent = kernel.agent(name)
    model = agent.state.model
    named = kernel.config.agent(name).tools if name in kernel.config.agent_names() else ()
    tools = dict(_toolset(kernel, entry) for entry in named)
    approve: frozenset[str] = frozenset()
    for pattern in patterns:
        found = tools_to_approve([pattern], tools)
        if found:
            used.add(pattern)
        approve |= found
    shown = f"{model.provider}:{model.id}" if model is not None else ""
    return OfferedAgent(name=name, model=shown, approve=approve)


def _toolset(kernel: Kernel, entry: str) -> tuple[str, list[str]]:
    """Return the tool set that an entry of `tools` names, and the tools taken from it."""
    names = [tool.name for tool in kernel.tools([entry])]
    toolset, _, tool = entry.rpartition(".")
    return (toolset if toolset and names == [tool] else entry), names
