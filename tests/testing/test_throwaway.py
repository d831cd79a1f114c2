"""Throw-away distributions."""

import importlib
import importlib.metadata
import json
import subprocess
import sys

import pytest

from jackfield.errors import OptionError
from jackfield.testing import install_plugin

CODE = "value = 42\n"


def entry_point(name, group="jackfield.tools"):
    return [ep for ep in importlib.metadata.entry_points(group=group) if ep.name == name]


def test_an_installed_plugin_is_found_and_loaded(installed_plugin):
    plugin = installed_plugin("jackfield-thing", code=CODE, entry_points={"tools": ["thing"]})
    (found,) = entry_point("thing")
    assert (found.dist.name, found.dist.version) == ("jackfield-thing", "1.0.0")
    assert not plugin.is_imported
    assert found.load().value == 42
    assert plugin.is_imported


def test_the_plugin_is_gone_after_its_test(tmp_path):
    plugin = install_plugin(tmp_path / "site", "jackfield-brief", code=CODE)
    plugin.activate()
    importlib.import_module("jackfield_brief")
    plugin.deactivate()
    assert "jackfield_brief" not in sys.modules
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("jackfield_brief")
    with pytest.raises(importlib.metadata.PackageNotFoundError):
        importlib.metadata.distribution("jackfield-brief")


def test_subprocesses_see_the_plugin(installed_plugin):
    installed_plugin("jackfield-one", code=CODE)
    installed_plugin("jackfield-two", code=CODE)
    script = "import jackfield_one, jackfield_two; print(jackfield_one.value)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout.strip() == b"42"


def test_all_parts_are_written(installed_plugin):
    plugin = installed_plugin(
        "acme-tools",
        module="acme",
        code=CODE,
        files={"inner/more.py": "x = 1\n"},
        version="2.3",
        requires=["jackfield>=0.1"],
        entry_points={"provider": {"acme": "acme.inner.more:x"}, "other.group": "a"},
        manifest={"api": "0.1"},
    )
    distribution = importlib.metadata.distribution("acme-tools")
    assert distribution.version == "2.3"
    assert distribution.requires == ["jackfield>=0.1"]
    assert json.loads((plugin.package / "jackfield-plugin.json").read_text(encoding="utf-8")) == {
        "api": "0.1"
    }
    assert {ep.group: ep.value for ep in distribution.entry_points} == {
        "jackfield.providers": "acme.inner.more:x",
        "other.group": "acme",
    }
    assert "acme/inner/more.py" in {str(path) for path in distribution.files}


def test_broken_metadata_can_be_written(tmp_path):
    plugin = install_plugin(tmp_path, entry_points="[[[", metadata="", manifest="{not json")
    assert (plugin.dist_info / "entry_points.txt").read_text(encoding="utf-8") == "[[["
    assert (plugin.dist_info / "METADATA").read_text(encoding="utf-8") == ""
    assert (plugin.package / "jackfield-plugin.json").read_text(encoding="utf-8") == "{not json"


def test_unknown_sockets_are_refused(tmp_path):
    with pytest.raises(OptionError, match="provider, tools"):
        install_plugin(tmp_path, entry_points={"gadget": ["x"]})


def test_module_of_the_same_name_comes_back(tmp_path):
    import json.decoder

    plugin = install_plugin(tmp_path, "shadow", module="json", code="x = 1")
    plugin.activate()
    import json as shadowed

    assert shadowed.x == 1
    plugin.deactivate()
    assert sys.modules["json.decoder"] is json.decoder
