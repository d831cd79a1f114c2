"""The built-ins are plugins like any other: public names only, a manifest, opened by the kernel."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from jackfield import builtins
from jackfield.plugins.index import PluginIndex
from jackfield.plugins.manifest import build_manifest, is_stale

FOLDER = Path(builtins.__file__).parent
PUBLIC = {
    "jackfield",
    "jackfield.answer",
    "jackfield.contracts",
    "jackfield.credentials",
    "jackfield.errors",
    "jackfield.events",
    "jackfield.http",
    "jackfield.messages",
    "jackfield.models",
    "jackfield.stream",
    "jackfield.tools",
    "jackfield.usage",
}


def imports(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_built_ins_import_what_a_stranger_may_import(path):
    ours = {name for name in imports(path) if name.split(".")[0] == "jackfield"}
    assert {name for name in ours if not name.startswith("jackfield.builtins.")} <= PUBLIC


def test_the_manifest_says_what_the_code_says():
    assert not is_stale("jackfield"), "run `jackfield plugins manifest jackfield`"


def test_each_built_in_has_a_summary_and_described_settings():
    for capability in build_manifest("jackfield")["capabilities"]:
        assert capability["summary"], capability["name"]
        for setting in ((capability["settings"] or {}).get("properties") or {}).values():
            assert setting["description"]


def test_the_secret_of_static_is_marked_for_maskers():
    capabilities = build_manifest("jackfield")["capabilities"]
    [static] = [each for each in capabilities if each["name"] == "static"]
    assert static["settings"]["properties"]["value"]["writeOnly"] is True


def test_each_module_has_a_hook_and_is_an_entry_point():
    entries = PluginIndex.scan().entries()
    installed = {entry.module for entry in entries if entry.distribution == "jackfield"}
    offered = {
        f"jackfield.builtins.{path.stem}"
        for path in FOLDER.glob("*.py")
        if path.stem.split("_")[0] in {"auth", "sink", "tools"}
    }
    assert installed == offered
    for module in offered:
        assert import_module(module).__doc__


def test_only_keyring_knows_the_keyring_package():
    code = (
        "import sys, importlib.metadata as m\n"
        "for group in ('auth', 'sinks', 'tools'):\n"
        "    for entry in m.entry_points(group=f'jackfield.{group}'):\n"
        "        if entry.value.startswith('jackfield.builtins.'): entry.load()\n"
        "assert 'jackfield.builtins.auth_keyring' in sys.modules\n"
        "assert 'keyring' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
