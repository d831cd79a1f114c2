"""Whether a tool's parameters are a JSON Schema that models and providers can use."""

import json
from collections.abc import Iterator
from typing import Any

TYPES = ("object", "array", "string", "integer", "number", "boolean", "null")
_LISTS_OF_SCHEMAS = ("anyOf", "oneOf", "allOf", "prefixItems")
_SCHEMAS = ("items", "additionalProperties", "not", "propertyNames", "contains")
_MAPS_OF_SCHEMAS = ("properties", "patternProperties", "$defs", "definitions")


def schema_problems(schema: Any) -> list[str]:
    """Return what is wrong with the parameters of a tool; empty for a right schema."""
    if not isinstance(schema, dict):
        return [f"parameters are a {type(schema).__name__}, not an object"]
    try:
        json.dumps(schema, allow_nan=False)
    except (TypeError, ValueError) as error:
        return [f"parameters are no JSON: {error}"]
    if schema and schema.get("type") != "object":
        return [f"`type` must be 'object', it is {schema.get('type')!r}"]
    return list(_inside(schema, schema, "parameters"))


def _inside(schema: Any, root: dict[str, Any], place: str) -> Iterator[str]:
    if isinstance(schema, bool):
        return
    if not isinstance(schema, dict):
        yield f"{place} is {schema!r}, not a schema"
        return
    yield from _type(schema, place)
    yield from _required(schema, place)
    yield from _reference(schema, root, place)
    if "enum" in schema and (not isinstance(schema["enum"], list) or not schema["enum"]):
        yield f"{place}.enum is {schema['enum']!r}, not a list of values"
    for where, inner in _children(schema, place):
        yield from _inside(inner, root, where)


def _type(schema: dict[str, Any], place: str) -> Iterator[str]:
    types = schema.get("type", [])
    for name in types if isinstance(types, list) else [types]:
        if name not in TYPES:
            yield f"{place}.type is {name!r}; JSON Schema knows {', '.join(TYPES)}"


def _required(schema: dict[str, Any], place: str) -> Iterator[str]:
    names, properties = schema.get("required", []), schema.get("properties", {})
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        yield f"{place}.required is {names!r}, not a list of names"
        return
    for name in names:
        if isinstance(properties, dict) and properties and name not in properties:
            yield f"{place}.required names {name!r}, which is no property"


def _reference(schema: dict[str, Any], root: dict[str, Any], place: str) -> Iterator[str]:
    reference = schema.get("$ref")
    if reference is None:
        return
    found: Any = root
    for step in str(reference).removeprefix("#/").split("/"):
        step = step.replace("~1", "/").replace("~0", "~")
        found = found.get(step) if isinstance(found, dict) else None
    if not str(reference).startswith("#/") or found is None:
        yield f"{place}.$ref {reference!r} leads nowhere inside the schema"


def _children(schema: dict[str, Any], place: str) -> Iterator[tuple[str, Any]]:
    for keyword in _SCHEMAS:
        if keyword in schema:
            yield f"{place}.{keyword}", schema[keyword]
    for keyword in _LISTS_OF_SCHEMAS:
        value = schema.get(keyword, [])
        for at, inner in enumerate(value if isinstance(value, list) else [value]):
            yield f"{place}.{keyword}[{at}]", inner
    for keyword in _MAPS_OF_SCHEMAS:
        value = schema.get(keyword, {})
        pairs = value.items() if isinstance(value, dict) else [("?", value)]
        for name, inner in pairs:
            yield f"{place}.{keyword}.{name}", inner
