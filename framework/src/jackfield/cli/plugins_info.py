"""`jackfield plugins info`: one plugin in detail, from metadata and its manifest alone."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import click

from jackfield.cli.call import global_options
from jackfield.cli.json_text import pretty
from jackfield.cli.plugin_names import entries_named, in_order
from jackfield.plugins.index import Entry, PluginIndex
from jackfield.plugins.kinds import KINDS
from jackfield.plugins.manifest_file import Capability, look_for_manifest

_EPILOG = """\
\b
Examples:
  jackfield plugins info openrouter              by the name of what it offers
  jackfield plugins info jackfield-openrouter    by its distribution
"""


@click.command("info", epilog=_EPILOG)
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@global_options
def command(name: str, *, as_json: bool) -> None:
    """Show what NAME offers, its settings, and what it says it touches; loads nothing.

    NAME is a capability, or a distribution.
    """
    entries = in_order(entries_named(PluginIndex.scan(), name))
    if as_json:
        click.echo(pretty([_as_data(entry) for entry in entries]))
    else:
        click.echo("\n\n".join("\n".join(_lines(entry)) for entry in entries))


def _as_data(entry: Entry) -> dict[str, Any]:
    reading, described = look_for_manifest(entry), _described(entry)
    return {
        **asdict(entry),
        "summary": described.summary if described else "",
        "settings": described.settings if described else None,
        "touches": described.touches if described else None,
        "manifest": reading.manifest.path if reading.manifest else None,
        "problem": reading.problem,
    }


def _described(entry: Entry) -> Capability | None:
    manifest = look_for_manifest(entry).manifest
    return manifest.capability(entry.kind, entry.name) if manifest else None


def _lines(entry: Entry) -> Iterator[str]:
    yield f"{entry.kind} {entry.name}"
    described, problem = _described(entry), look_for_manifest(entry).problem
    if described and described.summary:
        yield f"  {described.summary}"
    yield f"  from      {entry.distribution} {entry.version}"
    yield f"  loads     {entry.value} (entry-point group {KINDS[entry.kind].group})"
    if described is None:
        yield f"  manifest  {problem or 'none: its settings are known once it is loaded'}"
        return
    yield from _settings_lines(described.settings)
    for what, names in (described.touches or {}).items():
        yield f"  {what + ':':<14}{', '.join(names) or 'none'}"


def _settings_lines(schema: dict[str, Any] | None) -> Iterator[str]:
    properties = (schema or {}).get("properties", {})
    required = (schema or {}).get("required", [])
    if properties:
        yield "  settings"
    for key, about in properties.items():
        default = "required" if key in required else f"default {about.get('default')!r}"
        yield f"    {key:<16} {about.get('description', '')} ({default})"
