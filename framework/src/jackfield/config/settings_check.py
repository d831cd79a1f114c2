"""Checking a plugin's settings against the JSON Schema of its manifest.

The plugin's own model decides when the capability is opened; this finds the same mistakes
before that, without importing the plugin.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jackfield.config.configuration import Config
from jackfield.config.layers import dotted
from jackfield.config.nearest import did_you_mean, nearest
from jackfield.config.secrets import is_secret
from jackfield.config.settings import resolve_ref
from jackfield.config.toml_lines import KeyPath
from jackfield.errors import SettingsError

_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
_UNKNOWN = "unknown; "
_GOT = re.compile(r", got .*$", re.DOTALL)


def closed(schema: Any) -> Any:
    """Return a copy in which every object with known properties refuses others.

    The kernel refuses unknown keys whatever a plugin's model says.
    """
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    copy = {key: closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), Mapping) and schema.get("type", "object") == "object":
        others = schema.get("additionalProperties", True)
        copy["additionalProperties"] = False if others is True else copy["additionalProperties"]
    return copy


def settings_errors(
    config: Config,
    path: KeyPath,
    settings: dict[str, Any],
    schema: Mapping[str, Any],
    *,
    named_at: KeyPath | None = None,
) -> Iterator[SettingsError]:
    """Yield everything that is wrong with the settings of one capability.

    Args:
        config: Knows the lines.
        path: The capability's table.
        settings: Its settings, without `use`.
        schema: What the plugin says about them.
        named_at: Where the capability is named, if it has no table of its own.
    """
    # Its error texts need imports that only this check pays for.
    from jackfield.schema.check import check  # noqa: PLC0415 - see above

    strict: dict[str, Any] = closed(schema)
    checked, problems = check(strict, settings)
    found = [(_path(problem.place), problem.text) for problem in problems]
    found += [(place, "expected string, got a number") for place in _texts(settings, checked)]
    subject = _Subject(config, path, strict, named_at)
    for place, text in found:
        yield subject.error(place, text)


@dataclass(frozen=True, slots=True)
class _Subject:
    """The table whose settings are wrong."""

    config: Config
    table: KeyPath
    schema: dict[str, Any]
    named_at: KeyPath | None

    def error(self, place: KeyPath, text: str) -> SettingsError:
        path = self.table + place
        near: list[str] = []
        if text.startswith(_UNKNOWN):
            known = _properties(self.schema, place[:-1])
            near = nearest(place[-1], known)
            text = "unknown setting" if near else f"unknown setting; known: {', '.join(known)}"
        elif is_secret(path, self.schema):
            text = _GOT.sub("", text)
        origin = self.config.nearest_origin(self.named_at or path)
        key = dotted(path)
        return SettingsError(
            f"{origin}: {key}: {text}.{did_you_mean(near)}",
            file=origin.file or str(origin),
            key=key,
            line=origin.line,
            column=origin.column,
            expected=_GOT.sub("", text).removeprefix("expected "),
            nearest=near,
        )


def _path(place: str) -> KeyPath:
    """Return the steps of `a.b[0]`; an array is one value here, so its index is left out."""
    steps = [match[2] for match in _STEP.finditer(place)]
    return tuple(step for step in steps if step is not None)


def _texts(given: Any, checked: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    """Yield where a number would have to become a string: the plugin's model refuses that."""
    if isinstance(given, Mapping) and isinstance(checked, Mapping):
        for key in given.keys() & checked.keys():
            yield from _texts(given[key], checked[key], (*path, key))
    elif isinstance(given, list) and isinstance(checked, list):
        for one, other in zip(given, checked, strict=False):
            yield from _texts(one, other, path)
    elif isinstance(checked, str) and not isinstance(given, str):
        yield path


def _properties(schema: Mapping[str, Any], path: KeyPath) -> list[str]:
    here: Any = schema
    for step in path:
        here = resolve_ref(schema, here)
        here = (here.get("properties") or {}).get(step) if isinstance(here, Mapping) else None
    here = resolve_ref(schema, here)
    return sorted(here.get("properties") or {}) if isinstance(here, Mapping) else []
