"""Bounds of a constrained answer: whatever can be bounded is, what is bounded stays so."""

import pytest

from jackfield_local.bounds import bounded

TEXT = {"type": "string"}
SHORT = {"type": "string", "maxLength": 100}
LONG = {"type": "string", "maxLength": 1000}

CASES = {
    "string": (TEXT, LONG),
    "string or null": (
        {"type": ["string", "null"]},
        {"type": ["string", "null"], "maxLength": 1000},
    ),
    "choice": ({"anyOf": [TEXT, {"type": "null"}]}, {"anyOf": [LONG, {"type": "null"}]}),
    "list": (
        {"type": "array", "items": TEXT},
        {"type": "array", "items": SHORT, "maxItems": 32},
    ),
    "list of choices": (
        {"type": "array", "items": {"oneOf": [TEXT]}},
        {"type": "array", "items": {"oneOf": [SHORT]}, "maxItems": 32},
    ),
    "pair": (
        {"type": "array", "prefixItems": [TEXT, {"type": "integer"}]},
        {"type": "array", "prefixItems": [SHORT, {"type": "integer"}], "maxItems": 32},
    ),
    "object": (
        {"type": "object", "properties": {"items": TEXT, "type": TEXT}},
        {"type": "object", "properties": {"items": LONG, "type": LONG}},
    ),
    "map": (
        {"type": "object", "additionalProperties": TEXT},
        {"type": "object", "additionalProperties": LONG},
    ),
    "definitions": ({"$defs": {"Name": TEXT}}, {"$defs": {"Name": LONG}}),
    "a default is data": (
        {"type": "object", "default": {"properties": {"a": TEXT}}},
        {"type": "object", "default": {"properties": {"a": TEXT}}},
    ),
}

KEPT = [
    {"type": "string", "maxLength": 5000},
    {"type": "string", "enum": ["a", "b"]},
    {"type": "string", "const": "a"},
    {"type": "array", "items": {"type": "integer"}, "maxItems": 500},
    {"type": "integer"},
    {},
    True,
]


@pytest.mark.parametrize(("schema", "expected"), CASES.values(), ids=CASES)
def test_each_string_and_list_gets_a_bound(schema, expected):
    assert bounded(schema) == expected


@pytest.mark.parametrize("schema", KEPT, ids=str)
def test_what_has_an_end_of_its_own_is_kept(schema):
    assert bounded(schema) == schema


def test_a_lower_limit_above_our_bound_can_be_met():
    assert bounded({"type": "string", "minLength": 3000})["maxLength"] == 3000
    assert bounded({"type": "array", "minItems": 40})["maxItems"] == 40
