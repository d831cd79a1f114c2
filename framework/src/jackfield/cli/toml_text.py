"""Writing TOML for people to read: what `config show` prints."""

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import Any

from jackfield.config.layers import dotted, leaves
from jackfield.config.toml_lines import KeyPath


def table_lines(data: Mapping[str, Any], path: KeyPath = ()) -> Iterator[str]:
    """Yield a TOML document with one header for each table that holds values."""
    values = {key: value for key, value in data.items() if not isinstance(value, Mapping)}
    if path and (values or not data):
        yield f"[{dotted(path)}]"
    for key, value in values.items():
        yield f"{dotted((key,))} = {toml_value(value)}"
    if values or (path and not data):
        yield ""
    for key, value in data.items():
        if isinstance(value, Mapping):
            yield from table_lines(value, (*path, key))


def flat_rows(data: Mapping[str, Any]) -> list[tuple[KeyPath, str]]:
    """Return every leaf as its path and one line `a.b.c = value`."""
    return [(path, f"{dotted(path)} = {toml_value(value)}") for path, value in leaves(data)]


def toml_value(value: Any) -> str:
    """Return one value as TOML; tables become inline tables."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        inside = ", ".join(f"{dotted((key,))} = {toml_value(item)}" for key, item in value.items())
        return f"{{{inside}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    return str(value)


def _text(value: str) -> str:
    """Return a basic string: TOML's escapes are JSON's, and DEL must be escaped as well."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
