"""Which values are secrets, and what to show instead."""

import re
from collections.abc import Mapping
from typing import Any

from jackfield.config.settings import resolve_ref
from jackfield.config.toml_lines import KeyPath

MASK = "********"
_SECRET_NAME = re.compile(
    r"(?:^|_)(?:api_?key|(?:access|private|secret|signing|encryption|auth)_key|token|secret"
    r"|password|passwd|passphrase|credentials?|authorization|cookie)s?$"
)
_NOT_SECRET = re.compile(r"(?:^|_)(?:max|min|input|output|total|num|thinking)_")
_IN_AUTH = frozenset({"value", "key", "secret", "token"})
_URL_PASSWORD = re.compile(r"(?<=://)([^/@\s:]*):[^/@\s]+(?=@)")


def is_secret(path: KeyPath, schema: Mapping[str, Any] | None = None) -> bool:
    """Tell whether the key holds a secret, by its name or by the schema of its table.

    Args:
        path: The whole path, for example `("auth", "work", "value")`.
        schema: Schema of the settings of `path[:2]`; None when unknown.
    """
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", path[-1]).lower().replace("-", "_")
    if _SECRET_NAME.search(name) and not _NOT_SECRET.search(name):
        return True
    if path[0] == "auth" and name in _IN_AUTH:
        return True
    return schema is not None and _schema_says_secret(schema, path[2:])


def masked(
    data: Mapping[str, Any],
    schemas: Mapping[KeyPath, Mapping[str, Any] | None] | None = None,
    path: KeyPath = (),
) -> dict[str, Any]:
    """Return a copy with every secret replaced; `schemas` are settings schemas by table."""
    shown: dict[str, Any] = {}
    for key, value in data.items():
        here = (*path, key)
        schema = (schemas or {}).get(here[:2])
        if isinstance(value, Mapping):
            shown[key] = masked(value, schemas, here)
        elif is_secret(here, schema) and not isinstance(value, bool):
            shown[key] = MASK
        else:
            shown[key] = _without_passwords(value)
    return shown


def _without_passwords(value: Any) -> Any:
    if isinstance(value, str):
        return _URL_PASSWORD.sub(rf"\1:{MASK}", value)
    if isinstance(value, Mapping):
        return masked(value)
    if isinstance(value, list | tuple):
        return [_without_passwords(item) for item in value]
    return value


def _schema_says_secret(root: Mapping[str, Any], path: KeyPath) -> bool:
    schema: Any = root
    for part in path:
        schema = resolve_ref(root, schema)
        schema = (schema.get("properties") or {}).get(part) if isinstance(schema, Mapping) else None
    variants = [schema, *(schema.get("anyOf") or ())] if isinstance(schema, Mapping) else []
    return any(_marked(resolve_ref(root, variant)) for variant in variants)


def _marked(schema: Any) -> bool:
    return isinstance(schema, Mapping) and (
        schema.get("writeOnly") is True or schema.get("format") == "password"
    )
