"""Commands of plugins, beside our own: listed from metadata, loaded when they are called."""

from typing import TYPE_CHECKING, Any

import click

from jackfield.cli.call import Call, call_of
from jackfield.cli.lazy import LazyGroup
from jackfield.errors import ContractError, PluginNotFoundError

if TYPE_CHECKING:
    from jackfield.kernel import Kernel
    from jackfield.plugins.index import PluginIndex


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
        return own if own is not None else _plugin_command(cmd_name, call_of(ctx))

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return our names, then those of plugins."""
        return [*super().list_commands(ctx), *self._of_plugins()]

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
            entry.name: f"From {entry.distribution} {entry.version}."
            for entry in PluginIndex.scan().entries("command")
            if entry.name not in self.lazy
        }


def _plugin_command(name: str, call: Call) -> click.Command | None:
    from jackfield.plugins.index import PluginIndex  # noqa: PLC0415 - reads all metadata

    index = PluginIndex.scan()
    try:
        index.find("command", name, _preferred(name, call, index))
    except PluginNotFoundError as error:
        if "pip install" in error.hint:
            raise
        return None
    return _loaded(name, call, index)


def _loaded(name: str, call: Call, index: "PluginIndex") -> click.Command:
    """Import the plugin and return the command that it registers."""
    from jackfield.plugins.sockets import Sockets  # noqa: PLC0415 - only for a plugin's command

    shelf = click.Group()
    Sockets(index, _preferred(name, call, index)).load_command(name, shelf, LateKernel(call))
    command = shelf.commands.get(name)
    if command is None:
        raise ContractError(
            f"The plugin of the command {name!r} registered no command of that name.",
            kind="command",
            name=name,
            hint="Its `register_commands(cli, kernel)` must add it to `cli`.",
        )
    return command


def _preferred(name: str, call: Call, index: "PluginIndex") -> dict[str, str]:
    """Return `[plugins] prefer`, if it matters: most calls need no configuration here."""
    from jackfield.config.load import load_config  # noqa: PLC0415 - only in a conflict

    if len(index.claimants("command", name)) == 1:
        return {}
    return dict(load_config(call.config, overrides=call.overrides).plugins.prefer)


class LateKernel:
    """The kernel of a plugin's command, opened at the first use: `--help` needs none."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._kernel: Kernel | None = None

    def __getattr__(self, name: str) -> Any:
        if self._kernel is None:
            from jackfield.kernel import Kernel  # noqa: PLC0415 - see the class

            self._kernel = Kernel.from_config(self._call.config, overrides=self._call.overrides)
        return getattr(self._kernel, name)
