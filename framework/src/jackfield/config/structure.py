"""Checking what the kernel itself understands: sections, agents, `use`, `[plugins]`.

Settings of plugins are checked against their schemas, in `validate`.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jackfield.config.configuration import Config
from jackfield.config.keys import (
    AGENT_KEYS,
    KIND_OF_SECTION,
    PLUGINS_KEYS,
    SECTIONS,
    TABLE,
    TEXT,
    Key,
    Shape,
)
from jackfield.config.layers import dotted
from jackfield.config.nearest import did_you_mean, nearest
from jackfield.config.toml_lines import KeyPath
from jackfield.errors import SettingsError


def structure_errors(config: Config) -> list[SettingsError]:
    """Return every mistake in the keys that the kernel knows, in the order of the tables."""
    return list(_sections(config))


def settings_error(
    config: Config, path: KeyPath, message: str, *, expected: str = "", near: Iterable[str] = ()
) -> SettingsError:
    """Make an error that names the file and line, the dotted key, and the nearest names."""
    origin = config.origin(path)
    names = list(near)
    return SettingsError(
        f"{origin}: {dotted(path)}: {message}{did_you_mean(names)}",
        file=origin.file or str(origin),
        key=dotted(path),
        line=origin.line,
        column=origin.column,
        expected=expected,
        nearest=names,
    )


def _sections(config: Config) -> Iterator[SettingsError]:
    for section, table in config.data.items():
        path = (section,)
        if section not in SECTIONS:
            yield _unknown(config, path, "section", SECTIONS)
        elif not TABLE.accepts(table):
            yield _wrong(config, path, TABLE, table)
        elif section == "plugins":
            yield from _known_keys(config, path, table, PLUGINS_KEYS)
        else:
            yield from _entries(config, section, table)


def _entries(config: Config, section: str, entries: Mapping[str, Any]) -> Iterator[SettingsError]:
    for name, table in entries.items():
        path = (section, name)
        if not TABLE.accepts(table):
            yield _wrong(config, path, TABLE, table)
        elif section == "agents":
            yield from _known_keys(config, path, table, AGENT_KEYS)
        else:
            yield from _capability(config, path, table)


def _capability(config: Config, path: KeyPath, table: Mapping[str, Any]) -> Iterator[SettingsError]:
    if KIND_OF_SECTION[path[0]] == "provider" and ":" in path[1]:
        expected = "a name without a colon, which divides provider and model id"
        yield settings_error(config, path, f"expected {expected}.", expected=expected)
    if not path[1] or table.get("use") == "":
        expected = "a name that is not empty"
        yield settings_error(config, path, f"expected {expected}.", expected=expected)
    if not TEXT.accepts(table.get("use", "")):
        yield _wrong(config, (*path, "use"), TEXT, table["use"])


def _known_keys(
    config: Config, path: KeyPath, table: Mapping[str, Any], keys: Mapping[str, Key]
) -> Iterator[SettingsError]:
    for name, value in table.items():
        here = (*path, name)
        if name not in keys:
            yield _unknown(config, here, "key", keys)
        elif not keys[name].shape.accepts(value):
            yield _wrong(config, here, keys[name].shape, value)


def _unknown(config: Config, path: KeyPath, what: str, known: Iterable[str]) -> SettingsError:
    names = list(known)
    near = nearest(path[-1], names)
    expected = f"one of {', '.join(names)}"
    message = f"unknown {what}." if near else f"unknown {what}; expected {expected}."
    return settings_error(config, path, message, expected=expected, near=near)


def _wrong(config: Config, path: KeyPath, shape: Shape, value: Any) -> SettingsError:
    choices = shape.schema.get("enum", ())
    near = nearest(value, choices) if isinstance(value, str) else ()
    message = f"expected {shape.expected}, got {_described(value)}."
    return settings_error(config, path, message, expected=shape.expected, near=near)


def _described(value: Any) -> str:
    """Name a value's type in TOML's words; never the value, which may be a secret."""
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list | tuple):
        return "an array that holds other things" if value else "an empty array"
    words = {str: "a string", int: "an integer", float: "a float"}
    return words.get(type(value), f"a {type(value).__name__}")
