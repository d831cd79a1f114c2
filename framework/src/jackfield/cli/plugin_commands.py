"""Commands of plugins, beside our own: listed from metadata, loaded when they are called."""

import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from jackfield.cli.call import Call, add_global_options, call_of
from jackfield.cli.lazy import LazyGroup
from jackfield.errors import ContractError, PluginNotFoundError

if TYPE_CHECKING:
    from jackfield.kernel.kernel import Kernel
    from jackfield.plugins.index import Entry, PluginIndex
    from jackfield.plugins.sockets import Sockets


class PanelGroup(LazyGroup):
    """The root group: our commands, and those of the entry-point group `jackfield.commands`.

    Our own names win; a plugin cannot replace them.
    """

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command; a plugin's is loaded now.

        Raises:
            PluginError: The plugin cannot be loaded, or is one that could be installed.
        """
        own = super().get_command(ctx, cmd_name)
        return own if own is not None else _plugin_command(cmd_name, ctx)

    def summaries(self) -> dict[str, str]:
        """Return our names and those of plugins with a line about each; imports no plugin."""
        return {**super().summaries(), **self._of_plugins()}

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands; a plugin's line says where it comes from."""
        super().format_commands(ctx, formatter)
        found = self._of_plugins()
        if found:
            with formatter.section("Commands of plugins"):
                formatter.write_dl(list(found.items()))

    def _of_plugins(self) -> dict[str, str]:
        from jackfield.plugins.index import PluginIndex  # noqa: PLC0415 - reads all metadata

        return {
            entry.name: _summary(entry)
            for entry in PluginIndex.scan().entries("command")
            if entry.name not in self.lazy
        }


def _summary(entry: "Entry") -> str:
    """Return a line about a command without importing its plugin."""
    from jackfield.plugins.manifest_file import read_manifest  # noqa: PLC0415 - few need it

    manifest = read_manifest(entry)
    described = manifest.capability(entry.kind, entry.name) if manifest else None
    source = f"({entry.distribution} {entry.version})"
    return f"{described.summary} {source}" if described and described.summary else source


def _plugin_command(name: str, context: click.Context) -> click.Command | None:
    from jackfield.plugins.index import PluginIndex  # noqa: PLC0415 - reads all metadata

    call, index = call_of(context), PluginIndex.scan()
    prefer = _preferred(name, call, index)
    try:
        index.find("command", name, prefer)
    except PluginNotFoundError as error:
        if "pip install" in error.hint:
            raise
        return None
    from jackfield.plugins.sockets import Sockets  # noqa: PLC0415 - loads pluggy and stevedore

    kernel = LateKernel(call)
    context.call_on_close(kernel.close)
    return _registered(name, Sockets(index, prefer), kernel)


def _preferred(name: str, call: Call, index: "PluginIndex") -> dict[str, str]:
    """Return `[plugins] prefer`, if it matters: most calls need no configuration here."""
    from jackfield.config.load import load_config  # noqa: PLC0415 - only in a conflict

    if len(index.claimants("command", name)) <= 1:
        return {}
    return dict(load_config(call.config, overrides=call.overrides).plugins.prefer)


def _registered(name: str, sockets: "Sockets", kernel: Any) -> click.Command:
    """Import the plugin and return the command that it registers."""
    shelf = click.Group()
    sockets.load_command(name, shelf, kernel)
    command = shelf.commands.get(name)
    if command is None:
        raise ContractError(
            f"The plugin of the command {name!r} registered no command of that name.",
            kind="command",
            name=name,
            hint="Its `register_commands(cli, kernel)` must add it to `cli`.",
        )
    add_global_options(command)
    return command


class LateKernel:
    """The kernel of a plugin's command, opened at the first use: `--help` needs none."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._kernel: Kernel | None = None

    def __getattr__(self, name: str) -> Any:
        if self._kernel is None:
            from jackfield.cli.progress import progress_on  # noqa: PLC0415 - see the class
            from jackfield.kernel.kernel import Kernel  # noqa: PLC0415

            self._kernel = Kernel.from_config(
                self._call.config,
                overrides=self._call.overrides,
                progress=partial(progress_on, sys.stderr),
            )
        return getattr(self._kernel, name)

    def close(self) -> None:
        """Close the kernel if it was opened and the command did not close it."""
        if self._kernel is not None:
            self._kernel.close()
