"""Reading `JACKFIELD_<SECTION>__<NAME>__<KEY>` variables.

The rules, which the reference page repeats:

* A variable counts when its name starts with `JACKFIELD_` and has two underscores in a row behind
  that. Each part is lower-cased; a part that equals a key of the files but for case and the
  choice between `-` and `_` means that key. Other `JACKFIELD_` names are not configuration.
* Where the kernel knows the key, its type decides: a string is taken as it stands; an array of
  strings is a TOML array, or names with commas between; anything else is a TOML value.
* Elsewhere (settings of plugins) a value that looks like a TOML boolean, number, quoted string,
  array or inline table is read as that, anything else is a string. A setting that the plugin's
  schema calls a string gets the text back (`settings.fit_texts`).
"""

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from jackfield.config.keys import MODEL, NAMES, SECTIONS, TEXT, Shape, shape_of
from jackfield.config.layers import Layer
from jackfield.config.nearest import did_you_mean, nearest
from jackfield.config.toml_lines import KeyPath
from jackfield.errors import SettingsError

PREFIX = "JACKFIELD_"
SEPARATOR = "__"
_TOML_LIKE = re.compile(
    r"true|false|[+-]?\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?|\[.*\]|\{.*\}|\".*\"|'.*'",
    re.DOTALL,
)


def read_environment(environ: Mapping[str, str], below: Mapping[str, Any]) -> Layer:
    """Return the layer of the environment; `below` are the merged layers under it.

    Raises:
        SettingsError: A variable names no section.
    """
    layer = Layer(name="environment", data={})
    for name in sorted(environ):
        if name.startswith(PREFIX) and SEPARATOR in name.removeprefix(PREFIX):
            path = _path(name, below)
            layer.variables[path] = name
            layer.raw[path] = environ[name]
            _put(layer.data, path, read_value(environ[name], shape_of(path)), name)
    return layer


def read_value(text: str, shape: Shape | None) -> Any:
    """Return the value of a variable's text for a key of that shape (None when unknown)."""
    if shape is TEXT or shape is MODEL:
        return text
    stripped = text.strip()
    if shape is NAMES and not stripped.startswith("["):
        return [name.strip() for name in stripped.split(",")] if stripped else []
    if not _TOML_LIKE.fullmatch(stripped):
        return text
    try:
        found = tomllib.loads(f"value = {stripped}")
    except tomllib.TOMLDecodeError:
        return text
    return found["value"] if len(found) == 1 else text


def _path(name: str, below: Mapping[str, Any]) -> KeyPath:
    parts = name.removeprefix(PREFIX).lower().split(SEPARATOR)
    if not all(parts) or len(parts) < 2:
        raise SettingsError(
            f"environment variable {name}: a part of the name is empty.",
            file=name,
            expected="JACKFIELD_<SECTION>__<NAME>__<KEY>",
        )
    if parts[0] not in SECTIONS:
        near = nearest(parts[0], SECTIONS)
        raise SettingsError(
            f"environment variable {name}: there is no section {parts[0]!r}.{did_you_mean(near)}",
            file=name,
            key=".".join(parts),
            expected="one of the sections " + ", ".join(SECTIONS),
            nearest=near,
        )
    path: list[str] = []
    node: Any = below
    for part in parts:
        key = _existing(part, node)
        path.append(key)
        node = node.get(key) if isinstance(node, Mapping) else None
    return tuple(path)


def _existing(part: str, node: Any) -> str:
    if isinstance(node, Mapping):
        for key in node:
            if isinstance(key, str) and key.lower().replace("-", "_") == part.replace("-", "_"):
                return key
    return part


def _put(data: dict[str, Any], path: KeyPath, value: Any, name: str) -> None:
    for part in path[:-1]:
        data = data.setdefault(part, {})
        if not isinstance(data, dict):
            raise SettingsError(
                f"environment variable {name}: another variable gives {part!r} a plain value.",
                file=name,
                key=".".join(path),
            )
    if isinstance(value, dict) and isinstance(data.get(path[-1]), dict):
        data[path[-1]].update(value)
    else:
        data[path[-1]] = value
