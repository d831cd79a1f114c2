"""A click group that imports a command's file when that command is called, not before."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import Any

import click
from click.shell_completion import CompletionItem


@dataclass(frozen=True, slots=True)
class Lazy:
    """A command that is not imported yet.

    Attributes:
        place: `module:attribute` of the click command.
        summary: One line for the list of commands.
    """

    place: str
    summary: str

    def load(self) -> click.Command:
        """Import the command."""
        module, _, attribute = self.place.partition(":")
        command = getattr(import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{self.place} is not a click command")
        return command


class LazyGroup(click.Group):
    """A group whose commands are a table of `Lazy`; `--help` and near misses import nothing.

    Args:
        lazy: Commands by name, in the order in which the help lists them.
    """

    def __init__(self, *args: Any, lazy: Mapping[str, Lazy], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lazy = dict(lazy)

    def summaries(self) -> dict[str, str]:
        """Return all names with a line about each; imports none of them."""
        return {name: lazy.summary for name, lazy in self.lazy.items()}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return all names in the order of the table."""
        return list(self.summaries())

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return what the shell offers to complete a name or option."""
        names = [
            CompletionItem(name, help=summary)
            for name, summary in self.summaries().items()
            if name.startswith(incomplete)
        ]
        return [*names, *click.Command.shell_complete(self, ctx, incomplete)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command, imported now; None if there is none of that name."""
        found = self.lazy.get(cmd_name)
        return found.load() if found else super().get_command(ctx, cmd_name)

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        formatter: click.HelpFormatter,
    ) -> None:
        """Write the list of commands from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl(list(LazyGroup.summaries(self).items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command to call; an unknown name is a usage error with the nearest names."""
        command = self.get_command(ctx, args[0])
        if command is None:
            ctx.fail(unknown("command", args[0], self.list_commands(ctx)))
        return args[0], command, args[1:]


def unknown(what: str, name: str, names: list[str]) -> str:
    """Return the message for a name that is not among `names`."""
    near = get_close_matches(name, names, n=3, cutoff=0.5)
    tail = f" Did you mean {' or '.join(near)}?" if near else ""
    return f"There is no {what} {name!r}.{tail}"
