"""Checking values against JSON Schemas that somebody wrote by hand.

Covers what tool definitions use: type, properties, required, additionalProperties, items,
enum, const, anyOf, oneOf, allOf, $ref inside the schema, and the limits of numbers, strings
and arrays. Other keywords (`pattern` among them) say something to the model and are ignored.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jackfield.schema.problems import Problem, nearest_text, place_of, shown

_MAX_LEVELS = 100  # of schemas inside schemas; a tool that needs more is mistaken
_INTEGER = re.compile(r"[+-]?\d{1,30}", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?([eE][+-]?\d{1,2})?", re.ASCII)


def check(schema: dict[str, Any], value: Any) -> tuple[Any, list[Problem]]:
    """Return the value with harmless scalars coerced, and all that is wrong with it.

    `"3"` becomes 3 where a number is due, 3 becomes `"3"` where a string is due, `"true"`
    becomes true where a boolean is due. The value itself is never changed.
    """
    problems: list[Problem] = []
    checked = _Check(root=schema, problems=problems).visit(schema, value, "")
    return checked, problems


@dataclass(slots=True)
class _Check:
    root: dict[str, Any]
    problems: list[Problem]
    coerces: bool = True
    depth: int = 0

    def visit(self, schema: Any, value: Any, place: str) -> Any:
        if schema is False:
            self.report(place, "not allowed")
        if not isinstance(schema, dict):
            return value
        if self.depth >= _MAX_LEVELS:
            self.report(place, f"nested deeper than {_MAX_LEVELS} levels")
            return value
        self.depth += 1
        try:
            return self._all(schema, value, place)
        finally:
            self.depth -= 1

    def report(self, place: str, text: str) -> None:
        self.problems.append(Problem(place, text, self.depth))

    def expected(self, wanted: str, value: Any, place: str) -> None:
        text = f"expected {wanted}, got {shown(value)}"
        self.problems.append(Problem(place, text, self.depth, wanted))

    def _all(self, schema: dict[str, Any], value: Any, place: str) -> Any:
        if isinstance(reference := schema.get("$ref"), str):
            value = self.visit(self._resolve(reference), value, place)
        for part in _list(schema, "allOf"):
            value = self.visit(part, value, place)
        for keyword in ("anyOf", "oneOf"):
            if options := _list(schema, keyword):
                value = self._one_of(options, value, place)
        value, right = self._typed(schema, value, place)
        if not right:
            return value
        self._fixed(schema, value, place)
        self._limits(schema, value, place)
        if isinstance(value, dict):
            return self._object(schema, value, place)
        if isinstance(value, list):
            return self._array(schema, value, place)
        return value

    def _resolve(self, reference: str) -> Any:
        found: Any = self.root
        if reference.partition("#")[0]:
            return True  # in another document: nobody here can read it
        for step in reference.partition("#")[2].split("/")[1:]:
            if not isinstance(found, dict):
                return True
            found = found.get(step.replace("~1", "/").replace("~0", "~"), True)
        return found

    def _one_of(self, options: list[Any], value: Any, place: str) -> Any:
        tried: list[list[Problem]] = []
        for coerces in (False, True) if self.coerces else (False,):
            tried = []
            for option in options:
                trial = _Check(self.root, [], coerces, self.depth)
                checked = trial.visit(option, value, place)
                if not trial.problems:
                    return checked
                tried.append(trial.problems)
        # The option that fits best is the one that was meant: it fails deepest inside.
        best = max(tried, key=lambda problems: (problems[0].depth, -len(problems)))
        if best[0].place != place or len(options) == 1:
            self.problems.extend(best)
        else:
            names = dict.fromkeys(each[0].wanted or "something else" for each in tried)
            self.expected(" or ".join(names), value, place)
        return value

    def _typed(self, schema: dict[str, Any], value: Any, place: str) -> tuple[Any, bool]:
        types = schema.get("type")
        names = [types] if isinstance(types, str) else types if isinstance(types, list) else []
        names = [name for name in names if isinstance(name, str)]
        if not names or any(name not in _TYPES or _TYPES[name](value) for name in names):
            return value, True
        if self.coerces:
            for name in names:
                coerced = _coerced(name, value)
                if coerced is not None:
                    return coerced, True
        self.expected(" or ".join(names), value, place)
        return value, False

    def _fixed(self, schema: dict[str, Any], value: Any, place: str) -> None:
        if "const" in schema and not _same(schema["const"], value):
            self.expected(shown(schema["const"]), value, place)
        allowed = _list(schema, "enum")
        if allowed and not any(_same(each, value) for each in allowed):
            wanted = ", ".join(shown(each) for each in allowed[:20])
            self.expected(f"one of {wanted}", value, place)

    def _limits(self, schema: dict[str, Any], value: Any, place: str) -> None:
        for keyword, applies, measure, breaks, wanted in _LIMITS:
            limit = schema.get(keyword)
            if not _is_number(limit) or not applies(value):
                continue
            if breaks(measure(value), limit):
                self.expected(f"{wanted} {limit}", value, place)

    def _object(self, schema: dict[str, Any], value: dict[str, Any], place: str) -> dict[str, Any]:
        declared = schema.get("properties")
        properties: dict[str, Any] = declared if isinstance(declared, dict) else {}
        for name in _list(schema, "required"):
            if isinstance(name, str) and name not in value:
                self.report(place_of(place, name), "required, but missing")
        others = schema.get("additionalProperties", True)
        checked = {}
        for name, item in value.items():
            inside = place_of(place, name)
            if name not in properties and others is False and "patternProperties" not in schema:
                self.report(inside, f"unknown; {nearest_text(name, list(properties))}")
                continue
            checked[name] = self.visit(properties.get(name, others), item, inside)
        return checked

    def _array(self, schema: dict[str, Any], value: list[Any], place: str) -> list[Any]:
        first = _list(schema, "prefixItems")
        rest = schema.get("items", True)
        return [
            self.visit(first[at] if at < len(first) else rest, item, place_of(place, at))
            for at, item in enumerate(value)
        ]


def _list(schema: dict[str, Any], keyword: str) -> list[Any]:
    value = schema.get(keyword)
    return value if isinstance(value, list) else []


def _same(one: Any, other: Any) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _coerced(name: str, value: Any) -> Any:
    """Return the value as the type `name`, or None where that would be guessing."""
    if name == "integer" and isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        return int(value)
    if name == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)
    if name == "number" and isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return int(value) if _INTEGER.fullmatch(value.strip()) else float(value)
    if name == "string" and _is_number(value):
        return str(value)
    if name == "boolean" and isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return None


_TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": _is_number,
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}

_Limit = tuple[str, Callable[[Any], bool], Callable[[Any], Any], Callable[[Any, Any], bool], str]
_LIMITS: tuple[_Limit, ...] = (
    ("minimum", _is_number, lambda value: value, lambda is_, limit: is_ < limit, "at least"),
    ("maximum", _is_number, lambda value: value, lambda is_, limit: is_ > limit, "at most"),
    (
        "exclusiveMinimum",
        _is_number,
        lambda value: value,
        lambda is_, limit: is_ <= limit,
        "more than",
    ),
    (
        "exclusiveMaximum",
        _is_number,
        lambda value: value,
        lambda is_, limit: is_ >= limit,
        "less than",
    ),
    ("minLength", _TYPES["string"], len, lambda is_, limit: is_ < limit, "a length of at least"),
    ("maxLength", _TYPES["string"], len, lambda is_, limit: is_ > limit, "a length of at most"),
    ("minItems", _TYPES["array"], len, lambda is_, limit: is_ < limit, "a length of at least"),
    ("maxItems", _TYPES["array"], len, lambda is_, limit: is_ > limit, "a length of at most"),
)
