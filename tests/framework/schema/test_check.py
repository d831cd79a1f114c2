"""Checking against hand-written schemas. Source: spec/agent.md, 7.1."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from jackfield.schema.check import check
from jackfield.schema.problems import Problem, lines, nearest_text, place_of, shown


def one(schema):
    return {"type": "object", "properties": {"a": schema}}


def told(schema, value):
    return [str(problem) for problem in check(one(schema), {"a": value})[1]]


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        ({"type": "integer"}, "3", 3),
        ({"type": "integer"}, " -3 ", -3),
        ({"type": "integer"}, 3.0, 3),
        ({"type": "number"}, "3", 3),
        ({"type": "number"}, "1.5e2", 150.0),
        ({"type": "string"}, 3, "3"),
        ({"type": "string"}, 1.5, "1.5"),
        ({"type": "boolean"}, "True", True),
        ({"type": "boolean"}, "false", False),
        ({"type": ["integer", "null"]}, "3", 3),
        ({"type": ["integer", "string"]}, "3", "3"),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, "3", "3"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "3", 3),
        ({"type": "array", "items": {"type": "integer"}}, ["1", 2], [1, 2]),
        ({"prefixItems": [{"type": "string"}], "items": {"type": "integer"}}, [1, "2"], ["1", 2]),
        ({"additionalProperties": {"type": "integer"}}, {"x": "1"}, {"x": 1}),
        ({"allOf": [{"type": "integer"}, {"minimum": 3}]}, "3", 3),
        ({"enum": [1, "x", None]}, None, None),
        ({"type": "integer", "enum": [1, 3]}, "3", 3),
        ({}, {"any": ["thing"]}, {"any": ["thing"]}),
        (True, 1, 1),
        ({"type": "geometry", "$comment": "unknown type"}, 1, 1),
        ({"$ref": "https://example.org/schema"}, 1, 1),
        ({"$ref": "#/$defs/nowhere"}, 1, 1),
        ({"minimum": "odd", "properties": 3, "required": "a", "items": 7}, {"b": 1}, {"b": 1}),
    ],
)
def test_fitting_values_pass_and_scalars_are_coerced(schema, value, expected):
    checked, problems = check(one(schema), {"a": value})
    assert problems == []
    assert checked == {"a": expected}
    assert type(checked["a"]) is type(expected)


@pytest.mark.parametrize(
    ("schema", "value", "words"),
    [
        ({"type": "integer"}, "x", 'a: expected integer, got "x"'),
        ({"type": "integer"}, 1.5, "a: expected integer, got 1.5"),
        ({"type": "integer"}, True, "a: expected integer, got true"),
        ({"type": "integer"}, None, "a: expected integer, got null"),
        ({"type": "number"}, "NaN", 'a: expected number, got "NaN"'),
        ({"type": "string"}, True, "a: expected string, got true"),
        ({"type": "boolean"}, 1, "a: expected boolean, got 1"),
        ({"type": ["integer", "null"]}, "x", 'a: expected integer or null, got "x"'),
        ({"type": "object"}, [1, 2], "a: expected object, got array of 2"),
        ({"enum": ["x", "y"]}, "z", 'a: expected one of "x", "y", got "z"'),
        ({"enum": [1]}, True, "a: expected one of 1, got true"),
        ({"const": "x"}, "y", 'a: expected "x", got "y"'),
        ({"minimum": 3}, 2, "a: expected at least 3, got 2"),
        ({"maximum": 3}, 4, "a: expected at most 3, got 4"),
        ({"exclusiveMinimum": 3}, 3, "a: expected more than 3, got 3"),
        ({"exclusiveMaximum": 3}, 3, "a: expected less than 3, got 3"),
        ({"minLength": 2}, "x", 'a: expected a length of at least 2, got "x"'),
        ({"maxLength": 2}, "xyz", 'a: expected a length of at most 2, got "xyz"'),
        ({"minItems": 1}, [], "a: expected a length of at least 1, got array of 0"),
        ({"maxItems": 1}, [1, 2], "a: expected a length of at most 1, got array of 2"),
        ({"items": {"type": "integer"}}, [1, "x"], 'a[1]: expected integer, got "x"'),
        ({"items": {"required": ["b"]}}, [{}], "a[0].b: required, but missing"),
        (False, 1, "a: not allowed"),
        (
            {"properties": {"name": {}}, "additionalProperties": False},
            {"nmae": 1},
            "a.nmae: unknown; did you mean name?",
        ),
        ({"additionalProperties": False}, {"x": 1}, "a.x: unknown; none are known"),
        (
            {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "x",
            'a: expected integer or null, got "x"',
        ),
        (
            {"oneOf": [{"type": "string"}, {"properties": {"k": {"type": "integer"}}}]},
            {"k": "x"},
            'a.k: expected integer, got "x"',
        ),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(schema, value, words):
    assert told(schema, value) == [words]


def test_all_problems_are_told():
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["b", "c"]}
    _, problems = check(schema, {"a": "x"})
    assert [problem.place for problem in problems] == ["b", "c", "a"]


def test_references_inside_the_schema_are_followed():
    tree = {
        "$defs": {
            "node/x": {
                "type": "object",
                "properties": {"n": {"type": "integer"}, "next": {"$ref": "#/$defs/node~1x"}},
            }
        },
        "$ref": "#/$defs/node~1x",
    }
    checked, problems = check(tree, {"n": "1", "next": {"n": "2", "next": {"n": "x"}}})
    assert checked["next"]["n"] == 2
    assert [str(problem) for problem in problems] == ['next.next.n: expected integer, got "x"']


@pytest.mark.parametrize(
    "schema",
    [{"$ref": "#"}, {"properties": {"a": {"$ref": "#"}}}, {"anyOf": [{"$ref": "#"}]}],
    ids=["itself", "deep value", "itself in a union"],
)
def test_endless_nesting_is_a_problem_not_a_crash(schema):
    deep = {}
    for _ in range(400):
        deep = {"a": deep}
    assert "nested deeper" in str(check(schema, deep)[1][0])


def test_the_value_is_never_changed():
    schema = one({"type": "array", "items": one({"type": "integer"})})
    value = {"a": [{"a": "1"}], "other": {"x": []}}
    before = copy.deepcopy(value)
    assert check(schema, value)[0] == {"a": [{"a": 1}], "other": {"x": []}}
    assert value == before


_VALUES: SearchStrategy = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=2), inside),
    max_leaves=8,
)
_KEYWORDS = st.sampled_from(
    ["type", "properties", "required", "items", "enum", "const", "anyOf", "$ref", "allOf"]
) | st.sampled_from(["minimum", "minLength", "additionalProperties", "prefixItems"])


@given(st.dictionaries(_KEYWORDS, _VALUES, max_size=5), _VALUES)
def test_even_broken_schemas_do_not_raise(schema, value):
    checked, problems = check(schema, value)
    assert all(str(problem) for problem in problems)
    if not problems and isinstance(value, dict):
        assert checked.keys() == value.keys()


def test_places_read_like_python():
    assert place_of(place_of(place_of("", "a"), 0), "b") == "a[0].b"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("x" * 100, '"' + "x" * 60 + '..."'),
        ("\ud800", '"?"'),
        (10**50, "a huge integer"),
        ({"a": 1}, "object of 1"),
        (None, "null"),
        (1.5, "1.5"),
    ],
)
def test_shown_values_are_short(value, words):
    assert shown(value) == words
    json.dumps(words)


def test_names_without_a_near_one_are_listed():
    assert nearest_text("zzz", ["one", "two"]) == "known: one, two"


def test_a_flood_of_problems_is_cut():
    text = lines([Problem(f"a[{at}]", "wrong", 1) for at in range(1000)])
    assert text.count("\n") == 50
    assert text.endswith("... and 950 more")
