"""`jackfield chat`: a conversation, or one question."""

import click

from jackfield.cli.agent_choice import DEFAULT_AGENT, AgentChoice, agent_options
from jackfield.cli.call import call_of, global_options
from jackfield.cli.prompt_text import read_prompt

_EPILOG = """\
\b
Examples:
  jackfield chat                                     talk; /help lists the commands
  jackfield chat "Why is the sky blue?"              one question, one answer
  jackfield chat -m local:smollm2-135m -t clock      choose the model and tools
  cat report.txt | jackfield chat "Summarise:" -     with what is piped in

\b
Ctrl-C aborts the answer, Ctrl-D leaves. In a pipe only the answer goes to stdout.
"""


@click.command("chat", epilog=_EPILOG)
@click.argument("prompt", nargs=-1)
@click.option("-a", "--agent", default=DEFAULT_AGENT, show_default=True, help="Talk to this agent.")
@click.option("--no-thinking", is_flag=True, help="Do not show the model's thinking.")
@agent_options
@global_options
@click.pass_context
def command(
    context: click.Context,
    prompt: tuple[str, ...],
    agent: str,
    *,
    no_thinking: bool,
    choice: AgentChoice,
) -> int:
    """Chat with an agent, or ask one question.

    PROMPT may be several words; a `-` in it stands for what is piped in. Without one, what is
    piped in is the prompt, and at a terminal the conversation begins.
    """
    choice.agent = agent
    text = read_prompt(prompt)
    from jackfield.cli.agents import answer_once  # noqa: PLC0415 - help needs no kernel
    from jackfield.cli.conversation import talk  # noqa: PLC0415
    from jackfield.cli.terminal_view import view_for_process  # noqa: PLC0415

    view = view_for_process(thinking=not no_thinking)
    if text is None:
        return talk(call_of(context), choice, view)
    return answer_once(call_of(context), choice, text, view)
