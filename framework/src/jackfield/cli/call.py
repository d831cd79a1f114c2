"""What the global options say, and the options that every command takes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from jackfield.errors import OptionError


@dataclass(slots=True)
class Call:
    """The global options of one call of `jackfield`.

    Attributes:
        config: The configuration file to use instead of those found; None to search.
        overrides: Configuration values by dotted key; they win over all other layers.
        debug: Whether an error shows its traceback.
    """

    config: Path | None = None
    overrides: dict[str, Any] = field(default_factory=dict)
    debug: bool = False


def call_of(context: click.Context) -> Call:
    """Return the global options of a command's context."""
    found = context.find_root().obj
    return found if isinstance(found, Call) else Call()


def _keep_config(context: click.Context, _parameter: click.Parameter, value: Path | None) -> None:
    if value is not None:
        call_of(context).config = value


def _keep_debug(context: click.Context, _parameter: click.Parameter, value: Any) -> None:
    if value:
        call_of(context).debug = True


def _keep_overrides(
    context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]
) -> None:
    for text in values:
        key, sign, value = text.partition("=")
        if not sign or not key.strip():
            raise click.BadParameter(f"{text!r} is not of the form key=value.")
        call_of(context).overrides[key.strip()] = _read_value(value.strip())


def _read_value(text: str) -> Any:
    """Read a value as TOML; what is not TOML is text, so that quotes can be left out."""
    import tomllib  # noqa: PLC0415 - only needed with --set

    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def global_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--config`, `--set` and `--debug`, before or behind its name."""
    for decorate in (
        click.option(
            "--debug",
            is_flag=True,
            expose_value=False,
            callback=_keep_debug,
            help="Show tracebacks and the log (also: JACKFIELD_DEBUG=1).",
        ),
        click.option(
            "--set",
            metavar="KEY=VALUE",
            multiple=True,
            expose_value=False,
            callback=_keep_overrides,
            help="Override one configuration value, for example agents.default.max_turns=5.",
        ),
        click.option(
            "--config",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            expose_value=False,
            callback=_keep_config,
            help="Use this configuration file instead of the nearest jackfield.toml.",
        ),
    ):
        function = decorate(function)
    return function


def add_global_options(command: click.Command) -> None:
    """Give a command of a plugin the global options that it has no options of its own for."""

    @click.command()
    @global_options
    def ours() -> None: ...

    taken = {name for option in command.params for name in option.opts}
    command.params += [option for option in ours.params if not taken & set(option.opts)]


def split_names(values: tuple[str, ...]) -> list[str]:
    """Return the names of an option that can be repeated or hold a list with commas."""
    names = [name.strip() for value in values for name in value.split(",")]
    if values and not all(names):
        raise OptionError(f"An empty name in {','.join(values)!r}.")
    return names
