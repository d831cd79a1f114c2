"""The manifest `jackfield-plugin.json`: made from the plugin's code, compared with it, written.

Nobody writes it by hand. The same plugin gives the same bytes.
"""

import inspect
import json
import sys
from pathlib import Path
from typing import Any

from jackfield.contracts import API_VERSION
from jackfield.errors import PluginError
from jackfield.plugins.index import Entry, PluginIndex
from jackfield.plugins.kinds import KINDS, SETTLED
from jackfield.plugins.manifest_file import (
    FILE_NAME,
    Capability,
    Manifest,
    ManifestShapeError,
    Reading,
    look_for_manifest,
    package_folders,
    read_manifest,
    read_touches,
)
from jackfield.plugins.names import same_distribution
from jackfield.plugins.registry import broken_rule
from jackfield.plugins.sockets import Sockets

__all__ = [
    "FILE_NAME",
    "Capability",
    "Manifest",
    "Reading",
    "build_manifest",
    "is_stale",
    "look_for_manifest",
    "manifest_text",
    "read_manifest",
    "write_manifest",
]


def build_manifest(distribution: str, *, index: PluginIndex | None = None) -> dict[str, Any]:
    """Import all capabilities of a distribution and describe them.

    Args:
        distribution: Name, in any spelling.
        index: What is installed; scanned when None.

    Raises:
        PluginError: The distribution offers nothing, or one of its plugins is broken.
    """
    index = index or PluginIndex.scan()
    entries = _entries(distribution, index)
    sockets = Sockets(index)
    plugins = [(entry, sockets.load(entry)) for entry in entries]
    return {
        "api": _api(plugins),
        "capabilities": [_described(sockets, entry, plugin, entries) for entry, plugin in plugins],
    }


def manifest_text(manifest: dict[str, Any]) -> str:
    """Return the text of the file: sorted keys, two spaces, a newline at the end."""
    return json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def write_manifest(distribution: str, *, index: PluginIndex | None = None) -> list[Path]:
    """Write the manifest beside the code of the distribution.

    Returns:
        The files: one for each top-level package, so nearly always one.

    Raises:
        PluginError: As `build_manifest`; or there is no package to put it into.
    """
    index = index or PluginIndex.scan()
    paths = _paths(distribution, index)
    text = manifest_text(build_manifest(distribution, index=index))
    for path in paths:
        path.write_text(text, encoding="utf-8", newline="\n")
    return paths


def is_stale(distribution: str, *, index: PluginIndex | None = None) -> bool:
    """Whether the manifest is missing or says something else than the code.

    A manifest for another minor version of the API is not stale.

    Raises:
        PluginError: As `build_manifest`.
    """
    index = index or PluginIndex.scan()
    built = build_manifest(distribution, index=index)
    return any(_differs(path, built) for path in _paths(distribution, index))


def _differs(path: Path, built: dict[str, Any]) -> bool:
    try:
        written = json.loads(path.read_text(encoding="utf-8"))
        api = str(written.pop("api"))
    except (OSError, ValueError, AttributeError, TypeError, KeyError):
        return True
    same_major = api.partition(".")[0] == built["api"].partition(".")[0]
    return not same_major or written != {"capabilities": built["capabilities"]}


def _entries(distribution: str, index: PluginIndex) -> list[Entry]:
    entries = [one for one in index.entries() if same_distribution(one.distribution, distribution)]
    if not entries:
        raise PluginError(
            f"The distribution {distribution!r} offers nothing, or is not installed.",
            distribution=distribution,
            hint='Its pyproject.toml needs [project.entry-points."jackfield.<kind>"]; install it '
            "again after a change: pip install -e .",
        )
    return entries


def _paths(distribution: str, index: PluginIndex) -> list[Path]:
    paths = set()
    for entry in _entries(distribution, index):
        folders = package_folders(entry)
        if len(folders) != 1:
            top = entry.module.partition(".")[0]
            raise PluginError(
                f"{entry.distribution} has no package {top!r} of its own to hold {FILE_NAME}.",
                kind=entry.kind,
                name=entry.name,
                distribution=entry.distribution,
                hint="Make the module a package: a folder with an __init__.py.",
            )
        paths.add(folders[0] / FILE_NAME)
    return sorted(paths)


def _described(sockets: Sockets, entry: Entry, plugin: Any, entries: list[Entry]) -> dict[str, Any]:
    model = sockets.settings_model(entry) if entry.kind in SETTLED else None
    return {
        "kind": entry.kind,
        "name": entry.name,
        "summary": _summary(entry, plugin, entries),
        "settings": None if model is None else model.model_json_schema(),
        "touches": _touches(entry, plugin),
    }


def _summary(entry: Entry, plugin: Any, entries: list[Entry]) -> str:
    """Return the first line of the plugin's docstring; of its hook's, if it has several."""
    hook = getattr(plugin, KINDS[entry.kind].open_hook or "", None)
    sources = [plugin, hook]
    if sum(other.value == entry.value for other in entries) > 1:
        sources.reverse()
    for source in sources:
        text = inspect.getdoc(source) if source is not None else None
        if text:
            return text.splitlines()[0].strip()
    return ""


def _touches(entry: Entry, plugin: Any) -> dict[str, list[str]] | None:
    declared = getattr(plugin, "jackfield_touches", None)
    if declared is None:
        declared = getattr(sys.modules.get(entry.module), "jackfield_touches", None)
    if declared is None:
        return None
    try:
        return read_touches(declared)
    except ManifestShapeError as error:
        raise broken_rule(entry, f"jackfield_touches: {error}") from error


def _api(plugins: list[tuple[Entry, Any]]) -> str:
    for entry, plugin in plugins:
        asked = getattr(plugin, "jackfield_api", None)
        asked = asked or getattr(sys.modules.get(entry.module), "jackfield_api", None)
        if asked is not None:
            return str(asked)
    return API_VERSION
