"""Layers: which file is found, what wins, and where each value came from."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.config.layers import Layer, Tree, dotted, leaves
from jackfield.config.load import load_config
from jackfield.config.toml_lines import key_path
from jackfield.errors import ConfigError, ConfigSyntaxError, OptionError, SettingsError


@pytest.fixture
def user_folder(isolated_folders):
    folder = isolated_folders / "config" / "jackfield"
    folder.mkdir()
    return folder


def model_of(config):
    return config.agent("default").model


def test_each_layer_beats_the_ones_below(user_folder, tmp_path):
    project = tmp_path / "project"
    (project / "deep" / "er").mkdir(parents=True)
    (user_folder / "jackfield.toml").write_text(
        '[agents.default]\nmodel = "user:m"\nmax_turns = 1\nsystem_prompt = "user"\ntools = ["a"]',
        encoding="utf-8",
    )
    (project / "jackfield.toml").write_text(
        '[agents.default]\n\nmodel = "project:m"\nmax_turns = 2\ntools = ["b"]', encoding="utf-8"
    )
    config = load_config(
        environ={"JACKFIELD_AGENTS__DEFAULT__MODEL": "env:m", "JACKFIELD_MODEL": "x:y"},
        overrides={"agents.default.model": "line:m"},
        cwd=project / "deep" / "er",
    )
    agent = config.agent("default")
    assert agent.model == "line:m"
    assert agent.max_turns == 2
    assert agent.system_prompt == "user"
    assert agent.tools == ("b",)
    layers = {key: origin.layer for key, origin in config.origins()}
    assert layers == {
        "plugins.hooks": "default",
        "plugins.prefer": "default",
        "agents.default.model": "command line",
        "agents.default.max_turns": "project",
        "agents.default.system_prompt": "user",
        "agents.default.tools": "project",
    }
    origin = config.origin("agents.default.max_turns")
    assert (origin.file, origin.line, origin.column) == (str(project / "jackfield.toml"), 4, 1)
    assert str(origin) == f"{project / 'jackfield.toml'}:4"
    assert config.files == [str(user_folder / "jackfield.toml"), str(project / "jackfield.toml")]


def test_environment_origin_names_the_variable():
    name = "JACKFIELD_AGENTS__DEFAULT__MODEL"
    config = load_config({"agents": {}}, environ={name: "a:b"})
    assert config.agent_names() == []  # a mapping is used alone
    config = load_config(environ={name: "a:b"})
    assert str(config.origin("agents.default.model")) == f"environment variable {name}"


def test_origin_of_a_table_is_where_it_begins(tmp_path):
    path = tmp_path / "x.toml"
    path.write_text(
        "\n[agents.default]\nmodel = 'a:b'\n[agents.other]\nmodel = 'a:c'\n", encoding="utf-8"
    )
    config = load_config(path, environ={})
    assert config.origin("agents.other").line == 4
    with pytest.raises(KeyError):
        config.origin("agents.third")


def test_origin_of_an_empty_mapping_of_agents():
    assert load_config({"agents": {}}).origin("agents").layer == "mapping"


def test_nearest_file_upwards_wins(tmp_path):
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "jackfield.toml").write_text('[agents.default]\nmodel = "far:m"', encoding="utf-8")
    (tmp_path / "a" / "jackfield.toml").write_text(
        '[agents.default]\nmodel = "near:m"', encoding="utf-8"
    )
    assert model_of(load_config(cwd=inner, environ={})) == "near:m"


def test_pyproject_table_counts_and_lines_are_those_of_the_file(tmp_path):
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "x"\n\n[tool.jackfield.agents.default]\nmodel = "p:m"\n',
        encoding="utf-8",
    )
    config = load_config(cwd=tmp_path, environ={})
    assert model_of(config) == "p:m"
    assert config.origin("agents.default.model").line == 5


def test_jackfield_toml_beats_pyproject_in_the_same_folder(tmp_path):
    (tmp_path / "pyproject.toml").write_text(
        '[tool.jackfield.agents.default]\nmodel = "p:m"', encoding="utf-8"
    )
    (tmp_path / "jackfield.toml").write_text('[agents.default]\nmodel = "j:m"', encoding="utf-8")
    assert model_of(load_config(cwd=tmp_path, environ={})) == "j:m"


def test_pyproject_of_somebody_else_is_passed_over(tmp_path):
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "pyproject.toml").write_text('[project]\nname = "x"\n', encoding="utf-8")
    (tmp_path / "jackfield.toml").write_text('[agents.default]\nmodel = "j:m"', encoding="utf-8")
    assert model_of(load_config(cwd=inner, environ={})) == "j:m"


@pytest.mark.parametrize("text", ["broken =", "[tool]\nx = 1", "tool = 1"])
def test_pyproject_without_our_table_never_hurts(tmp_path, text):
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    assert load_config(cwd=tmp_path, environ={}).agent_names() == []


def test_broken_pyproject_with_our_table_is_told(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.jackfield.agents]\nx = \n", encoding="utf-8")
    with pytest.raises(ConfigSyntaxError) as caught:
        load_config(cwd=tmp_path, environ={})
    assert (caught.value.line, caught.value.column) == (2, 5)


def test_pyproject_with_a_value_for_our_table_is_told(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool]\njackfield = 3\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"tool\.jackfield: expected a table"):
        load_config(cwd=tmp_path, environ={})


def test_variable_names_a_file_that_replaces_the_search(tmp_path):
    (tmp_path / "jackfield.toml").write_text('[agents.default]\nmodel = "near:m"', encoding="utf-8")
    other = tmp_path / "other.toml"
    other.write_text('[agents.default]\nmodel = "other:m"', encoding="utf-8")
    config = load_config(cwd=tmp_path, environ={"JACKFIELD_CONFIG": str(other)})
    assert model_of(config) == "other:m"
    assert config.origin("agents.default.model").layer == "file"


def test_given_file_replaces_the_search_but_not_the_environment(tmp_path):
    (tmp_path / "jackfield.toml").write_text('[agents.default]\nmodel = "near:m"', encoding="utf-8")
    other = tmp_path / "other.toml"
    other.write_text("[agents.default]\nmax_turns = 3", encoding="utf-8")
    environ = {"JACKFIELD_AGENTS__DEFAULT__MODEL": "env:m", "JACKFIELD_CONFIG": "/nowhere"}
    agent = load_config(str(other), cwd=tmp_path, environ=environ).agent("default")
    assert (agent.model, agent.max_turns) == ("env:m", 3)


def test_missing_file_is_a_config_error(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.toml: cannot be read \(No such file"):
        load_config(tmp_path / "none.toml", environ={})


@pytest.mark.parametrize(
    ("raw", "line", "column"),
    [
        (b"[agents\n", 1, 8),
        (b"a = 1\nb = = 2\n", 2, 5),
        (b'a = 1\nb = "x', 2, 7),
        (b"a = 1\na = 2\n", 2, 6),
        (b"ok = 1\nx = '\xff'\n", 2, 6),
        (b"a = [1,\n2\n", 3, 1),
    ],
    ids=["header", "value", "string", "twice", "not-utf8", "end"],
)
def test_syntax_error_has_line_and_column(tmp_path, raw, line, column):
    path = tmp_path / "jackfield.toml"
    path.write_bytes(raw)
    with pytest.raises(ConfigSyntaxError) as caught:
        load_config(path, environ={})
    error = caught.value
    assert (error.file, error.line, error.column) == (str(path), line, column)
    assert error.exit_code == 2
    assert f"{path}:{line}:{column}: not valid TOML: " in str(error)


def test_byte_order_mark_and_windows_line_ends_are_fine(tmp_path):
    path = tmp_path / "jackfield.toml"
    path.write_bytes(b'\xef\xbb\xbf[agents.default]\r\nmodel = "a:b"\r\nmax_turns = 0\r\n')
    with pytest.raises(SettingsError) as caught:
        load_config(path, environ={})
    assert caught.value.line == 3


def test_mapping_is_not_shared_with_the_caller():
    source = {"agents": {"default": {"tools": ["a"]}}}
    config = load_config(source)
    source["agents"]["default"]["tools"].append("b")
    assert config.agent("default").tools == ("a",)


def test_mapping_may_hold_objects_that_cannot_be_copied():
    lock = object()
    config = load_config({"providers": {"p": {"client": lock}}})
    assert config.capability("provider", "p").settings["client"] is lock


def test_key_of_a_mapping_that_is_no_string_is_refused():
    with pytest.raises(SettingsError, match=r"agents: the key 3 is not a string"):
        load_config({"agents": {3: {}}})


@pytest.mark.parametrize("key", ["", "a..b", "agents default"])
def test_override_with_a_bad_key_is_refused(key):
    with pytest.raises(OptionError, match="not a dotted key"):
        load_config({}, overrides={key: 1})


def test_overrides_that_contradict_are_refused():
    with pytest.raises(OptionError, match="'b' is given a plain value"):
        load_config({}, overrides={"agents.b": 1, "agents.b.model": "x:y"})


def test_override_of_a_table_is_merged():
    config = load_config(
        {"agents": {"default": {"model": "a:b", "max_turns": 3}}},
        overrides={"agents": {"default": {"model": "c:d"}}, 'providers."a.b".x': 1},
    )
    assert config.agent("default").max_turns == 3
    assert model_of(config) == "c:d"
    assert config.capability("provider", "a.b").settings == {"x": 1}


def test_process_environment_is_the_default(monkeypatch, tmp_path):
    monkeypatch.setitem(os.environ, "JACKFIELD_AGENTS__DEFAULT__MODEL", "env:m")
    monkeypatch.chdir(tmp_path)
    assert model_of(load_config()) == "env:m"


def test_value_over_a_table_replaces_it_and_its_origins():
    low = Layer(name="user", data={"a": {"b": {"c": 1, "d": 2}}})
    high = Layer(name="project", data={"a": {"b": 5}})
    tree = Tree()
    tree.merge(low)
    tree.merge(high)
    assert tree.data == {"a": {"b": 5}}
    assert {path: layer.name for path, layer in tree.owners.items()} == {("a", "b"): "project"}
    tree.merge(low)
    assert tree.data == {"a": {"b": {"c": 1, "d": 2}}}
    assert ("a", "b") not in tree.owners


def test_empty_table_adds_nothing():
    tree = Tree()
    tree.merge(Layer(name="user", data={"a": {"x": 1}}))
    tree.merge(Layer(name="project", data={"a": {}, "b": {}}))
    assert tree.data == {"a": {"x": 1}, "b": {}}


_KEYS = st.text(max_size=3)
_TREES = st.recursive(
    st.integers() | st.lists(st.integers(), max_size=2),
    lambda inner: st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=8,
).filter(lambda value: isinstance(value, dict))


def plain_merge(low, high):
    merged = dict(low)
    for key, value in high.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = plain_merge(merged[key], value) if both else value
    return merged


@given(st.lists(_TREES, max_size=4))
def test_merge_agrees_with_its_definition_and_every_leaf_has_an_owner(trees):
    tree, expected = Tree(), {}
    for number, data in enumerate(trees):
        tree.merge(Layer(name="file", data=data, file=str(number)))
        expected = plain_merge(expected, data)
    assert tree.data == expected
    assert {path for path, _ in leaves(tree.data)} <= set(tree.owners)
    for path, value in leaves(tree.data):
        if not isinstance(value, dict):
            owner = trees[int(tree.owners[path].file)]
            for part in path:
                owner = owner[part]
            assert owner == value


@given(st.lists(st.text(max_size=5), min_size=1, max_size=4).map(tuple))
def test_dotted_key_round_trip(path):
    if any("\ud800" <= char <= "\udfff" for part in path for char in part):
        return
    assert key_path(dotted(path)) == path
