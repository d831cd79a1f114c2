"""What is installed, read from metadata."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from jackfield.errors import PluginConflictError, PluginNotFoundError, SettingsError
from jackfield.plugins import hookspecs
from jackfield.plugins.index import Entry, PluginIndex
from jackfield.plugins.kinds import KINDS, OPENED, PUBLISHED
from jackfield.plugins.names import canonical
from jackfield.testing import install_plugin

MUST_NOT_RUN = "raise AssertionError('imported')"


def test_scan_lists_kind_name_value_and_owner(tmp_path):
    install_plugin(
        tmp_path,
        "Acme.Dice",
        version="2.1",
        code=MUST_NOT_RUN,
        entry_points={"tools": {"dice": "acme_dice:plugin"}, "console_scripts.x": {"a": "b:c"}},
    )
    [entry] = PluginIndex.scan([str(tmp_path)]).entries()
    assert entry == Entry(
        kind="tools",
        name="dice",
        value="acme_dice:plugin",
        distribution="Acme.Dice",
        version="2.1",
    )
    assert entry.module == "acme_dice"
    assert str(entry) == "tool set 'dice' of Acme.Dice 2.1"


def test_hundred_plugins_are_indexed_without_import(installed_plugin):
    plugins = [
        installed_plugin(f"jackfield-dummy-{number}", code=MUST_NOT_RUN, entry_points=points)
        for number, points in enumerate([{"provider": [f"dummy{n}"]} for n in range(100)])
    ]
    before = set(sys.modules)
    index = PluginIndex.scan()
    assert index.find("provider", "dummy42", {}).distribution == "jackfield-dummy-42"
    with pytest.raises(PluginNotFoundError):
        index.find("provider", "dummy100", {})
    assert not any(plugin.is_imported for plugin in plugins)
    assert not {name for name in set(sys.modules) - before if name.startswith("jackfield_")}


def test_every_kind_has_its_own_group(tmp_path):
    points = {kind: ["thing"] for kind in KINDS}
    install_plugin(tmp_path, "all-kinds", entry_points=points)
    index = PluginIndex.scan([str(tmp_path)])
    assert {entry.kind for entry in index.entries()} == set(KINDS)
    assert [entry.kind for entry in index.entries("sink")] == ["sink"]
    assert index.names("auth") == ["thing"]


def test_strange_group_of_ours_is_left_alone(tmp_path):
    install_plugin(tmp_path, "later", entry_points={"jackfield.stores": ["sqlite"]})
    index = PluginIndex.scan([str(tmp_path)])
    assert index.entries() == []
    assert index.broken == []


def test_order_does_not_depend_on_the_folder(tmp_path):
    for name in ("zeta", "alpha", "mid"):
        install_plugin(tmp_path, name, entry_points={"tools": [name], "provider": [name]})
    listed = [(entry.kind, entry.name) for entry in PluginIndex.scan([str(tmp_path)]).entries()]
    assert listed == sorted(listed)


def test_distribution_seen_twice_counts_once_and_the_first_wins(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    install_plugin(first, "my-dice", version="2.0", entry_points={"tools": ["dice"]})
    install_plugin(second, "my.Dice", version="1.0", entry_points={"tools": ["dice", "old"]})
    index = PluginIndex.scan([str(first), str(second)])
    assert [(entry.name, entry.version) for entry in index.entries()] == [("dice", "2.0")]
    same_folder_twice = PluginIndex.scan([str(first), str(first)])
    assert len(same_folder_twice.entries()) == 1


def test_newer_version_without_entry_points_hides_the_older(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    install_plugin(first, "my-dice", version="2.0")
    install_plugin(second, "my-dice", version="1.0", entry_points={"tools": ["dice"]})
    assert PluginIndex.scan([str(first), str(second)]).entries() == []


def test_reinstalled_plugin_is_seen_at_once(tmp_path):
    old = install_plugin(tmp_path, "dice", version="1.0", entry_points={"tools": ["dice"]})
    assert PluginIndex.scan([str(tmp_path)]).names("tools") == ["dice"]
    shutil.rmtree(old.dist_info)
    install_plugin(tmp_path, "dice", version="1.0", entry_points={"tools": ["dice", "more"]})
    assert PluginIndex.scan([str(tmp_path)]).names("tools") == ["dice", "more"]


def test_egg_info_folder_is_read(tmp_path):
    folder = tmp_path / "legacy.egg-info"
    folder.mkdir()
    (folder / "PKG-INFO").write_text(
        "Metadata-Version: 1.0\nName: legacy\nVersion: 3\n", encoding="utf-8"
    )
    (folder / "entry_points.txt").write_text("[jackfield.tools]\nold = legacy\n", encoding="utf-8")
    assert PluginIndex.scan([str(tmp_path)]).find("tools", "old").version == "3"


def test_our_own_capabilities_come_from_the_same_groups():
    index = PluginIndex.scan()
    assert {entry.distribution for entry in index.claimants("auth", "env")} == {"jackfield"}
    assert "clock" in index.names("tools")


BROKEN = {
    "entry points not UTF-8": ("entry_points.txt", b"[jackfield.tools]\nd\xffce = x\n", "UTF-8"),
    "line without value": ("entry_points.txt", b"[jackfield.tools]\ndice\n", "name = value"),
    "same name twice": ("entry_points.txt", b"[jackfield.tools]\nd = a\nd = b\n", "twice"),
    "metadata not UTF-8": ("METADATA", b"Name: \xff\xfe\n", "UTF-8"),
    "metadata empty": ("METADATA", b"", "missing or empty"),
    "metadata without version": ("METADATA", b"Name: dice\n\nVersion: 1\n", "no Version"),
}


@pytest.mark.parametrize(("file", "content", "reason"), BROKEN.values(), ids=BROKEN)
def test_unreadable_metadata_quarantines_one_distribution(tmp_path, file, content, reason):
    bad = install_plugin(tmp_path, "bad", entry_points={"tools": ["bad"]})
    (bad.dist_info / file).write_bytes(content)
    install_plugin(tmp_path, "good", entry_points={"tools": ["good"]})
    index = PluginIndex.scan([str(tmp_path)])
    assert index.names("tools") == ["good"]
    [broken] = index.broken
    assert broken.name.startswith("bad")
    assert broken.path == str(bad.dist_info)
    assert reason in broken.reason


@pytest.mark.parametrize("file", ["entry_points.txt", "METADATA"])
def test_metadata_file_that_cannot_be_opened_is_reported(tmp_path, file):
    bad = install_plugin(tmp_path, "bad", entry_points={"tools": ["bad"]})
    (bad.dist_info / file).unlink()
    (bad.dist_info / file).mkdir()
    index = PluginIndex.scan([str(tmp_path)])
    assert index.entries() == []
    assert [broken.name for broken in index.broken] == ["bad"]


def test_broken_stranger_does_not_hide_others(tmp_path):
    stranger = install_plugin(tmp_path, "stranger", entry_points={"console_scripts.x": ["s"]})
    (stranger.dist_info / "METADATA").write_bytes(b"\xff")
    install_plugin(tmp_path, "good", entry_points={"tools": ["good"]})
    index = PluginIndex.scan([str(tmp_path)])
    assert index.names("tools") == ["good"]
    assert index.broken == []


def test_unknown_name_lists_nearest_and_installed(tmp_path):
    install_plugin(tmp_path, "games", entry_points={"tools": ["dice", "cards"]})
    with pytest.raises(PluginNotFoundError) as caught:
        PluginIndex.scan([str(tmp_path)]).find("tools", "dicee")
    assert caught.value.nearest == ["dice"]
    assert "Did you mean 'dice'?" in str(caught.value)
    assert "cards, dice" in str(caught.value)


def test_unknown_name_that_we_publish_says_how_to_install_it(tmp_path):
    index = PluginIndex.scan([str(tmp_path)])
    for (kind, name), distribution in PUBLISHED.items():
        with pytest.raises(PluginNotFoundError) as caught:
            index.find(kind, name)
        assert f"pip install {distribution}." in str(caught.value)
    with pytest.raises(PluginNotFoundError) as caught:
        index.find("provider", "nobodys")
    assert "pip install" not in str(caught.value)


def test_unknown_name_points_to_a_broken_distribution(tmp_path):
    bad = install_plugin(tmp_path, "acme-dice", entry_points={"tools": ["dice"]})
    (bad.dist_info / "METADATA").write_bytes(b"")
    with pytest.raises(PluginNotFoundError, match="acme-dice is installed but broken"):
        PluginIndex.scan([str(tmp_path)]).find("tools", "dice")


@pytest.fixture
def rivals(tmp_path: Path) -> PluginIndex:
    """Two distributions that claim the provider `demo`; a third stands between them."""
    install_plugin(tmp_path, "first-dist", entry_points={"provider": ["demo"], "auth": ["demo"]})
    install_plugin(tmp_path, "between", entry_points={"provider": ["demo2"]})
    install_plugin(tmp_path, "second-dist", version="9", entry_points={"provider": ["demo"]})
    return PluginIndex.scan([str(tmp_path)])


def test_two_claimants_conflict_when_the_name_is_used(rivals):
    with pytest.raises(PluginConflictError) as caught:
        rivals.find("provider", "demo", {})
    assert caught.value.distributions == ["first-dist", "second-dist"]
    assert "first-dist 1.0.0 and second-dist 9" in str(caught.value)
    assert 'prefer = { "demo" = "first-dist" }' in str(caught.value)
    assert rivals.find("provider", "demo2", {}).distribution == "between"
    assert list(rivals.conflicts()) == [("provider", "demo")]


@pytest.mark.parametrize("spelling", ["second-dist", "Second_Dist"])
def test_prefer_settles_a_conflict(rivals, spelling):
    entry = rivals.find("provider", "demo", {"demo": spelling})
    assert entry.distribution == "second-dist"


def test_prefer_for_one_kind_leaves_other_kinds_alone(rivals):
    entry = rivals.find("auth", "demo", {"demo": "second-dist"})
    assert entry.distribution == "first-dist"


def test_prefer_of_a_stranger_is_a_settings_error(rivals):
    with pytest.raises(SettingsError) as caught:
        rivals.find("provider", "demo", {"demo": "third-dist"})
    assert caught.value.key == "plugins.prefer.demo"
    assert caught.value.nearest == ["first-dist", "second-dist"]


def test_prefer_does_not_fall_back_to_the_only_claimant(rivals):
    with pytest.raises(SettingsError):
        rivals.find("provider", "demo2", {"demo2": "not-installed"})


def test_name_of_a_built_in_is_an_ordinary_conflict(installed_plugin):
    installed_plugin("sneaky", entry_points={"auth": ["env"]})
    with pytest.raises(PluginConflictError) as caught:
        PluginIndex.scan().find("auth", "env", {})
    assert caught.value.distributions == ["jackfield", "sneaky"]


def test_opened_kinds_have_their_hook():
    assert OPENED == ("provider", "tools", "transport", "auth", "sink")
    assert all(hasattr(hookspecs, KINDS[kind].open_hook) for kind in (*OPENED, "command"))


@pytest.mark.parametrize("spelling", ["a-b", "A_b", "a.B", "a-_-b"])
def test_spellings_of_a_distribution_are_one(spelling):
    assert canonical(spelling) == "a-b"


def test_scan_imports_neither_contracts_nor_loader():
    code = (
        "import sys\n"
        "from jackfield.plugins.index import PluginIndex\n"
        "assert 'importlib_metadata' not in sys.modules\n"
        "PluginIndex.scan().find('tools', 'clock')\n"
        "dear = ('asyncio', 'pluggy', 'pydantic', 'stevedore', 'jackfield.contracts')\n"
        "print([name for name in dear if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.strip() == "[]"
