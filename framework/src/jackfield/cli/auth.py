"""`jackfield auth`: keys in the system keyring. A key is never an argument and never shown."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import click

from jackfield.cli.call import global_options
from jackfield.cli.known_keys import KnownKeys
from jackfield.cli.style import is_terminal
from jackfield.errors import ConfigError, OptionError, SecretMissingError

SERVICE = "jackfield"
"""The keyring's service name; the auth `keyring` looks there."""

_EPILOG = """\
\b
Examples:
  jackfield auth set work-key              asks for the key, without showing it
  pass show openrouter | jackfield auth set work-key
  jackfield auth list

\b
Then let a provider use it, in jackfield.toml:
  [providers.openrouter]
  auth = "work-key"
  [auth.work-key]
  use = "keyring"
"""


@click.group("auth", epilog=_EPILOG, invoke_without_command=True)
@global_options
@click.pass_context
def command(context: click.Context) -> None:
    """Keep keys in the system keyring."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@command.command("set", epilog="\b\nExample:\n  jackfield auth set work-key")
@click.argument("name")
@global_options
def set_key(name: str) -> None:
    """Store a key under NAME; asks for it, or reads it from a pipe."""
    keyring = _keyring()
    secret = _read_secret(name)
    with _keyring_errors():
        keyring.set_password(SERVICE, name, secret)
    KnownKeys().add(name)
    click.echo(f'Stored {name} in the system keyring. To use it: [auth.{name}] use = "keyring"')


@command.command("list", epilog="\b\nExample:\n  jackfield auth list")
@global_options
def list_keys() -> None:
    """List the names of the stored keys, never the keys."""
    keyring = _keyring()
    known = KnownKeys()
    with _keyring_errors():
        names = [name for name in known.names() if keyring.get_password(SERVICE, name) is not None]
    for name in names:
        click.echo(name)
    if not names:
        click.echo("No keys stored. `jackfield auth set NAME` stores one.", err=True)


@command.command("remove", epilog="\b\nExample:\n  jackfield auth remove work-key")
@click.argument("name")
@global_options
def remove_key(name: str) -> None:
    """Remove the key NAME from the keyring."""
    keyring = _keyring()
    with _keyring_errors():
        found = keyring.get_password(SERVICE, name) is not None
        if found:
            keyring.delete_password(SERVICE, name)
    KnownKeys().remove(name)
    if not found:
        raise SecretMissingError(
            f"The keyring has no key {name!r}.",
            source=f"keyring entry {name} (service {SERVICE})",
            hint="`jackfield auth list` shows the names.",
        )
    click.echo(f"Removed {name} from the system keyring.")


def _read_secret(name: str) -> str:
    if is_terminal(sys.stdin):
        secret = click.prompt(f"Key for {name}", hide_input=True, default="", show_default=False)
    else:
        secret = sys.stdin.read()
    secret = secret.strip()
    if not secret or "\n" in secret:
        what = "more than one line" if secret else "nothing"
        raise OptionError(f"A key is one line of text; there came {what}.")
    return secret


def _keyring() -> ModuleType:
    """Return the package keyring.

    Raises:
        ConfigError: It is not installed.
    """
    try:
        import keyring  # noqa: PLC0415 - an extra, and slow to import
    except ImportError as error:
        raise ConfigError(
            "The system keyring needs the package keyring, which is not installed.",
            hint='Run `pip install "jackfield[keyring]"`, or use the auth `env` or `file`.',
        ) from error
    return keyring


@contextmanager
def _keyring_errors() -> Iterator[None]:
    """Turn the errors of the keyring into one of ours."""
    from keyring.errors import KeyringError  # noqa: PLC0415 - an extra

    try:
        yield
    except KeyringError as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ConfigError(
            f"The system keyring cannot be used: {reason}",
            hint="Without a keyring, use the auth `env`, `file` or `command` instead.",
        ) from error
