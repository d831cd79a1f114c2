"""The agent of one command: how it is opened, asked once, and closed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from jackfield.agent.agent import Agent
from jackfield.cli.agent_choice import AgentChoice
from jackfield.cli.call import Call
from jackfield.cli.interrupt import Loop
from jackfield.cli.render import PlainView
from jackfield.config.load import load_config
from jackfield.events import AgentEndEvent, AgentEvent
from jackfield.kernel.kernel import DEFAULT_AGENT, Kernel
from jackfield.messages import AssistantMessage


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


def ask(loop: Loop, kernel: Kernel, agent: Agent, text: str) -> AssistantMessage:
    """Run one prompt; the first Ctrl-C aborts it."""

    async def work() -> AssistantMessage:
        with loop.aborting(agent.abort):
            message = await agent.prompt(text)
            await kernel.flush()  # the loop stands still until the next prompt
            return message

    return loop.run(work())


def answer_once(call: Call, choice: AgentChoice, text: str, view: PlainView) -> int:
    """Run one prompt and return the exit code that says how it ended."""
    reasons: list[str] = []

    def note_end(event: AgentEvent) -> None:
        if isinstance(event, AgentEndEvent):
            reasons.append(event.reason)

    with opened_agent(call, choice, view) as (loop, kernel, agent):
        agent.subscribe(note_end)
        message = ask(loop, kernel, agent, text)
        if view.broken is not None:
            raise view.broken
    return _exit_code(reasons[-1], message)


def _exit_code(reason: str, message: AssistantMessage) -> int:
    if reason == "aborted":
        return 130
    if reason == "error":
        kind = message.error.kind if message.error is not None else ""
        return {"configuration": 2, "plugin": 3, "contract": 3}.get(kind, 1)
    return 1 if reason == "max_turns" else 0
