"""`jackfield run`: one run, for scripts and other programs."""

import shlex
import sys

import click

from jackfield.cli.agent_choice import DEFAULT_AGENT, AgentChoice, agent_options
from jackfield.cli.call import call_of, global_options
from jackfield.cli.prompt_text import read_prompt
from jackfield.errors import OptionError

_EPILOG = """\
\b
Examples:
  jackfield run default "What time is it?"
  git diff | jackfield run reviewer "Review this change:" -
  jackfield run default "Hello" --json | jq -r 'select(.type == "agent_end").reason'

\b
The exit code says how the run ended: 0 answered, 1 failed or stopped by --max-turns,
2 or 3 a wrong configuration or plugin was met, 130 aborted.
With --json, each event is one line; values that JSON does not know are {"$repr": "..."}.
"""


@click.command("run", epilog=_EPILOG)
@click.argument("agent")
@click.argument("prompt", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Write every event as one JSON line.")
@agent_options
@global_options
@click.pass_context
def command(
    context: click.Context,
    agent: str,
    prompt: tuple[str, ...],
    *,
    as_json: bool,
    choice: AgentChoice,
) -> int:
    """Run an agent once, for scripts.

    AGENT is `default`, or one of [agents.*]. PROMPT may be several words; a `-` in it stands for
    what is piped in.
    """
    text = read_prompt(prompt)
    if text is None:
        raise _no_prompt(agent)
    choice.agent = agent
    from jackfield.cli.agents import answer_once  # noqa: PLC0415 - help needs no kernel
    from jackfield.cli.json_view import JsonView  # noqa: PLC0415
    from jackfield.cli.terminal_view import view_for_process  # noqa: PLC0415

    view = JsonView(sys.stdout, sys.stderr) if as_json else view_for_process()
    return answer_once(call_of(context), choice, text, view)


def _no_prompt(agent: str) -> OptionError:
    name = shlex.quote(agent)
    if " " in agent:
        hint = f"The agent's name comes first: jackfield run {DEFAULT_AGENT} {name}"
    else:
        hint = (
            f'Type it behind the name: jackfield run {name} "What time is it?"; or pipe it in: '
            f"... | jackfield run {name}. To talk: jackfield chat --agent {name}"
        )
    return OptionError(f"There is no prompt for the agent {agent!r}.", hint=hint)
