"""`jackfield plugins manifest`: for authors; makes jackfield-plugin.json of the code."""

import click

from jackfield.cli.call import global_options

_EPILOG = """\
\b
Examples:
  jackfield plugins manifest jackfield-dice            write it beside the code
  jackfield plugins manifest jackfield-dice --check    for CI: 1 if it is stale
"""


@click.command("manifest", epilog=_EPILOG)
@click.argument("distribution")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if it is out of date.")
@global_options
def command(distribution: str, *, check: bool) -> int:
    """Write a plugin's manifest, for its author.

    The manifest tells what the plugin offers and the settings that it takes, so that nobody has
    to load it to know. It is made from the installed code of DISTRIBUTION.
    """
    from jackfield.plugins.manifest import is_stale, write_manifest  # noqa: PLC0415 - loads pluggy

    if not check:
        for path in write_manifest(distribution):
            click.echo(f"Wrote {path}")
        return 0
    if is_stale(distribution):
        click.echo(
            f"The manifest of {distribution} is out of date; write it anew with "
            f"`jackfield plugins manifest {distribution}`.",
            err=True,
        )
        return 1
    click.echo(f"The manifest of {distribution} is up to date.")
    return 0
