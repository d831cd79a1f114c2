"""What the kernel understands itself: wrong keys and types are told with file, line and name."""

from dataclasses import fields

import pytest

from jackfield.config.keys import AGENT_KEYS
from jackfield.config.load import load_config
from jackfield.config.settings import AgentConfig
from jackfield.config.structure import structure_errors
from jackfield.errors import SettingsError
from jackfield.models import ThinkingLevel


def error_of(source):
    with pytest.raises(SettingsError) as caught:
        load_config(source)
    return caught.value


@pytest.mark.parametrize(
    ("source", "key", "text", "near"),
    [
        ({"agent": {}}, "agent", "unknown section. Did you mean 'agents'?", ["agents"]),
        ({"zzz": {}}, "zzz", "unknown section; expected one of agents, providers", []),
        ({"agents": 3}, "agents", "expected a table, got an integer.", []),
        ({"agents": {"a": []}}, "agents.a", "expected a table, got an empty array.", []),
        (
            {"agents": {"a": {"modle": "x:y"}}},
            "agents.a.modle",
            "unknown key. Did you mean 'model'?",
            ["model"],
        ),
        (
            {"agents": {"a": {"max_turns": "5"}}},
            "agents.a.max_turns",
            "expected an integer of at least 1, got a string.",
            [],
        ),
        ({"agents": {"a": {"max_turns": 0}}}, "agents.a.max_turns", "of at least 1", []),
        ({"agents": {"a": {"max_turns": True}}}, "agents.a.max_turns", "got a boolean", []),
        ({"agents": {"a": {"tools": "clock"}}}, "agents.a.tools", "an array of strings", []),
        ({"agents": {"a": {"tools": [1]}}}, "agents.a.tools", "array that holds other things", []),
        ({"agents": {"a": {"temperature": -1}}}, "agents.a.temperature", "at least 0", []),
        ({"agents": {"a": {"temperature": float("nan")}}}, "agents.a.temperature", "a float", []),
        (
            {"agents": {"a": {"thinking_level": "hihg"}}},
            "agents.a.thinking_level",
            "Did you mean 'high'",
            ["high", "xhigh"],
        ),
        (
            {"agents": {"a": {"tool_execution": "both"}}},
            "agents.a.tool_execution",
            "expected one of 'parallel', 'sequential'",
            [],
        ),
        (
            {"agents": {"a": {"thinking_budgets": {"lo": 3}}}},
            "agents.a.thinking_budgets",
            "token counts with the keys",
            [],
        ),
        ({"agents": {"a": {"response_schema": "x"}}}, "agents.a.response_schema", "a table", []),
        ({"providers": {"a:b": {}}}, '"a:b"', "without a colon", []),
        ({"providers": {"p": {"use": 3}}}, "providers.p.use", "expected a string", []),
        ({"providers": {"p": {"use": ""}}}, "providers.p", "not empty", []),
        ({"sinks": {"s": "jsonl"}}, "sinks.s", "expected a table, got a string.", []),
        ({"plugins": {"hook": []}}, "plugins.hook", "Did you mean 'hooks'?", ["hooks"]),
        ({"plugins": {"hooks": "x"}}, "plugins.hooks", "an array of strings", []),
        ({"plugins": {"prefer": {"x": 1}}}, "plugins.prefer", "a table of strings", []),
    ],
)
def test_mistake_is_told_with_key_and_expectation(source, key, text, near):
    error = error_of(source)
    assert error.key.endswith(key)
    assert text in str(error)
    assert "the given mapping: " in str(error)
    assert error.nearest == near
    assert error.expected
    assert error.exit_code == 2


def test_mistake_in_a_file_names_file_line_and_column(tmp_path):
    path = tmp_path / "jackfield.toml"
    path.write_text('[agents.default]\nmodel = "a:b"\n\n  modle = 1\n', encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_config(path, environ={})
    error = caught.value
    assert (error.file, error.line, error.column) == (str(path), 4, 3)
    assert str(error).startswith(f"{path}:4: agents.default.modle: unknown key.")


def test_all_mistakes_are_collected_and_the_first_counts_the_others():
    source = {"agents": {"a": {"modle": 1, "max_turns": 0}}, "sink": {}}
    errors = structure_errors(load_config(source, checked=False))
    assert [error.key for error in errors] == ["agents.a.modle", "agents.a.max_turns", "sink"]
    assert "(2 more; `jackfield config validate` lists all.)" in str(error_of(source))


def test_value_of_a_wrong_key_is_never_shown():
    secret = "sk-12345678"
    error = error_of({"agents": {"a": {"max_turns": secret}}})
    assert secret not in str(error)
    assert secret not in repr(error)


def test_agent_config_has_exactly_the_keys_of_the_table():
    assert {field.name for field in fields(AgentConfig)} - {"name"} == set(AGENT_KEYS)


def test_agent_is_read_with_its_types():
    agent = load_config(
        {
            "agents": {
                "a": {
                    "model": "x:y",
                    "tools": ["clock"],
                    "thinking_level": "high",
                    "temperature": 1,
                    "response_schema": {"type": "object"},
                }
            }
        }
    ).agent("a")
    assert agent.tools == ("clock",)
    assert agent.thinking_level is ThinkingLevel.HIGH
    assert agent.sinks == ()
    assert agent.max_turns is None


def test_unknown_agent_is_told_with_the_nearest():
    config = load_config({"agents": {"support": {}, "sales": {}}})
    with pytest.raises(SettingsError) as caught:
        config.agent("suport")
    assert caught.value.nearest == ["support"]
    assert "configured: support, sales" in str(caught.value)
    with pytest.raises(SettingsError, match=r"\[agents\.x\]"):
        load_config({}).agent("x")


def test_capability_that_is_not_configured_uses_its_own_name():
    config = load_config({"providers": {"fast": {"use": "openrouter", "base_url": "u"}}})
    fast = config.capability("provider", "fast")
    assert (fast.use, dict(fast.settings), fast.key) == (
        "openrouter",
        {"base_url": "u"},
        "providers.fast",
    )
    other = config.capability("sink", "jsonl")
    assert (other.use, dict(other.settings)) == ("jsonl", {})
    assert config.names("provider") == ["fast"]
    assert config.names("sink") == []
