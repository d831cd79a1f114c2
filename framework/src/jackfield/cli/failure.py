"""From an exception to a message for people and an exit code."""

import os
import sys
import traceback

import click

from jackfield.cli.style import harmless, styled
from jackfield.errors import ConfigError, ConfigSyntaxError, JackfieldError, PluginError

EXIT_CODES = {
    0: "the answer is there, the command did what it should",
    1: "the run failed, or something unexpected happened",
    2: "usage or configuration is wrong",
    3: "a plugin is missing or broken",
    130: "interrupted (Ctrl-C)",
    141: "the reader of the output went away",
}


def exit_code_of(error: BaseException) -> int:
    """Return the exit code for an exception that ends a command."""
    if isinstance(error, JackfieldError | click.ClickException):
        return error.exit_code
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return 130
    return 141 if isinstance(error, BrokenPipeError) else 1


def report(error: BaseException, *, debug: bool) -> int:
    """Tell the user on stderr what went wrong and return the exit code."""
    if isinstance(error, BrokenPipeError):
        _forget_output()
        return exit_code_of(error)
    if debug and not isinstance(error, click.ClickException):
        traceback.print_exception(error)
    for line in describe(error, debug=debug):
        click.echo(line, err=True)
    return exit_code_of(error)


def describe(error: BaseException, *, debug: bool = False) -> list[str]:
    """Return the lines that tell an exception to people; no traceback."""
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return [_note("interrupted")]
    if isinstance(error, click.ClickException):
        return _usage_lines(error)
    if isinstance(error, JackfieldError):
        return _own_lines(error)
    text = _flat(str(error)) or "no message"
    lines = [_error(f"{type(error).__name__}: {text}")]
    return lines if debug else [*lines, _hint("run again with --debug for the traceback")]


def one_line(error: BaseException) -> str:
    """Return what went wrong and what to do as one line, for a list of failures."""
    return _flat(str(error)) or type(error).__name__


def debug_wanted(arguments: list[str]) -> bool:
    """Say whether tracebacks were asked for, even if the arguments cannot be parsed."""
    return "--debug" in arguments or os.environ.get("JACKFIELD_DEBUG", "0") not in ("", "0")


def _own_lines(error: JackfieldError) -> list[str]:
    message, place, hint = _flat(error.message), _place(error), _flat(error.hint)
    lines = [_error(f"{place}: {message}" if place else message)]
    if hint and hint not in message:
        lines.append(_hint(hint))
    return lines


def _place(error: JackfieldError) -> str:
    """Return file, line, key or distribution, as far as the message does not name them."""
    if isinstance(error, ConfigSyntaxError):
        numbers = [str(number) for number in (error.line, error.column) if number]
        parts = [":".join([error.file, *numbers])]
    elif isinstance(error, ConfigError):
        parts = [error.file, error.key]
    elif isinstance(error, PluginError):
        parts = [error.distribution]
    else:
        parts = []
    return ": ".join(part for part in parts if part and part not in error.message)


def _usage_lines(error: click.ClickException) -> list[str]:
    lines = [_error(error.format_message())]
    context = getattr(error, "ctx", None)
    if context is not None:
        lines.append(_hint(f"see `{context.command_path} --help`"))
    return lines


def _flat(text: str) -> str:
    return harmless(" ".join(text.split()))


def _error(text: str) -> str:
    return f"{styled('error:', 'red', stream=sys.stderr)} {text}"


def _hint(text: str) -> str:
    return f"{styled('hint:', 'cyan', stream=sys.stderr)} {text}"


def _note(text: str) -> str:
    return styled(text, "dim", stream=sys.stderr)


def _forget_output() -> None:
    """Point stdout to nowhere, so that Python's last flush does not fail as well."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - until exit
