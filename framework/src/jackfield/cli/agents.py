"""The agent of one command: its options, how it is opened, asked once, and closed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any

import click

from jackfield.agent import Agent
from jackfield.cli.call import Call, split_names
from jackfield.cli.interrupt import Loop
from jackfield.cli.render import PlainView
from jackfield.config.layers import dotted
from jackfield.config.load import load_config
from jackfield.events import AgentEndEvent, AgentEvent
from jackfield.kernel import DEFAULT_AGENT, Kernel
from jackfield.messages import AssistantMessage
from jackfield.models import ThinkingLevel


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


@contextmanager
def opened_kernel(call: Call, loop: Loop, **options: Any) -> Iterator[Kernel]:
    """Open the kernel of one command and close it in the loop, whatever happens."""
    kernel = Kernel.from_config(call.config, **options)
    try:
        yield kernel
    finally:
        loop.run(kernel.aclose())


@contextmanager
def opened_agent(
    call: Call, choice: AgentChoice, view: PlainView
) -> Iterator[tuple[Loop, Kernel, Agent]]:
    """Open loop, kernel and agent, with the view subscribed; close them all."""
    changed = choice.overrides()
    if changed and choice.agent != DEFAULT_AGENT:
        # Else a misspelt name and `--model` would make up an agent.
        load_config(call.config, overrides=call.overrides).agent(choice.agent)
    overrides = {**call.overrides, **changed}
    try:
        with (
            Loop() as loop,
            opened_kernel(call, loop, overrides=overrides, progress=view.progress) as kernel,
        ):
            _tell_default_model(kernel, choice.agent, view)
            agent = kernel.agent(choice.agent)
            view.on_broken = agent.abort
            view.explain = lambda: agent.state.error
            agent.subscribe(view.show)
            yield loop, kernel, agent
    finally:
        view.close()


def _tell_default_model(kernel: Kernel, name: str, view: PlainView) -> None:
    """Say which model was chosen, and why, if nobody chose one."""
    table = kernel.config.data.get("agents", {}).get(name, {})
    if (name != DEFAULT_AGENT and not table) or table.get("model"):
        return
    chosen = kernel.default_model()
    view.note(
        f"Using {chosen.name} ({chosen.reason}). To change it: --model PROVIDER:ID, "
        f"or `jackfield config init` and `model` under [agents.{name}]."
    )


def ask(loop: Loop, agent: Agent, text: str) -> AssistantMessage:
    """Run one prompt; the first Ctrl-C aborts it."""

    async def work() -> AssistantMessage:
        with loop.aborting(agent.abort):
            return await agent.prompt(text)

    return loop.run(work())


def answer_once(call: Call, choice: AgentChoice, text: str, view: PlainView) -> int:
    """Run one prompt and return the exit code that says how it ended."""
    reasons: list[str] = []

    def note_end(event: AgentEvent) -> None:
        if isinstance(event, AgentEndEvent):
            reasons.append(event.reason)

    with opened_agent(call, choice, view) as (loop, _kernel, agent):
        agent.subscribe(note_end)
        message = ask(loop, agent, text)
        if view.broken is not None:
            raise view.broken
    return _exit_code(reasons[-1], message)


def _exit_code(reason: str, message: AssistantMessage) -> int:
    if reason == "aborted":
        return 130
    if reason == "error":
        kind = message.error.kind if message.error is not None else ""
        return {"configuration": 2, "plugin": 3}.get(kind, 1)
    return 1 if reason == "max_turns" else 0
