"""Operations on a state. Source: spec/assistant-ui.md, c.2 and d.2."""

import json
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield_assistant_ui.wire.state import (
    StateOperationError,
    append_text,
    applied,
    changes,
    plain,
    set_value,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("state", "path", "after"),
    [
        ({"a": 1}, [], 7),
        (None, ["a", "b"], {"a": {"b": 7}}),
        ({"a": None}, ["a", "b"], {"a": {"b": 7}}),
        ({"a": [1, 2]}, ["a", "0"], {"a": [7, 2]}),
        ({"a": [1, 2]}, ["a", "2"], {"a": [1, 2, 7]}),
        ({"a": [1]}, ["a", 1, "b"], {"a": [1, {"b": 7}]}),
    ],
)
def test_set_puts_a_value_into_its_place(state, path, after):
    before = deepcopy(state)
    assert applied(state, [set_value(path, 7)]) == after
    assert state == before


def test_append_text_makes_a_string_longer():
    assert applied({"a": ["x"]}, [append_text(["a", 0], "y")]) == {"a": ["xy"]}


@pytest.mark.parametrize(
    ("state", "operation"),
    [
        ({}, append_text(["a"], "x")),
        ({"a": 1}, append_text(["a"], "x")),
        ({"a": "x"}, {"type": "append-text", "path": ["a"], "value": 1}),
        ({"a": []}, set_value(["a", "1"], 1)),
        ({"a": []}, set_value(["a", "-1"], 1)),
        ({"a": []}, set_value(["a", "x"], 1)),
        ({"a": []}, set_value(["a", "\u0661"], 1)),
        ({"a": "text"}, set_value(["a", "b"], 1)),
        ({}, {"type": "set", "path": ["__proto__", "x"], "value": 1}),
        ({}, {"type": "set", "path": "a", "value": 1}),
        ({}, {"type": "set", "path": [1], "value": 1}),
        ({}, {"type": "delete", "path": ["a"]}),
        ({}, {}),
    ],
)
def test_what_the_browser_refuses_is_refused(state, operation):
    with pytest.raises(StateOperationError):
        applied(state, [operation])


@pytest.mark.parametrize("key", ["__proto__", "constructor", "prototype"])
def test_keys_that_browsers_refuse_are_not_sent(key):
    with pytest.raises(StateOperationError, match=key):
        set_value(["a", key], 1)


def test_operations_hold_copies():
    value = {"a": [1]}
    operation = set_value([], value)
    value["a"].append(2)
    assert operation["value"] == {"a": [1]}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1: 2}, [{"a": {1, 2}}]])
def test_what_is_not_json_is_refused(value):
    with pytest.raises(StateOperationError):
        plain(value)


def test_what_does_not_change_is_shared():
    state = {"a": {"b": 1}, "c": {"d": 2}}
    after = applied(state, [set_value(["a", "b"], 3)])
    assert after["c"] is state["c"]


@given(before=JSON, after=JSON)
def test_changes_lead_from_one_state_to_another(before, after):
    operations = changes(before, after)
    result = applied(before, operations)
    assert json.dumps(result, sort_keys=True) == json.dumps(after, sort_keys=True)


def test_text_that_grew_is_appended_and_the_rest_is_left():
    before = {"m": [{"text": "Hel", "id": 1}], "n": [1]}
    after = {"m": [{"text": "Hello", "id": 1}, {"text": ""}], "n": [1]}
    assert changes(before, after) == [
        append_text(["m", 0, "text"], "lo"),
        set_value(["m", 1], {"text": ""}),
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [({"a": {"b": 1, "c": 2}}, {"a": {"b": 1}}), ({"a": [1, 2]}, {"a": [1]})],
)
def test_what_was_removed_makes_its_parent_be_set(before, after):
    assert changes(before, after) == [set_value(["a"], after["a"])]


def test_a_key_that_no_path_may_have_is_set_with_its_parent():
    after = {"a": {"constructor": 1}}
    assert changes({"a": {}}, after) == [set_value(["a"], after["a"])]


def test_true_is_not_one():
    assert changes({"a": 1}, {"a": True}) == [set_value(["a"], value=True)]
