"""`jackfield config`."""

import errno
import json
import os
import tomllib
from pathlib import Path

import pytest

from jackfield.cli.main import main

CONFIG = """\
[agents.default]
model = "x:y"
max_turns = 5

[auth.work]
use = "static"
value = "s3cret-value"
"""


@pytest.fixture
def config_file(home):
    path = home / "jackfield.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


def test_show_is_toml_with_secrets_masked(jackfield, config_file):
    done = jackfield("config", "show")
    assert done.returncode == 0
    shown = tomllib.loads(done.stdout)
    assert shown["agents"] == {"default": {"model": "x:y", "max_turns": 5}}
    assert shown["auth"]["work"]["value"] == "********"


def test_origin_names_file_line_variable_and_option(jackfield, config_file):
    done = jackfield(
        "config",
        "show",
        "--origin",
        "--set",
        "agents.default.temperature=0.5",
        JACKFIELD_AGENTS__DEFAULT__MODEL="a:b",
    )
    lines = dict(line.split("  # ") for line in done.stdout.splitlines())
    origins = {key.strip(): origin for key, origin in lines.items()}
    assert origins['agents.default.model = "a:b"'].endswith("JACKFIELD_AGENTS__DEFAULT__MODEL")
    assert origins["agents.default.max_turns = 5"] == f"{config_file}:3"
    assert origins["agents.default.temperature = 0.5"] == "command line"
    assert "s3cret-value" not in done.stdout


def test_origin_as_json_has_value_and_origin_of_each_key(jackfield, config_file):
    done = jackfield("config", "show", "--origin", "--json")
    found = json.loads(done.stdout)
    assert found["agents.default.max_turns"] == {"value": 5, "origin": f"{config_file}:3"}
    assert found["auth.work.value"]["value"] == "********"


def test_syntax_error_is_one_line_with_its_place(jackfield, config_file):
    config_file.write_text('[agents.default]\nmodel = "x\n', encoding="utf-8")
    done = jackfield("config", "show")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith(f"error: {config_file}:2:")
    assert "not valid TOML" in done.stderr


def test_init_writes_a_file_that_is_valid(jackfield, home):
    done = jackfield("config", "init")
    assert (done.returncode, done.stderr) == (0, "")
    assert tomllib.loads((home / "jackfield.toml").read_text(encoding="utf-8"))["agents"]
    assert jackfield("config", "validate").returncode == 0


def test_init_never_overwrites_without_force(jackfield, config_file):
    done = jackfield("config", "init")
    assert done.returncode == 2
    assert "exists already" in done.stderr
    assert "--force" in done.stderr
    assert config_file.read_text(encoding="utf-8") == CONFIG

    assert jackfield("config", "init", "--force").returncode == 0
    assert config_file.read_text(encoding="utf-8") != CONFIG


def test_init_takes_a_folder_and_says_when_it_cannot_write(jackfield, home):
    (home / "deep").mkdir()
    assert jackfield("config", "init", "deep").returncode == 0
    assert (home / "deep/jackfield.toml").is_file()
    done = jackfield("config", "init", "no/such/folder/jackfield.toml")
    assert done.returncode == 2
    assert done.stderr.startswith("error: Cannot write")


def test_validate_reports_every_mistake_and_loads_nothing(jackfield, config_file, installed_plugin):
    plugin = installed_plugin(
        "jackfield-mine", code="raise SystemExit('imported')", entry_points={"provider": ["mine"]}
    )
    config_file.write_text(
        '[agents.default]\nmodle = "x:y"\nmax_turns = "many"\n[providers.mine]\n', encoding="utf-8"
    )
    done = jackfield("config", "validate")
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert done.returncode == 2
    assert any(f"{config_file}:2" in line and "model" in line for line in errors)
    assert any(f"{config_file}:3" in line and "max_turns" in line for line in errors)
    assert plugin.module not in done.stderr


def test_validate_of_a_missing_plugin_exits_with_3(jackfield, config_file):
    config_file.write_text('[agents.default]\nmodel = "alchemy:x"\n', encoding="utf-8")
    done = jackfield("config", "validate")
    assert done.returncode == 3
    assert "pip install jackfield-alchemy" in done.stderr


def test_validate_without_a_file_says_so(jackfield):
    done = jackfield("config", "validate")
    assert done.returncode == 0
    assert "no file: the built-in defaults" in done.stdout


def test_schema_is_one_json_schema_for_the_file(jackfield):
    done = jackfield("config", "schema")
    schema = json.loads(done.stdout)
    assert done.returncode == 0
    assert {"agents", "providers", "auth", "sinks", "plugins"} <= set(schema["properties"])


@pytest.fixture
def locked(home, monkeypatch):
    """Give a folder that nobody may enter; root may, so the answer of the system is played."""
    folder = home / "locked"
    folder.mkdir()
    stat = os.stat

    def refuse(path, *args, **kwargs):
        if not isinstance(path, int) and str(path).startswith(str(folder)):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return stat(path, *args, **kwargs)

    monkeypatch.setattr(os, "stat", refuse)
    return folder


def test_folder_that_nobody_may_enter_has_no_configuration(locked, capsys, monkeypatch):
    monkeypatch.setattr(Path, "cwd", lambda: locked / "inner")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(locked))
    assert main(["config", "show"]) == 0
    assert capsys.readouterr().err == ""


def test_init_into_a_folder_that_nobody_may_enter_is_one_clear_error(locked, capsys):
    assert main(["config", "init", str(locked / "x.toml")]) == 2
    assert "Cannot write" in capsys.readouterr().err
