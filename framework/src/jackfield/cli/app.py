"""The command `jackfield` itself: global options, its sub-commands, and how it ends."""

import os
import sys
from pathlib import Path

import click

from jackfield.cli.call import Call, global_options
from jackfield.cli.failure import EXIT_CODES, debug_wanted, report
from jackfield.cli.lazy import Lazy
from jackfield.cli.main import VERSION
from jackfield.cli.plugin_commands import PanelGroup

COMMANDS = {
    "chat": Lazy("jackfield.cli.chat:command", "Chat with an agent, or ask one question."),
    "run": Lazy("jackfield.cli.run:command", "Run an agent once, for scripts."),
    "models": Lazy("jackfield.cli.models:command", "List the models that providers offer."),
    "plugins": Lazy(
        "jackfield.cli.plugins:command", "See what is plugged in and whether it works."
    ),
    "config": Lazy("jackfield.cli.config:command", "Show, check and create the configuration."),
    "auth": Lazy("jackfield.cli.auth:command", "Keep keys in the system keyring."),
}

_CODES = "\n".join(f"  {code:>3}  {meaning}" for code, meaning in EXIT_CODES.items())
_EPILOG = f"""\
\b
Examples:
  jackfield chat
  jackfield chat --model local:smollm2-135m "Say hello."
  jackfield run default "What time is it?" --json
  jackfield plugins list

\b
Completion of commands in bash (or zsh_source, fish_source):
  eval "$(_JACKFIELD_COMPLETE=bash_source jackfield)"

\b
Exit codes:
{_CODES}
"""


def _directory(context: click.Context, _parameter: click.Parameter, value: Path | None) -> None:
    if value is not None and not context.resilient_parsing:
        os.chdir(value)


@click.group(
    cls=PanelGroup,
    lazy=COMMANDS,
    epilog=_EPILOG,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(VERSION, "-V", "--version", message="%(prog)s %(version)s")
@click.option(
    "-C",
    "--directory",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    expose_value=False,
    is_eager=True,
    callback=_directory,
    help="Work as if started in this directory.",
)
@global_options
@click.pass_context
def root(context: click.Context) -> None:
    """Jackfield: agents whose models, tools and services are plugins.

    Settings come from jackfield.toml in this directory or above, from your own file
    (`jackfield config show --origin` says which), and from JACKFIELD_* variables.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def run(arguments: list[str]) -> int:
    """Run the command line with these arguments and return the exit code."""
    call = Call(debug=debug_wanted(arguments))
    _prepare(debug=call.debug)
    try:
        code = _invoke(arguments, call)
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last line of defence
        return report(error, debug=call.debug)
    return code


def _invoke(arguments: list[str], call: Call) -> int:
    """Do what click's `main` does, but leave every exception to `report`."""
    if "_JACKFIELD_COMPLETE" in os.environ:
        root.main(arguments, "jackfield")
    try:
        with root.make_context("jackfield", list(arguments), obj=call) as context:
            code = root.invoke(context)
    except click.exceptions.Exit as end:
        code = end.exit_code
    return code if isinstance(code, int) else 0


def _prepare(*, debug: bool) -> None:
    """Let no odd character end a command, and show the log if it is wanted."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    if debug:
        import logging  # noqa: PLC0415 - costs 5 ms

        logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
        logging.getLogger("jackfield").setLevel(logging.DEBUG)
