"""The JSON Schema of the whole file accepts what the kernel accepts."""

import json
import tomllib

import pytest

from jackfield.config.schema import build
from jackfield.kernel.kernel import Kernel
from jackfield.plugins.index import Entry, PluginIndex
from jackfield.schema.check import check

INNER = {
    "type": "object",
    "properties": {
        "base_url": {"type": "string"},
        "retry": {"$ref": "#/$defs/Retry"},
    },
    "required": ["base_url"],
    "$defs": {"Retry": {"type": "object", "properties": {"times": {"type": "integer"}}}},
}
INDEX = PluginIndex(
    [
        Entry(kind="provider", name=name, value="m", distribution="d", version="1")
        for name in ("openai", "other")
    ]
)
SCHEMA = build(INDEX, lambda kind, use: INNER if use == "openai" else {"type": "object"})


def problems(text):
    return [str(problem) for problem in check(SCHEMA, tomllib.loads(text))[1]]


@pytest.mark.parametrize(
    "text",
    [
        "",
        '[agents.default]\nmodel = "openai:x"\ntools = ["a"]\nthinking_level = "high"',
        '[providers.openai]\nbase_url = "u"',
        '[providers.openai]\nuse = "openai"\nbase_url = "u"',
        '[providers.mine]\nuse = "openai"\nbase_url = "u"\nretry = {times = 3}',
        '[providers.openai]\nuse = "other"',
        '[plugins]\nhooks = ["x"]\nprefer = {a = "b"}',
    ],
)
def test_schema_accepts_what_is_right(text):
    assert problems(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "[agent.x]",
        "[agents.default]\nmodle = 1",
        "[agents.default]\nmax_turns = 0",
        '[agents.default]\nthinking_level = "hi"',
        '[providers.mine]\nbase_url = "u"',
        '[providers.mine]\nuse = "nobody"',
        "[providers.openai]\n",
        '[providers.openai]\nbase_url = "u"\nbas = 1',
        '[providers.mine]\nuse = "openai"\nbase_url = "u"\nretry = {tims = 3}',
        "[providers.other]\nx = 1",
        '[sinks.s]\nuse = "none"',
        "[plugins]\nhook = []",
    ],
)
def test_schema_refuses_what_is_wrong(text):
    assert problems(text)


def test_every_reference_leads_somewhere():
    text = json.dumps(SCHEMA)
    found = {part.split('"')[0] for part in text.split('"$ref": "#/$defs/')[1:]}
    assert found
    assert found <= set(SCHEMA["$defs"])


def test_installed_names_are_offered_to_the_editor():
    properties = SCHEMA["properties"]
    assert sorted(properties["providers"]["properties"]) == ["openai", "other"]
    agent = properties["agents"]["additionalProperties"]["properties"]
    assert agent["model"]["examples"] == ["openai:", "other:"]
    assert all(schema["description"] for schema in agent.values())


def test_schema_of_our_own_builtins_is_complete():
    schema = Kernel.from_config({}).json_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert {"env", "file", "command", "static"} <= set(schema["properties"]["auth"]["properties"])
    assert "variable" in schema["$defs"]["auth.env"]["properties"]


def test_schema_names_each_of_fifty_plugins():
    entries = [
        Entry(kind="provider", name=f"p{number}", value="m", distribution="d", version="1")
        for number in range(50)
    ]
    schema = build(PluginIndex(entries), lambda kind, use: INNER)
    assert {entry.name for entry in entries} <= set(schema["properties"]["providers"]["properties"])
