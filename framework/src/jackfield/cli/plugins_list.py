"""`jackfield plugins list`: from metadata alone; no plugin is imported."""

from dataclasses import asdict
from typing import Any

import click

from jackfield.cli.call import global_options
from jackfield.cli.json_text import pretty
from jackfield.cli.plugin_names import in_order
from jackfield.cli.tables import show_table
from jackfield.plugins.index import Entry, PluginIndex
from jackfield.plugins.kinds import KINDS

_EPILOG = """\
\b
Examples:
  jackfield plugins list
  jackfield plugins list --kind provider
  jackfield plugins list --json
"""


@click.command("list", epilog=_EPILOG)
@click.option("--kind", type=click.Choice(list(KINDS)), help="Only this kind of socket.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@global_options
def command(kind: str | None, *, as_json: bool) -> None:
    """List what is installed, and from which distribution.

    Being listed does not mean being loaded: a plugin is imported when the configuration or a
    command names it.
    """
    index = PluginIndex.scan()
    entries = in_order(index.entries(kind))
    if as_json:
        click.echo(pretty(_as_data(index, entries, kind)))
        return
    rows = [(entry.kind, entry.name, entry.distribution, entry.version) for entry in entries]
    if rows:
        show_table(("kind", "name", "distribution", "version"), rows)
    for (socket, name), claimants in index.conflicts(kind).items():
        who = ", ".join(entry.distribution for entry in claimants)
        click.echo(f"conflict: several offer the {socket} {name!r}: {who}", err=True)
    for broken in index.broken:
        click.echo(f"broken: {broken.name}: {broken.reason}", err=True)


def _as_data(index: PluginIndex, entries: list[Entry], kind: str | None) -> dict[str, Any]:
    return {
        "plugins": [asdict(entry) for entry in entries],
        "conflicts": [
            {
                "kind": socket,
                "name": name,
                "distributions": [entry.distribution for entry in claimants],
            }
            for (socket, name), claimants in index.conflicts(kind).items()
        ],
        "broken": [asdict(broken) for broken in index.broken],
    }
