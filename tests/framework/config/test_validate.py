"""Checking a whole file without importing a plugin: every mistake, at its line."""

import textwrap

import pytest

from jackfield.config.load import load_config
from jackfield.config.settings_check import closed
from jackfield.config.validate import check
from jackfield.errors import (
    PluginConflictError,
    PluginNotFoundError,
    SettingsError,
)
from jackfield.plugins.index import Entry, PluginIndex

SETTINGS = {
    "type": "object",
    "properties": {
        "base_url": {"type": "string"},
        "port": {"type": "integer", "minimum": 1},
        "mode": {"enum": ["fast", "slow"]},
        "api_key": {"type": "string", "writeOnly": True},
        "auth": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "transport": {"type": "string"},
        "retry": {"$ref": "#/$defs/Retry"},
        "hosts": {"type": "array", "items": {"type": "string"}},
    },
    "$defs": {"Retry": {"type": "object", "properties": {"times": {"type": "integer"}}}},
}
ENV = {
    "type": "object",
    "properties": {"variable": {"type": "string"}},
    "required": ["variable"],
}
SCHEMAS = {("provider", "openrouter"): SETTINGS, ("auth", "env"): ENV}


def entry(kind, name, distribution="dist-a"):
    return Entry(kind=kind, name=name, value="m", distribution=distribution, version="1")


INDEX = PluginIndex(
    [
        entry("provider", "openrouter"),
        entry("transport", "httpx"),
        entry("auth", "env"),
        entry("sink", "jsonl"),
        entry("tools", "clock"),
        entry("tools", "twice"),
        entry("tools", "twice", "dist-b"),
        entry("hook", "metering"),
    ]
)


def mistakes(tmp_path, text, environ=None):
    path = tmp_path / "jackfield.toml"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    config = load_config(path, environ=environ or {}, checked=False)
    return check(config, INDEX, lambda kind, use: SCHEMAS.get((kind, use)))


GOOD = """\
    [agents.default]
    model = "fast:some/model:free"
    tools = ["clock", "clock.now", "mine", "mine.x"]
    sinks = ["jsonl", "trace"]
    [agents.other]
    model = "openrouter:x"
    [providers.openrouter]
    transport = "httpx"
    [providers.fast]
    use = "openrouter"
    auth = "work-key"
    port = 1
    retry = { times = 2 }
    [auth.work-key]
    use = "env"
    variable = "KEY"
    [sinks.trace]
    use = "jsonl"
    path = "anything"
    [tools.mine]
    use = "clock"
    [plugins]
    hooks = ["metering"]
    prefer = { twice = "Dist_B" }
"""


def test_right_configuration_has_no_mistakes(tmp_path):
    assert mistakes(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("text", "kind", "line", "told"),
    [
        ('[agents.a]\nmodel = "opnrouter:x"', PluginNotFoundError, 2, "agents.a.model"),
        ('[agents.a]\nmodel = "x"', SettingsError, 2, '"provider:model id"'),
        ('[agents.a]\nmodel = ":x"', SettingsError, 2, '"provider:model id"'),
        ('[agents.a]\nmodel = "x: "', SettingsError, 2, '"provider:model id"'),
        ('[agents.a]\n\ntools = ["clok"]', PluginNotFoundError, 3, "agents.a.tools"),
        ('[agents.a]\ntools = ["clok.now"]', PluginNotFoundError, 2, "'clok'"),
        ('[agents.a]\ntools = ["twice"]', PluginConflictError, 2, "dist-a"),
        ('[agents.a]\nsinks = ["jsonk"]', PluginNotFoundError, 2, "Did you mean 'jsonl'?"),
        ('[providers.p]\nuse = "opnrouter"', PluginNotFoundError, 2, "providers.p.use"),
        ("[providers.p]\n", PluginNotFoundError, 1, "providers.p"),
        ('[providers.openrouter]\nauth = "wrk"', PluginNotFoundError, 2, "openrouter.auth"),
        ('[providers.openrouter]\ntransport = "x"', PluginNotFoundError, 2, "'x'"),
        ('[providers.openrouter]\nbas_url = "u"', SettingsError, 2, "Did you mean 'base_url'?"),
        ("[providers.openrouter]\nzzz = 1", SettingsError, 2, "known: api_key, auth"),
        ('[providers.openrouter]\nport = "many"', SettingsError, 2, "expected integer"),
        ("[providers.openrouter]\nport = 0", SettingsError, 2, "at least 1"),
        ("[providers.openrouter]\nbase_url = 3", SettingsError, 2, "expected string"),
        ("[providers.openrouter]\nhosts = [1]", SettingsError, 2, "expected string"),
        ('[providers.openrouter]\nmode = "fas"', SettingsError, 2, "providers.openrouter.mode"),
        ("[providers.openrouter]\nretry.tims = 1", SettingsError, 2, "'times'"),
        ("[providers.openrouter.retry]\n\ntims = 1", SettingsError, 3, "openrouter.retry.tims"),
        ('[auth.k]\nuse = "env"', SettingsError, 1, "auth.k.variable: required, but missing"),
        ('[providers.openrouter]\nauth = "env"', SettingsError, 2, "auth.env.variable"),
        ('[plugins]\nhooks = ["meterin"]', PluginNotFoundError, 2, "plugins.hooks"),
        ('[plugins]\nprefer = {twice = "dist-x"}', SettingsError, 2, "dist-a and dist-b"),
        ('[plugins]\nprefer = {twise = "dist-a"}', SettingsError, 2, "Did you mean 'twice'?"),
    ],
)
def test_mistake_is_found_at_its_line(tmp_path, text, kind, line, told):
    (error,) = mistakes(tmp_path, text)
    assert type(error) is kind
    assert str(error).startswith(f"{tmp_path / 'jackfield.toml'}:{line}: ")
    assert told in str(error)
    assert error.exit_code == (2 if kind is SettingsError else 3)


def test_near_configured_names_come_first(tmp_path):
    text = '[agents.a]\nsinks = ["trce"]\n[sinks.trace]\nuse = "jsonl"'
    (error,) = mistakes(tmp_path, text)
    assert error.nearest == ["trace"]
    assert "Configured is 'trace'." in str(error)


def test_every_mistake_is_listed(tmp_path):
    text = """\
        [agent.x]
        [agents.a]
        modle = "x"
        sinks = ["nobody"]
        tools = "clock"
        [providers.openrouter]
        bas_url = "u"
        port = "x"
        [sinks]
        s = 3
        """
    keys = [getattr(error, "key", error) for error in mistakes(tmp_path, text)]
    assert keys[:4] == ["agent", "agents.a.modle", "agents.a.tools", "sinks.s"]
    assert keys[4:6] == ["providers.openrouter.bas_url", "providers.openrouter.port"]
    assert isinstance(keys[6], PluginNotFoundError)
    assert len(keys) == 7


@pytest.mark.parametrize(
    "text",
    ["agents = 3", "plugins = 3", "providers = []", "[plugins]\nprefer = 3", "agents.a = 3",
     "providers.p = 3", "[agents.a]\nmodel = 3\ntools = 3\nsinks = [3]", '[agents.""]',
     "[plugins]\nhooks = 3", "[plugins.prefer]\nx = 3"],
)  # fmt: skip
def test_odd_structures_are_told_and_never_crash(tmp_path, text):
    assert mistakes(tmp_path, text) or '""' in text


def test_secret_of_the_wrong_type_is_not_shown(tmp_path):
    (error,) = mistakes(tmp_path, '[providers.openrouter]\napi_key = ["sk-12345"]')
    assert "expected string" in str(error)
    (error,) = mistakes(tmp_path, "[providers.openrouter]\napi_key = 123456789")
    assert "123456789" not in str(error)


def test_variable_for_a_string_setting_is_right_whatever_it_looks_like(tmp_path):
    environ = {"JACKFIELD_PROVIDERS__OPENROUTER__BASE_URL": "8080"}
    assert mistakes(tmp_path, "", environ) == []
    environ = {"JACKFIELD_PROVIDERS__OPENROUTER__PORT": "x"}
    (error,) = mistakes(tmp_path, "", environ)
    assert "environment variable JACKFIELD_PROVIDERS__OPENROUTER__PORT" in str(error)


def test_capability_without_schema_is_not_checked(tmp_path):
    assert mistakes(tmp_path, "[sinks.jsonl]\nanything = 1") == []


def test_objects_with_properties_are_closed_and_maps_stay_open():
    schema = {
        "properties": {"a": {"type": "object", "additionalProperties": {"type": "string"}}},
        "additionalProperties": True,
    }
    shut = closed(schema)
    assert shut["additionalProperties"] is False
    assert shut["properties"]["a"]["additionalProperties"] == {"type": "string"}
    assert schema["additionalProperties"] is True


def test_no_plugin_is_imported(installed_plugin, tmp_path, monkeypatch):
    from jackfield.kernel.kernel import Kernel

    plugin = installed_plugin(
        "jackfield-bomb",
        code="raise SystemExit('imported')",
        entry_points={"provider": ["bomb"]},
        manifest={
            "api": "0.1",
            "capabilities": [{"kind": "provider", "name": "bomb", "settings": SETTINGS}],
        },
    )
    path = tmp_path / "jackfield.toml"
    path.write_text('[agents.a]\nmodel = "bomb:x"\n[providers.bomb]\nprt = 1\n', encoding="utf-8")
    config = load_config(path, environ={}, checked=False)
    kernel = Kernel(config)
    (error,) = kernel.mistakes()
    assert "Did you mean 'port'?" in str(error)
    assert "provider.bomb" in kernel.json_schema()["$defs"]
    assert not plugin.is_imported
