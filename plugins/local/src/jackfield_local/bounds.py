"""Bounds for what a model may write under a constraint, so that it ends soon and parses.

A weak model may repeat itself for ever. Unbounded, such a string ends in the middle when the
tokens run out, a minute later; bounded, the grammar closes it, and we tell that it was cut.
Pure: no I/O.
"""

from typing import Any

MOST_CHARACTERS = 1000
"""Of a string; some 170 words."""
MOST_CHARACTERS_IN_LIST = 100
"""Of a string that is an item of a list."""
MOST_ITEMS = 32
"""Of a list."""

_ONE = ("items", "additionalProperties")
_SOME = ("anyOf", "oneOf", "allOf", "prefixItems")
_NAMED = ("properties", "$defs")


def bounded(schema: Any, *, characters: int = MOST_CHARACTERS) -> Any:
    """Return the schema with a bound for each string and list that has none.

    What the schema says itself (`maxLength`, `maxItems`, `minLength`, `minItems`, `enum`,
    `pattern`, a known `format`) is kept. Maps with free keys, values without a type and
    recursive references stay open: only `max_tokens` ends them.

    Args:
        schema: A JSON Schema; not changed.
        characters: Bound of its strings; those in a list have `MOST_CHARACTERS_IN_LIST`.
    """
    if not isinstance(schema, dict):
        return schema
    inside = {key: _inner(key, value, characters) for key, value in schema.items()}
    kind = schema.get("type")
    kinds = kind if isinstance(kind, list) else [kind]
    if "string" in kinds and not {"enum", "const"} & schema.keys():
        inside.setdefault("maxLength", max(characters, schema.get("minLength", 0)))
    if "array" in kinds:
        inside.setdefault("maxItems", max(MOST_ITEMS, schema.get("minItems", 0)))
    return inside


def is_cut(value: Any, *, characters: int = MOST_CHARACTERS) -> bool:
    """Tell whether a string or list in the value is as long as our bound, so probably cut."""
    if isinstance(value, str):
        return len(value) == characters
    if isinstance(value, dict):
        return any(is_cut(item, characters=characters) for item in value.values())
    if isinstance(value, list):
        cut = any(is_cut(item, characters=MOST_CHARACTERS_IN_LIST) for item in value)
        return cut or len(value) == MOST_ITEMS
    return False


def _inner(key: str, value: Any, characters: int) -> Any:
    if key in ("items", "prefixItems"):
        characters = MOST_CHARACTERS_IN_LIST
    if key in _ONE:
        return bounded(value, characters=characters)
    if key in _SOME and isinstance(value, list):
        return [bounded(one, characters=characters) for one in value]
    if key in _NAMED and isinstance(value, dict):
        return {name: bounded(one, characters=characters) for name, one in value.items()}
    return value
