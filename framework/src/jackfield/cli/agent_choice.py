"""The options that choose an agent and change it, shared by `chat` and `run`."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import click

from jackfield.cli.call import split_names
from jackfield.config.layers import dotted
from jackfield.models import ThinkingLevel

DEFAULT_AGENT = "default"


@dataclass(slots=True, kw_only=True)
class AgentChoice:
    """Which agent, and what the command line changes of it; None leaves the configuration's."""

    agent: str = DEFAULT_AGENT
    model: str | None = None
    system_prompt: str | None = None
    tools: list[str] | None = None
    thinking_level: str | None = None
    temperature: float | None = None
    max_turns: int | None = None

    def overrides(self) -> dict[str, Any]:
        """Return the changed values of the configuration, by dotted key."""
        names = ("model", "system_prompt", "tools", "thinking_level", "temperature", "max_turns")
        return {
            dotted(("agents", self.agent, name)): value
            for name in names
            if (value := getattr(self, name)) is not None
        }


_OPTIONS = (
    click.option("-m", "--model", metavar="PROVIDER:ID", help="Use this model."),
    click.option("-s", "--system", metavar="TEXT", help="Use this system prompt."),
    click.option(
        "-t", "--tools", multiple=True, metavar="NAMES", help="Use these tools (a,b or repeated)."
    ),
    click.option("--no-tools", is_flag=True, help="Use no tools."),
    click.option(
        "--think",
        type=click.Choice([level.value for level in ThinkingLevel]),
        help="How hard the model thinks.",
    ),
    click.option("--temperature", type=click.FloatRange(min=0), help="Sampling temperature."),
    click.option("--max-turns", type=click.IntRange(min=1), help="Most model calls of a run."),
)


def agent_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that change an agent, as the one argument `choice`."""

    @wraps(function)
    def gathered(*args: Any, **kwargs: Any) -> Any:
        taken = {name: kwargs.pop(name) for name in ("model", "temperature", "max_turns")}
        tools = split_names(kwargs.pop("tools"))
        choice = AgentChoice(
            system_prompt=kwargs.pop("system"),
            tools=[] if kwargs.pop("no_tools") else tools or None,
            thinking_level=kwargs.pop("think"),
            **taken,
        )
        return function(*args, choice=choice, **kwargs)

    for decorate in reversed(_OPTIONS):
        gathered = decorate(gathered)
    return gathered
