"""`jackfield config`: what is configured, where each value came from, and whether it is right."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jackfield.cli.call import call_of, global_options
from jackfield.cli.failure import report
from jackfield.cli.json_text import pretty
from jackfield.cli.style import styled
from jackfield.cli.toml_text import flat_rows, table_lines
from jackfield.config.configuration import Config
from jackfield.config.files import FILE_NAME
from jackfield.config.keys import SECTION_OF_KIND
from jackfield.config.layers import dotted, leaves
from jackfield.config.load import load_config
from jackfield.config.toml_lines import KeyPath
from jackfield.errors import ConfigError

if TYPE_CHECKING:
    from jackfield.kernel.panel import Panel

_EPILOG = """\
\b
Examples:
  jackfield config init                start a jackfield.toml
  jackfield config show --origin       every value, with file and line
  jackfield config validate            find mistakes, without loading a plugin
"""


@click.group("config", epilog=_EPILOG, invoke_without_command=True)
@global_options
@click.pass_context
def command(context: click.Context) -> None:
    """Show, check and create the configuration."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@command.command(
    "show",
    epilog="\b\nExamples:\n  jackfield config show\n  jackfield config show --origin --json",
)
@click.option("--origin", is_flag=True, help="Say which layer each value came from.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@global_options
@click.pass_context
def show(context: click.Context, *, origin: bool, as_json: bool) -> None:
    """Print the merged configuration as TOML; secrets are masked."""
    call = call_of(context)
    config = load_config(call.config, overrides=call.overrides)
    shown = _masked(config)
    if as_json:
        click.echo(pretty(_with_origins(config, shown) if origin else shown))
    elif origin:
        _show_origins(config, shown)
    else:
        click.echo("\n".join(table_lines(shown)).rstrip())


@command.command("validate", epilog="\b\nExample:\n  jackfield config validate")
@global_options
@click.pass_context
def validate(context: click.Context) -> int:
    """Check names, types and plugin settings against the manifests; loads no plugin."""
    call = call_of(context)
    config = load_config(call.config, overrides=call.overrides, checked=False)
    errors = _panel(config).mistakes()
    codes = [report(error, debug=call.debug) for error in errors]
    if not errors:
        sources = ", ".join(config.files) or "no file: the built-in defaults"
        click.echo(f"The configuration is valid ({sources}).")
    return max(codes, default=0)


@command.command(
    "schema",
    epilog="\b\nExample:\n  jackfield config schema > jackfield.schema.function_schema.json",
)
@global_options
@click.pass_context
def schema(context: click.Context) -> None:
    """Print one JSON Schema for the whole file, for editors; loads no plugin."""
    call = call_of(context)
    config = load_config(call.config, overrides=call.overrides, checked=False)
    click.echo(pretty(_panel(config).json_schema()))


@command.command(
    "init",
    epilog="\b\nExamples:\n  jackfield config init\n  jackfield config init ~/agents",
)
@click.argument("path", default=FILE_NAME, type=click.Path(dir_okay=True, path_type=Path))
@click.option("--force", is_flag=True, help="Overwrite the file if it exists.")
@global_options
def init(path: Path, *, force: bool) -> None:
    """Write a first jackfield.toml to PATH, a file or a folder."""
    from jackfield.cli.first_config import FIRST_CONFIG  # noqa: PLC0415 - only for this command

    try:
        path = path / FILE_NAME if path.is_dir() else path
        with path.open("w" if force else "x", encoding="utf-8") as file:
            file.write(FIRST_CONFIG)
    except FileExistsError:
        raise ConfigError(
            f"{path} exists already.", file=str(path), hint="Overwrite it with --force."
        ) from None
    except OSError as error:
        raise ConfigError(f"Cannot write {path}: {error.strerror}.", file=str(path)) from error
    click.echo(f"Wrote {path}. Now try `jackfield chat`.")


def _panel(config: Config) -> "Panel":
    from jackfield.kernel.panel import Panel  # noqa: PLC0415 - `init` needs none

    return Panel(config)


def _masked(config: Config) -> dict[str, Any]:
    """Return the values without secrets: also those that only a plugin's schema marks."""
    panel = _panel(config)
    schemas: dict[KeyPath, Mapping[str, Any] | None] = {
        (section, name): panel.described_settings(kind, config.capability(kind, name).use)
        for kind, section in SECTION_OF_KIND.items()
        for name in config.names(kind)
    }
    return config.masked(schemas)


def _with_origins(config: Config, shown: dict[str, Any]) -> dict[str, dict[str, object]]:
    values = leaves(shown)
    return {
        dotted(path): {"value": value, "origin": str(config.origin(path))} for path, value in values
    }


def _show_origins(config: Config, shown: dict[str, Any]) -> None:
    rows = [(text, str(config.origin(path))) for path, text in flat_rows(shown)]
    width = min(max((len(text) for text, _ in rows), default=0), 60)
    for text, origin in rows:
        click.echo(f"{text:<{width}}  {styled('# ' + origin, 'dim', stream=sys.stdout)}")
