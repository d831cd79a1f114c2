"""Throw-away distributions on disk, so that a test has plugins to find, load and break."""

import base64
import hashlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import invalidate_caches
from pathlib import Path
from types import ModuleType
from typing import Any

from jackfield.errors import OptionError

GROUPS = {
    "provider": "jackfield.providers",
    "tools": "jackfield.tools",
    "transport": "jackfield.transports",
    "auth": "jackfield.auth",
    "sink": "jackfield.sinks",
    "command": "jackfield.commands",
    "hook": "jackfield.hooks",
}


@dataclass(slots=True, kw_only=True)
class InstalledPlugin:
    """A distribution that exists for one test.

    Attributes:
        distribution: Its name.
        version: Its version.
        module: Name of its package.
        site: The folder to put on `sys.path` or `PYTHONPATH`.
        package: The folder of its package.
        dist_info: The folder of its metadata.
    """

    distribution: str
    version: str
    module: str
    site: Path
    package: Path
    dist_info: Path
    _hidden: dict[str, ModuleType] = field(default_factory=dict, init=False, repr=False)

    @property
    def is_imported(self) -> bool:
        """Whether any module of the plugin is imported in this process."""
        return any(self._owns(name) for name in sys.modules)

    def environ(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return an environment for a subprocess that sees the plugin."""
        environ = dict(os.environ if base is None else base)
        rest = environ.get("PYTHONPATH", "")
        environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(self.site), rest]))
        return environ

    def activate(self) -> None:
        """Put the plugin on `sys.path` of this process; it hides modules of the same name."""
        self._hidden = {
            name: sys.modules.pop(name) for name in list(sys.modules) if self._owns(name)
        }
        sys.path.insert(0, str(self.site))
        invalidate_caches()

    def deactivate(self) -> None:
        """Take it off `sys.path` and forget its modules; what it hid comes back."""
        if str(self.site) in sys.path:
            sys.path.remove(str(self.site))
        for name in [name for name in sys.modules if self._owns(name)]:
            del sys.modules[name]
        sys.modules.update(self._hidden)
        self._hidden = {}
        invalidate_caches()

    def _owns(self, name: str) -> bool:
        return name == self.module or name.startswith(f"{self.module}.")


def install_plugin(  # noqa: PLR0913 - each is a property of a distribution; all but `site` keyword
    site: Path,
    distribution: str = "jackfield-example",
    *,
    code: str = "",
    files: Mapping[str, str] | None = None,
    entry_points: Mapping[str, Mapping[str, str] | Sequence[str] | str] | str | None = None,
    version: str = "1.0.0",
    summary: str = "A plugin for a test.",
    requires: Sequence[str] = (),
    manifest: Mapping[str, Any] | str | None = None,
    metadata: str | None = None,
    module: str = "",
) -> InstalledPlugin:
    """Write a distribution with one package to `site`; it is not put on `sys.path`.

    Args:
        site: An empty folder of its own; made if it is missing.
        distribution: Name of the distribution.
        code: Text of the package's `__init__.py`.
        files: Further files of the package, by their path inside it.
        entry_points: By kind (`provider`, `tools` ...) or group: names and values, or only
            names (the value is then the package). A text is written as it is.
        version: Version of the distribution.
        summary: One line for lists.
        requires: Requirements, for example `jackfield>=0.1`.
        manifest: Content of `jackfield-plugin.json`; a text is written as it is.
        metadata: Text of `METADATA` instead of the generated one.
        module: Name of the package; from the distribution's name when empty.
    """
    module = module or distribution.replace("-", "_").replace(".", "_")
    dist_info = site / f"{distribution.replace('-', '_')}-{version}.dist-info"
    contents = {f"{module}/{name}": text for name, text in (files or {}).items()}
    contents[f"{module}/__init__.py"] = code
    if manifest is not None:
        contents[f"{module}/jackfield-plugin.json"] = (
            manifest if isinstance(manifest, str) else json.dumps(manifest)
        )
    info = dist_info.name
    contents[f"{info}/METADATA"] = (
        metadata if metadata is not None else _metadata(distribution, version, summary, requires)
    )
    contents[f"{info}/INSTALLER"] = "jackfield.testing\n"
    contents[f"{info}/top_level.txt"] = f"{module}\n"
    if entry_points is not None:
        contents[f"{info}/entry_points.txt"] = _entry_points(entry_points, module)
    _write(site, contents, record=f"{info}/RECORD")
    return InstalledPlugin(
        distribution=distribution,
        version=version,
        module=module,
        site=site,
        package=site / module,
        dist_info=dist_info,
    )


def _metadata(distribution: str, version: str, summary: str, requires: Sequence[str]) -> str:
    lines = [
        "Metadata-Version: 2.1",
        f"Name: {distribution}",
        f"Version: {version}",
        f"Summary: {summary}",
        *[f"Requires-Dist: {requirement}" for requirement in requires],
    ]
    return "\n".join(lines) + "\n"


def _entry_points(
    groups: Mapping[str, Mapping[str, str] | Sequence[str] | str] | str, module: str
) -> str:
    if isinstance(groups, str):
        return groups
    lines: list[str] = []
    for kind, names in groups.items():
        lines.append(f"[{_group(kind)}]")
        if isinstance(names, str):
            names = [names]
        pairs = names.items() if isinstance(names, Mapping) else [(name, module) for name in names]
        lines += [f"{name} = {value}" for name, value in pairs]
    return "\n".join(lines) + "\n"


def _group(kind: str) -> str:
    if "." in kind:
        return kind
    if kind not in GROUPS:
        raise OptionError(f"There is no socket {kind!r}; there are {', '.join(GROUPS)}.")
    return GROUPS[kind]


def _write(site: Path, contents: Mapping[str, str], *, record: str) -> None:
    rows: list[str] = []
    for name, text in contents.items():
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = text.encode()
        path.write_bytes(data)
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        rows.append(f"{name},sha256={digest},{len(data)}")
    rows.append(f"{record},,")
    (site / record).write_text("\n".join(rows) + "\n", encoding="utf-8")
