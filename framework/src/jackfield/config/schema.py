"""One JSON Schema for the whole file, for editors (VS Code, taplo); imports no plugin."""

from collections.abc import Mapping
from typing import Any

from jackfield.config.keys import AGENT_KEYS, PLUGINS_KEYS, SECTION_OF_KIND, Key
from jackfield.config.settings_check import closed
from jackfield.config.validate import InstalledIndex, SchemaOf

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_SUMMARIES = {
    "provider": "Providers of models.",
    "tools": "Tool sets.",
    "transport": "How HTTP requests are sent.",
    "auth": "Where credentials come from; never the credentials themselves.",
    "sink": "Who receives the events of runs.",
    "command": "Commands of plugins.",
}


def build(index: InstalledIndex, schema_of: SchemaOf) -> dict[str, Any]:
    """Return the schema of `jackfield.toml` for what is installed.

    Args:
        index: What is installed.
        schema_of: `(kind, use)` -> schema of the settings; None allows any settings.
    """
    names = {
        kind: sorted({entry.name for entry in index.entries(kind)})
        for kind in (*SECTION_OF_KIND, "hook")
    }
    definitions: dict[str, Any] = {}
    properties: dict[str, Any] = {
        "agents": {
            "type": "object",
            "description": "Agents by name; `default` is used when none is named.",
            "additionalProperties": _object(AGENT_KEYS, _agent_examples(names)),
        }
    }
    for kind, section in SECTION_OF_KIND.items():
        for name in names[kind]:
            _define(definitions, kind, name, schema_of(kind, name))
        properties[section] = _section(kind, names[kind])
    properties["plugins"] = _object(PLUGINS_KEYS, {"hooks": names["hook"]})
    return {
        "$schema": DIALECT,
        "title": "jackfield.toml",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "$defs": definitions,
    }


def _object(keys: Mapping[str, Key], examples: Mapping[str, list[str]]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: _key(key, examples.get(name, [])) for name, key in keys.items()},
        "additionalProperties": False,
    }


def _key(key: Key, examples: list[str]) -> dict[str, Any]:
    schema = {**key.shape.schema, "description": key.summary}
    if examples:
        schema["examples"] = [examples] if schema.get("type") == "array" else examples
    return schema


def _agent_examples(names: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {
        "model": [f"{name}:" for name in names["provider"]],
        "tools": names["tools"],
        "sinks": names["sink"],
    }


def _section(kind: str, names: list[str]) -> dict[str, Any]:
    """A table's settings follow from `use`; without it from the table's own name."""
    others = [{"$ref": f"#/$defs/{_pointer(kind, name)}.used"} for name in names]
    return {
        "type": "object",
        "description": _SUMMARIES[kind],
        "properties": {
            name: {"anyOf": [{"$ref": f"#/$defs/{_pointer(kind, name)}"}, *_without(others, at)]}
            for at, name in enumerate(names)
        },
        "additionalProperties": {"anyOf": others} if others else False,
    }


def _without(items: list[Any], at: int) -> list[Any]:
    return items[:at] + items[at + 1 :]


def _define(
    definitions: dict[str, Any], kind: str, name: str, settings: Mapping[str, Any] | None
) -> None:
    """Add the settings of one capability twice: `use` optional, and `use` required."""
    key = f"{kind}.{name}"
    schema = _moved(dict(settings or {"type": "object"}), f"#/$defs/{_pointer(kind, name)}")
    for inner, definition in schema.pop("$defs", {}).items():
        definitions[f"{key}.{inner}"] = closed(definition)
    schema["properties"] = {**schema.get("properties", {}), "use": {"const": name}}
    if settings is not None and settings.get("properties"):
        schema = closed(schema)
    elif settings is not None:
        schema.setdefault("additionalProperties", False)
    definitions[key] = schema
    definitions[f"{key}.used"] = {**schema, "required": ["use", *schema.get("required", [])]}


def _moved(schema: Any, root: str) -> Any:
    """Return a copy whose references point to the definitions' new places."""
    if isinstance(schema, list):
        return [_moved(item, root) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    copy = {key: _moved(value, root) for key, value in schema.items()}
    reference = copy.get("$ref")
    if isinstance(reference, str):
        if reference.startswith("#/$defs/"):
            copy["$ref"] = f"{root}.{reference.removeprefix('#/$defs/')}"
        elif reference == "#":
            copy["$ref"] = root
    return copy


def _pointer(kind: str, name: str) -> str:
    return f"{kind}.{name}".replace("~", "~0").replace("/", "~1")
