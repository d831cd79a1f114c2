"""`JACKFIELD_*` variables: which count, what they mean, how values are read."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.config.environment import read_environment, read_value
from jackfield.config.keys import BUDGETS, COUNT, FLAG, NAMES, NUMBER, TEXT
from jackfield.config.load import load_config
from jackfield.config.settings import fit_texts
from jackfield.errors import SettingsError


def read(name, text, below=None):
    return read_environment({name: text}, below or {}).data


@pytest.mark.parametrize(
    "name", ["JACKFIELD_MODEL", "JACKFIELD_CONFIG", "JACKFIELD_DEBUG", "JACKFIELD_LOCAL_THREADS"]
)
def test_name_without_double_underscore_is_not_configuration(name):
    assert read(name, "1") == {}


def test_existing_keys_are_met_whatever_their_case_and_dashes():
    below = {"auth": {"work-key": {"variable": "A"}}, "providers": {"MyFast": {}}}
    assert read("JACKFIELD_AUTH__WORK_KEY__VARIABLE", "B", below) == {
        "auth": {"work-key": {"variable": "B"}}
    }
    assert read("JACKFIELD_PROVIDERS__MYFAST__URL", "u", below) == {
        "providers": {"MyFast": {"url": "u"}}
    }
    assert read("JACKFIELD_AUTH__NEW_KEY__VARIABLE", "B", below) == {
        "auth": {"new_key": {"variable": "B"}}
    }


def test_unknown_section_is_told_with_the_nearest():
    with pytest.raises(SettingsError) as caught:
        read("JACKFIELD_AGENT__DEFAULT__MODEL", "x:y")
    assert caught.value.nearest == ["agents"]
    assert "JACKFIELD_AGENT__DEFAULT__MODEL" in str(caught.value)
    assert "x:y" not in str(caught.value)


@pytest.mark.parametrize("name", ["JACKFIELD_AGENTS__", "JACKFIELD___X", "JACKFIELD_AGENTS____X"])
def test_empty_part_of_a_name_is_refused(name):
    with pytest.raises(SettingsError, match="a part of the name is empty"):
        read(name, "1")


def test_variables_that_contradict_are_refused():
    environ = {"JACKFIELD_PROVIDERS__P__A": "1", "JACKFIELD_PROVIDERS__P__A__B": "2"}
    with pytest.raises(SettingsError, match="gives 'a' a plain value"):
        read_environment(environ, {})


def test_whole_table_can_be_given():
    assert read("JACKFIELD_AGENTS__DEFAULT", '{model = "a:b", max_turns = 2}') == {
        "agents": {"default": {"model": "a:b", "max_turns": 2}}
    }


@pytest.mark.parametrize(
    ("shape", "text", "value"),
    [
        (TEXT, "12", "12"),
        (TEXT, "true", "true"),
        (TEXT, '"quoted"', '"quoted"'),
        (COUNT, " 12 ", 12),
        (COUNT, "1_000", 1000),
        (NUMBER, "0.5", 0.5),
        (FLAG, "true", True),
        (FLAG, "yes", "yes"),
        (NAMES, "clock, calculator", ["clock", "calculator"]),
        (NAMES, '["clock"]', ["clock"]),
        (NAMES, "clock", ["clock"]),
        (NAMES, "", []),
        (BUDGETS, "{low = 5}", {"low": 5}),
        (None, "8080", 8080),
        (None, "-1.5e3", -1500.0),
        (None, "false", False),
        (None, '["a", 1]', ["a", 1]),
        (None, "{a = 1}", {"a": 1}),
        (None, '"8080"', "8080"),
        (None, "'x'", "x"),
        (None, "007", "007"),
        (None, "1.2.3", "1.2.3"),
        (None, "[not toml", "[not toml"),
        (None, "[a]\nb", "[a]\nb"),
        (None, "2026-11-21", "2026-11-21"),
        (None, "nan", "nan"),
        (None, "", ""),
        (None, "https://host/x", "https://host/x"),
        (None, "1\nother = 2", "1\nother = 2"),
    ],
)
def test_value_is_read_as_the_rules_say(shape, text, value):
    found = read_value(text, shape)
    assert (found, type(found)) == (value, type(value))


def test_wrong_value_of_a_known_key_names_the_variable():
    environ = {"JACKFIELD_AGENTS__DEFAULT__MAX_TURNS": "many"}
    with pytest.raises(SettingsError) as caught:
        load_config(environ=environ)
    assert str(caught.value) == (
        "environment variable JACKFIELD_AGENTS__DEFAULT__MAX_TURNS: agents.default.max_turns: "
        "expected an integer of at least 1, got a string."
    )


_SCALARS = (
    st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
)


@given(_SCALARS | st.lists(_SCALARS, max_size=4))
def test_toml_text_of_a_setting_comes_back(value):
    assert read_value(json.dumps(value), None) == value


@given(st.text().filter(lambda text: "\x00" not in text))
def test_text_key_comes_back_as_it_stands(text):
    name = "JACKFIELD_AGENTS__DEFAULT__SYSTEM_PROMPT"
    assert load_config(environ={name: text}).agent("default").system_prompt == text


SCHEMA = {
    "properties": {
        "password": {"type": "string"},
        "maybe": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "either": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        "port": {"type": "integer"},
        "inner": {"$ref": "#/$defs/Inner"},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "$defs": {"Inner": {"type": "object", "properties": {"code": {"type": "string"}}}},
}


def test_setting_that_the_schema_calls_a_string_gets_its_text_back():
    prefix = "JACKFIELD_PROVIDERS__P__"
    names = ["PASSWORD", "MAYBE", "EITHER", "PORT", "INNER__CODE", "LABELS__A"]
    config = load_config(environ=dict.fromkeys([prefix + name for name in names], "12"))
    capability = config.capability("provider", "p")
    assert capability.settings["password"] == 12
    assert fit_texts(capability, SCHEMA) == {
        "password": "12",
        "maybe": "12",
        "either": 12,
        "port": 12,
        "inner": {"code": "12"},
        "labels": {"a": "12"},
    }
    assert fit_texts(capability, None)["password"] == 12
    assert capability.settings["password"] == 12
