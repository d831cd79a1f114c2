"""From files, environment and command line to one checked `Config`.

Layers, later wins: built-in defaults; the user's file; the nearest `jackfield.toml` (or
`pyproject.toml` with `[tool.jackfield]`) upwards; `JACKFIELD_*` variables; the command line.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jackfield.config.configuration import Config
from jackfield.config.environment import read_environment
from jackfield.config.files import find_project_layer, is_file, read_layer, user_file
from jackfield.config.layers import Layer, Tree
from jackfield.config.structure import structure_errors
from jackfield.config.toml_lines import key_path
from jackfield.errors import ConfigError, OptionError, SettingsError

DEFAULTS: dict[str, Any] = {"plugins": {"hooks": [], "prefer": {}}}
CONFIG_VARIABLE = "JACKFIELD_CONFIG"


def load_config(
    source: Path | str | Mapping[str, Any] | None = None,
    *,
    overrides: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    checked: bool = True,
) -> Config:
    """Load the configuration.

    Args:
        source: None searches for files (`JACKFIELD_CONFIG` names one instead); a path is the one
            file to read; a mapping is used alone, without files and environment.
        overrides: Values by dotted key, or nested tables; they win over everything.
        environ: Environment variables; those of the process when None.
        cwd: Where the search starts; the working directory when None.
        checked: Raise the first structural mistake; False leaves them to `validate.check`.

    Raises:
        ConfigError: A file cannot be read, is not TOML, or a key or type is wrong.
    """
    environ = os.environ if environ is None else environ
    layers = [Layer(name="default", data=DEFAULTS), *_base_layers(source, environ, cwd)]
    if not isinstance(source, Mapping):
        layers += _environment_layer(environ, layers)
    if overrides:
        layers.append(Layer(name="command line", data=_nested(overrides)))
    config = Config(layers)
    if checked:
        _raise_first(structure_errors(config))
    return config


def _base_layers(
    source: Path | str | Mapping[str, Any] | None, environ: Mapping[str, str], cwd: Path | None
) -> list[Layer]:
    if isinstance(source, Mapping):
        return [Layer(name="mapping", data=_with_text_keys(source))]
    chosen = source if source is not None else environ.get(CONFIG_VARIABLE)
    if chosen:
        return [read_layer(Path(chosen).expanduser(), "file")]
    own = user_file()
    layers = [read_layer(own, "user")] if is_file(own) else []
    project = find_project_layer(cwd or Path.cwd())
    if project is not None and (not layers or layers[0].file != project.file):
        layers.append(project)
    return layers


def _with_text_keys(source: Mapping[Any, Any], place: str = "") -> dict[str, Any]:
    table: dict[str, Any] = {}
    for key, value in source.items():
        if not isinstance(key, str):
            where = place or "the given mapping"
            raise SettingsError(f"{where}: the key {key!r} is not a string.", key=place)
        here = f"{place}.{key}" if place else key
        table[key] = _with_text_keys(value, here) if isinstance(value, Mapping) else value
    return table


def _environment_layer(environ: Mapping[str, str], below: list[Layer]) -> list[Layer]:
    tree = Tree()
    for layer in below:
        tree.merge(layer)
    found = read_environment(environ, tree.data)
    return [found] if found.data else []


def _nested(overrides: Mapping[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for key, value in overrides.items():
        try:
            path = key_path(key)
        except ValueError as error:
            raise OptionError(
                f"{key!r} is not a dotted key such as agents.default.model."
            ) from error
        node = data
        for part in path[:-1]:
            node = node.setdefault(part, {})
            if not isinstance(node, dict):
                raise OptionError(f"{key!r}: {part!r} is given a plain value as well.")
        node[path[-1]] = value
    return data


def _raise_first(errors: list[Any]) -> None:
    if not errors:
        return
    error: ConfigError = errors[0]
    if len(errors) > 1:
        error.hint = f"({len(errors) - 1} more; `jackfield config validate` lists all.)"
    raise error
