"""`jackfield plugins doctor`: imports each plugin in a process of its own, tells what is wrong."""

import sys
from dataclasses import asdict
from typing import Any

import click

from jackfield.cli.call import Call, call_of, global_options
from jackfield.cli.failure import one_line
from jackfield.cli.json_text import pretty
from jackfield.cli.main import VERSION
from jackfield.cli.plugin_names import entries_named, in_order
from jackfield.cli.progress import progress_on
from jackfield.cli.style import is_terminal, styled
from jackfield.cli.version_range import refused_range
from jackfield.config.load import load_config
from jackfield.errors import JackfieldError
from jackfield.plugins.index import Entry, PluginIndex
from jackfield.plugins.probe import DEFAULT_LIMIT_S, Probe, probe_all

_EPILOG = """\
\b
Examples:
  jackfield plugins doctor
  jackfield plugins doctor openrouter jackfield-local
  jackfield plugins doctor --json

\b
Exits with 0 if all is well or there are only warnings, with 3 if something is broken.
"""


@click.command("doctor", epilog=_EPILOG)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.option(
    "--limit",
    type=click.FloatRange(min=0, min_open=True),
    default=DEFAULT_LIMIT_S,
    show_default=True,
    help="Seconds that one plugin may take.",
)
@global_options
@click.pass_context
def command(context: click.Context, names: tuple[str, ...], *, as_json: bool, limit: float) -> int:
    """Find out whether plugins load, and what to do if they don't.

    NAME is a capability or a distribution; without one, all are tried. Each is imported in a
    process of its own, so that neither a crash nor a hang takes the doctor down. None is opened:
    no key is read, no connection is made.
    """
    index = PluginIndex.scan()
    named = {entry for name in names for entry in entries_named(index, name)}
    entries = in_order(named if names else index.entries())
    probes = _probe(index, entries, call_of(context), limit)
    broken = [] if names else index.broken
    warnings = _warnings(entries)
    if as_json:
        data = {
            "plugins": [_as_data(one) for one in probes],
            "broken": [*map(asdict, broken)],
            "warnings": warnings,
        }
        click.echo(pretty(data))
    else:
        _show(probes)
        for one in warnings:
            who = f"{one['distribution']} {one['version']}"
            _show_trouble("warning", who, one["cause"], one["remedy"])
        for distribution in broken:
            _show_trouble("broken", distribution.name, distribution.reason, distribution.path)
    return 3 if broken or any(one.status != "ok" for one in probes) else 0


def _probe(index: PluginIndex, entries: list[Entry], call: Call, limit_s: float) -> list[Probe]:
    prefer = _preferred(call)
    if not is_terminal(sys.stderr):
        return probe_all(index, prefer=prefer, entries=entries, limit_s=limit_s)
    with progress_on(sys.stderr, "Loading", total=len(entries), unit="plugins") as progress:
        return probe_all(
            index,
            prefer=prefer,
            entries=entries,
            limit_s=limit_s,
            on_done=lambda: progress.advance(1),
        )


def _preferred(call: Call) -> dict[str, str]:
    """Return `[plugins] prefer`; a doctor must not need a healthy configuration."""
    try:
        return dict(load_config(call.config, overrides=call.overrides).plugins.prefer)
    except JackfieldError as error:
        click.echo(f"The configuration is not used: {one_line(error)}", err=True)
        return {}


def _warnings(entries: list[Entry]) -> list[dict[str, str]]:
    """Return a warning for each distribution that was written for another `jackfield`."""
    found = []
    for name, version in dict.fromkeys((one.distribution, one.version) for one in entries):
        if refused := refused_range(name, VERSION):
            cause = f"It asks for jackfield{refused}, but jackfield {VERSION} is installed."
            remedy = f"Install versions that fit: pip install --upgrade jackfield {name}."
            names = {"distribution": name, "version": version}
            found.append({**names, "cause": cause, "remedy": remedy})
    return found


def _show(probes: list[Probe]) -> None:
    for one in probes:
        who = f"{one.entry.kind} {one.entry.name} ({one.entry.distribution} {one.entry.version})"
        if one.status == "ok":
            mark = styled("ok".ljust(9), "green", stream=sys.stdout)
            click.echo(f"{mark} {who}, {one.seconds * 1000:.0f} ms")
        else:
            _show_trouble(one.status, who, one.cause, one.remedy)


def _show_trouble(status: str, who: str, cause: str, remedy: str) -> None:
    style = "yellow" if status == "warning" else "red"
    click.echo(f"{styled(status.ljust(9), style, stream=sys.stdout)} {who}")
    for line in filter(None, (cause, remedy)):
        click.echo(f"          {' '.join(line.split())}")


def _as_data(one: Probe) -> dict[str, Any]:
    return {
        **asdict(one.entry),
        "status": one.status,
        "seconds": one.seconds,
        "cause": one.cause,
        "remedy": one.remedy,
    }
