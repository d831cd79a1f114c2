"""`jackfield plugins`: the panel of what is plugged in."""

import click

from jackfield.cli.call import global_options
from jackfield.cli.lazy import Lazy, LazyGroup

_EPILOG = """\
\b
Examples:
  jackfield plugins list               everything that is installed; loads nothing
  jackfield plugins info openrouter    one plugin in detail
  jackfield plugins doctor             load each one in a process of its own
"""

_COMMANDS = {
    "list": Lazy("jackfield.cli.plugins_list:command", "List what is installed; loads nothing."),
    "info": Lazy("jackfield.cli.plugins_info:command", "Show one plugin in detail."),
    "doctor": Lazy("jackfield.cli.plugins_doctor:command", "Find out whether plugins load."),
    "manifest": Lazy(
        "jackfield.cli.plugins_manifest:command", "Write a plugin's manifest, for its author."
    ),
}


@click.group("plugins", cls=LazyGroup, lazy=_COMMANDS, epilog=_EPILOG, invoke_without_command=True)
@global_options
@click.pass_context
def command(context: click.Context) -> None:
    """See what is plugged in and whether it works."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
