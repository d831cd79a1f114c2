"""Reading JSON objects that are not complete. Source: spec/agent.md, 4.6."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.partial_json import MAX_DEPTH, json_type, load_object, parse_streaming_json

_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
)
_JSON = st.recursive(
    _SCALARS,
    lambda inside: (
        st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=4), inside, max_size=4)
    ),
    max_leaves=12,
)
_OBJECTS = st.dictionaries(st.text(max_size=4), _JSON, max_size=5)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        (None, None),
        ("{", {}),
        ('{"a": 1', {"a": 1}),
        ('{"a": {"b": 1', {"a": {"b": 1}}),
        ('{"a": "hel', {"a": "hel"}),
        ('{"a": [1,2', {"a": [1, 2]}),
        ('{"a": "}', {"a": "}"}),
        ('{"a": tru', {}),
        ('{"a": "x\\', {"a": "x"}),
        ("[1,2]", None),
        ("3", None),
    ],
)
def test_every_row_of_the_specification(text, expected):
    assert parse_streaming_json(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('  {"a"', {}),
        ('{"a":', {}),
        ('{"a": -', {}),
        ('{"a": 1.', {"a": 1}),
        ('{"a": 1e', {"a": 1}),
        ('{"a": 1,', {"a": 1}),
        ('{"a": 1, "b', {"a": 1}),
        ('{"a": [{"b": "c', {"a": [{"b": "c"}]}),
        ('{"a": ["x", "y', {"a": ["x", "y"]}),
        ('{"a": "\\u00', {"a": ""}),
        ('{"a": "x\\u00e9', {"a": "x\u00e9"}),
        ('{"a": "\\ud83d', {"a": ""}),
        ('{"a": "\\ud83d\\ude', {"a": ""}),
        ('{"a": "\\ud83d\\ude00', {"a": "\U0001f600"}),
        ('{"a": "line\n', {"a": "line\n"}),
        ('{"a": []', {"a": []}),
    ],
)
def test_cut_values_are_kept_as_far_as_they_go(text, expected):
    assert parse_streaming_json(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 1,}', {"a": 1}),
        ('{"a": 1} and more', {"a": 1}),
        ('{"a": 1, b: 2}', {"a": 1}),
        ('{"a": "q\\x y"}', {"a": "q"}),
        ('{"a": NaN}', {}),
        ('{"a": 1]', {"a": 1}),
        ('{"a" 1', {}),
    ],
)
def test_all_before_the_first_error_is_kept(text, expected):
    assert parse_streaming_json(text) == expected


def _agrees(part, whole):
    """Tell whether `part` can have been cut from `whole`."""
    if isinstance(whole, dict) and isinstance(part, dict):
        return all(key in whole and _agrees(value, whole[key]) for key, value in part.items())
    if isinstance(whole, list) and isinstance(part, list):
        return len(part) <= len(whole) and all(map(_agrees, part, whole))
    if isinstance(whole, str) and isinstance(part, str):
        return whole.startswith(part)
    if isinstance(whole, int | float) and not isinstance(whole, bool):
        return isinstance(part, int | float) and not isinstance(part, bool)
    return part is whole


@given(value=_OBJECTS, ascii_only=st.booleans())
def test_every_prefix_agrees_with_the_whole(value, ascii_only):
    # A repeated key would overwrite; dictionaries cannot have one.
    text = json.dumps(value, ensure_ascii=ascii_only)
    for end in range(1, len(text)):
        assert _agrees(parse_streaming_json(text[:end]), value), text[:end]
    assert parse_streaming_json(text) == value


@given(st.text(alphabet='{}[]",:\\ u0d8n1-.eatrfls', max_size=40))
def test_no_text_makes_it_raise(text):
    found = parse_streaming_json("{" + text)
    assert found is None or isinstance(found, dict)


@pytest.mark.parametrize("unit", ['{"a":', '{"a":[', "{"])
def test_hostile_nesting_is_cut_not_raised(unit):
    assert isinstance(parse_streaming_json(unit * 100_000), dict)


def test_hostile_numbers_do_not_raise():
    assert parse_streaming_json('{"a": ' + "1" * 10_000) is None
    assert parse_streaming_json('{"a": 1e999') is None


@pytest.mark.timeout(20)  # seconds with a cost that grows with the square: minutes
def test_long_text_is_read():
    text = '{"a":[' + ",".join(['{"x":"hello\\n","y":12.5}'] * 200_000)
    value = parse_streaming_json(text)
    assert value is not None
    assert len(value["a"]) == 200_000


def test_blank_text_is_an_object_without_members():
    assert load_object("") == load_object(" \n") == {}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"a": 1', "Expecting"),
        ("[1]", "expected an object, got array"),
        ("null", "expected an object, got null"),
        ('{"a": NaN}', "NaN is not JSON"),
        ('{"a": -Infinity}', "-Infinity is not JSON"),
        ('{"a": 1e999}', "too large"),
        ('{"a": ' + "[" * 300 + "]" * 300 + "}", f"deeper than {MAX_DEPTH}"),
        ('{"a": ' + "[" * 100_000, f"deeper than {MAX_DEPTH}"),
    ],
)
def test_what_is_no_object_is_refused_with_its_reason(text, reason):
    with pytest.raises(ValueError, match=reason):
        load_object(text)


def test_many_brackets_side_by_side_are_not_deep():
    assert len(load_object('{"a": [' + ",".join(["[]"] * 500) + "]}")["a"]) == 500


def test_control_characters_in_strings_are_read():
    assert load_object('{"a": "x\ny"}') == {"a": "x\ny"}


@pytest.mark.parametrize(
    ("value", "name"),
    [(True, "boolean"), (1, "integer"), (1.5, "number"), (None, "null"), (b"", "bytes")],
)
def test_types_are_named_as_in_json(value, name):
    assert json_type(value) == name
