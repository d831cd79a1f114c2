"""Importing a plugin's code: whatever goes wrong is one clear error."""

import asyncio
import builtins
import logging
import sys
import threading

import pytest
from importlib_metadata import EntryPoint
from stevedore.extension import ExtensionManager

from jackfield.contracts import API_VERSION
from jackfield.errors import PluginApiError, PluginLoadError
from jackfield.plugins import loader
from jackfield.plugins.index import PluginIndex
from jackfield.plugins.loader import load

FAULTS = {
    "ImportError": ("raise ImportError('no luck')", ImportError, "--upgrade acme-dice"),
    "SyntaxError": ("def broken(:\n", SyntaxError, "--force-reinstall acme-dice"),
    "SystemExit": ("raise SystemExit(3)", SystemExit, "tell its author"),
    "CancelledError": (
        "import asyncio\nraise asyncio.CancelledError",
        asyncio.CancelledError,
        "tell its author",
    ),
    "BaseException": ("raise BaseException('odd')", BaseException, "tell its author"),
    "AssertionError": ("assert 1 == 2", AssertionError, "tell its author"),
    "recursion": ("def f(): f()\nf()", RecursionError, "tell its author"),
}


def entry_of(installed_plugin, code, *, value="acme_dice", name="dice", **parts):
    installed_plugin("acme-dice", code=code, entry_points={"tools": {name: value}}, **parts)
    return PluginIndex.scan().find("tools", name)


@pytest.mark.parametrize(("code", "cause", "remedy"), FAULTS.values(), ids=FAULTS)
def test_any_failure_names_plugin_cause_and_remedy(installed_plugin, code, cause, remedy):
    entry = entry_of(installed_plugin, code)
    with pytest.raises(PluginLoadError) as caught:
        load(entry)
    error = caught.value
    assert (error.kind, error.name, error.entry_point) == ("tools", "dice", "acme_dice")
    assert (error.distribution, error.version) == ("acme-dice", "1.0.0")
    assert isinstance(error.__cause__, cause)
    assert "acme-dice 1.0.0: the tool set 'dice' cannot be loaded" in str(error)
    assert cause.__name__ in str(error)
    assert remedy in error.hint


def test_keyboard_interrupt_is_the_users(installed_plugin):
    entry = entry_of(installed_plugin, "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        load(entry)


MISSING = {
    "declared": ("import some_thing.deep", ["some-thing>=2"], 'pip install "some-thing>=2"'),
    "with a marker": ("import a_b", ["a.b; python_version>'3'"], 'pip install "a.b"'),
    "an extra": ("import kring", ["kring>=1; extra == 'keys'"], 'install "acme-dice[keys]"'),
    "not declared": ("import surprise", ["other"], "needs the module 'surprise'"),
    "its own files": ("import acme_dice.gone", [], "Its files are missing"),
}


@pytest.mark.parametrize(("code", "requires", "hint"), MISSING.values(), ids=MISSING)
def test_missing_dependency_says_what_to_install(installed_plugin, code, requires, hint):
    entry = entry_of(installed_plugin, code, requires=requires)
    with pytest.raises(PluginLoadError) as caught:
        load(entry)
    assert hint in caught.value.hint


@pytest.mark.parametrize("value", ["acme_dice:gone", "acme_dice:a.b", "not a module!", ":x"])
def test_entry_point_that_leads_nowhere_is_a_load_error(installed_plugin, value):
    entry = entry_of(installed_plugin, "a = 1", value=value)
    with pytest.raises(PluginLoadError) as caught:
        load(entry)
    assert caught.value.entry_point == value


def test_module_and_object_are_loaded(installed_plugin):
    installed_plugin(
        "acme-dice",
        code="class P: pass\nplugin = P()",
        entry_points={"tools": {"module": "acme_dice", "object": "acme_dice:plugin"}},
    )
    index = PluginIndex.scan()
    module = load(index.find("tools", "module"))
    assert module is sys.modules["acme_dice"]
    assert load(index.find("tools", "object")) is module.plugin


@pytest.mark.parametrize("winner", ["one-dist", "two-dist"])
def test_preferred_distribution_is_the_one_that_is_loaded(installed_plugin, winner):
    for name in ("one-dist", "two-dist"):
        installed_plugin(name, code=f"who = {name!r}", entry_points={"tools": ["dice"]})
    entry = PluginIndex.scan().find("tools", "dice", {"dice": winner})
    assert load(entry).who == winner


@pytest.mark.parametrize(
    "asked",
    [API_VERSION, API_VERSION.partition(".")[0], 0, 0.9],
    ids=["full", "major", "int", "float"],
)
def test_same_major_api_is_accepted(installed_plugin, asked):
    entry = entry_of(installed_plugin, f"jackfield_api = {asked!r}")
    assert load(entry).jackfield_api == asked


@pytest.mark.parametrize("asked", ["1.0", 7, None, "soon"])
def test_other_major_api_is_refused(installed_plugin, asked):
    entry = entry_of(installed_plugin, f"jackfield_api = {asked!r}")
    with pytest.raises(PluginApiError) as caught:
        load(entry)
    assert repr(asked) in str(caught.value)
    assert API_VERSION in str(caught.value)
    assert "pip install --upgrade jackfield acme-dice" in caught.value.hint


def test_api_of_the_module_counts_for_its_object(installed_plugin):
    code = "jackfield_api = '3'\nclass P: pass\nplugin = P()"
    entry = entry_of(installed_plugin, code, value="acme_dice:plugin")
    with pytest.raises(PluginApiError):
        load(entry)


def test_slow_import_is_told_while_it_goes_on(installed_plugin, caplog, monkeypatch):
    monkeypatch.setattr(loader, "SLOW_IMPORT_S", 0.01)
    told = threading.Event()
    monkeypatch.setattr(builtins, "wait_until_told", lambda: told.wait(30), raising=False)
    listener = logging.Handler()
    listener.emit = lambda record: told.set()
    logging.getLogger("jackfield.plugins.loader").addHandler(listener)
    entry = entry_of(installed_plugin, "wait_until_told()")
    with caplog.at_level(logging.WARNING, logger="jackfield"):
        load(entry)
    logging.getLogger("jackfield.plugins.loader").removeHandler(listener)
    assert told.is_set()
    (record,) = caplog.records
    assert record.getMessage().startswith("Still importing tool set 'dice' of acme-dice 1.0.0")


def test_repaired_plugin_loads_in_the_same_process(installed_plugin):
    plugin = installed_plugin(
        "acme-dice", code="import acme_dice.part", entry_points={"tools": ["dice"]}
    )
    entry = PluginIndex.scan().find("tools", "dice")
    with pytest.raises(PluginLoadError):
        load(entry)
    (plugin.package / "part.py").write_text("x = 1", encoding="utf-8")
    assert load(entry).part.x == 1


@pytest.mark.parametrize("cached", [[], ["other"]], ids=["empty", "stale"])
def test_stale_cache_of_stevedore_does_not_hide_a_plugin(installed_plugin, monkeypatch, cached):
    points = [EntryPoint("dice", "nowhere_at_all", "jackfield.tools") for _ in cached]
    monkeypatch.setitem(ExtensionManager.ENTRY_POINT_CACHE, "jackfield.tools", points)
    entry = entry_of(installed_plugin, "x = 1")
    assert load(entry).x == 1
