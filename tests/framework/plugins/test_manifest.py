"""The manifest: read without importing, made of the code, compared with it."""

import json
import shutil

import pytest

from jackfield.contracts import API_VERSION
from jackfield.errors import ContractError, PluginError, PluginNotFoundError
from jackfield.plugins import manifest
from jackfield.plugins.index import PluginIndex

SCHEMA = {"type": "object", "properties": {"size": {"type": "integer"}}}
WRITTEN = {
    "api": "0.1",
    "capabilities": [
        {
            "kind": "provider",
            "name": "demo",
            "summary": "Shows how.",
            "settings": SCHEMA,
            "touches": {"hosts": ["example.org"]},
            "later": "ignored",
        }
    ],
}
MUST_NOT_RUN = "raise AssertionError('imported')"
CODE = '''
    """Provider `demo`, for tests.

    More.
    """

    class Settings(BaseModel):
        size: int = 1

    jackfield_touches = {"hosts": ("b.org", "a.org"), "env": ["DEMO_KEY"]}

    @hookimpl
    def open_provider(name):
        "Open it."
        return P(name)

    @hookimpl
    def open_tools():
        """Offer the tools of the demo."""
        return []

    @hookimpl
    def describe_settings(kind, name): return Settings if kind == "provider" else None
'''


def installed(panel, code=CODE, *, entry_points=None, **parts):
    plugin = panel.add(
        "acme-demo", code, entry_points=entry_points or {"provider": ["demo"]}, **parts
    )
    # The docstring of a module must come first.
    text = (plugin.package / "__init__.py").read_text(encoding="utf-8")
    head = text.find('"""Provider')
    if head > 0:
        end = text.find('"""', head + 3) + 3
        text = text[head:end] + "\n" + text[:head] + text[end:]
        (plugin.package / "__init__.py").write_text(text, encoding="utf-8")
    return plugin


def entry():
    return PluginIndex.scan().find("provider", "demo")


def test_schema_and_summary_are_read_without_import(panel):
    plugin = panel.add(
        "acme-demo", MUST_NOT_RUN, entry_points={"provider": ["demo"]}, manifest=WRITTEN
    )
    found = manifest.read_manifest(entry())
    capability = found.capability("provider", "demo")
    assert (found.api, capability.summary) == ("0.1", "Shows how.")
    assert capability.touches == {
        "hosts": ["example.org"],
        "env": [],
        "files": [],
        "subprocesses": [],
    }
    assert panel.sockets().settings_schema("provider", "demo") == SCHEMA
    assert found.capability("tools", "demo") is None
    assert found.path == str(plugin.package / manifest.FILE_NAME)
    assert not plugin.is_imported


def test_schema_comes_from_the_code_where_the_manifest_is_missing(panel):
    plugin = installed(panel)
    schema = panel.sockets().settings_schema("provider", "demo")
    assert schema["properties"]["size"]["type"] == "integer"
    assert plugin.is_imported


def test_capability_that_the_manifest_forgets_is_asked_itself(panel):
    installed(panel, manifest={"api": "0.1", "capabilities": []})
    assert "size" in panel.sockets().settings_schema("provider", "demo")["properties"]


def test_plugin_that_describes_no_settings_has_no_schema(panel):
    panel.provider("@hookimpl\ndef open_provider(name): return P(name)")
    assert panel.sockets().settings_schema("provider", "demo") is None
    with pytest.raises(PluginNotFoundError):
        panel.sockets().settings_schema("provider", "other")


BAD = {
    "no JSON": "{",
    "no object": "[]",
    "no api": '{"capabilities": []}',
    "no capabilities": '{"api": "0.1"}',
    "strange kind": '{"api": "0.1", "capabilities": [{"kind": "x", "name": "y"}]}',
    "schema no object": (
        '{"api": "0.1", "capabilities": [{"kind": "auth", "name": "y", "settings": 1}]}'
    ),
    "strange touches": (
        '{"api": "0.1", "capabilities": [{"kind": "auth", "name": "y", "touches": {"x": []}}]}'
    ),
    "touches no names": (
        '{"api": "0.1", "capabilities": [{"kind": "auth", "name": "y", "touches": {"env": [1]}}]}'
    ),
    "too deep": "[" * 100_000,
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_bad_manifest_is_a_recorded_problem_and_the_code_is_asked(panel, text):
    installed(panel, manifest=text)
    reading = manifest.look_for_manifest(entry())
    assert reading.manifest is None
    assert "is no manifest: " in reading.problem
    assert manifest.read_manifest(entry()) is None
    assert "size" in panel.sockets().settings_schema("provider", "demo")["properties"]


def test_manifest_that_is_not_utf8_or_a_folder_is_a_problem(panel):
    plugin = installed(panel)
    path = plugin.package / manifest.FILE_NAME
    path.write_bytes(b'{"api": "\xff"}')
    assert "cannot be read" in manifest.look_for_manifest(entry()).problem
    path.unlink()
    path.mkdir()
    assert "cannot be read" in manifest.look_for_manifest(entry()).problem


def test_package_that_is_gone_has_no_manifest(panel):
    plugin = installed(panel, entry_points={"provider": {"demo": "nowhere_at_all.x:y"}})
    assert plugin.package.exists()
    assert manifest.look_for_manifest(entry()) == manifest.Reading()


def test_manifest_is_built_of_docstrings_models_and_declarations(panel):
    installed(panel)
    built = manifest.build_manifest("Acme_Demo")
    assert built["api"] == API_VERSION
    [capability] = built["capabilities"]
    assert capability["summary"] == "Provider `demo`, for tests."
    assert capability["settings"]["properties"]["size"]["default"] == 1
    assert capability["touches"] == {
        "hosts": ["a.org", "b.org"],
        "env": ["DEMO_KEY"],
        "files": [],
        "subprocesses": [],
    }


def test_module_with_several_capabilities_is_summed_up_hook_by_hook(panel):
    installed(panel, entry_points={"provider": ["demo"], "tools": ["demo"]})
    provider, tools = manifest.build_manifest("acme-demo")["capabilities"]
    assert (provider["summary"], tools["summary"]) == ("Open it.", "Offer the tools of the demo.")
    assert tools["settings"] is None


def test_written_manifest_is_deterministic_and_not_stale(panel):
    plugin = installed(panel)
    assert manifest.is_stale("acme-demo")
    [path] = manifest.write_manifest("acme-demo")
    assert path == plugin.package / manifest.FILE_NAME
    assert not manifest.is_stale("acme-demo")
    text = path.read_bytes()
    assert text.endswith(b"}\n")
    assert b"\r" not in text
    manifest.write_manifest("acme-demo")
    assert path.read_bytes() == text
    read = manifest.read_manifest(entry()).capability("provider", "demo")
    assert read.touches["env"] == ["DEMO_KEY"]


@pytest.mark.parametrize(
    "change",
    [
        lambda written: written["capabilities"][0].update(summary="Other."),
        lambda written: written["capabilities"].clear(),
        lambda written: written.update(api="9.0"),
        lambda written: written.pop("api"),
        lambda written: written.update(more=1),
    ],
    ids=["summary", "capability", "other major api", "no api", "strange field"],
)
def test_manifest_that_says_something_else_is_stale(panel, change):
    installed(panel)
    [path] = manifest.write_manifest("acme-demo")
    written = json.loads(path.read_text(encoding="utf-8"))
    change(written)
    path.write_text(json.dumps(written), encoding="utf-8")
    assert manifest.is_stale("acme-demo")


def test_other_minor_api_is_not_stale(panel):
    installed(panel)
    [path] = manifest.write_manifest("acme-demo")
    written = json.loads(path.read_text(encoding="utf-8"))
    written["api"] = API_VERSION.partition(".")[0] + ".999"
    path.write_text(json.dumps(written), encoding="utf-8")
    assert not manifest.is_stale("acme-demo")


def test_strange_declaration_is_a_contract_error(panel):
    installed(panel, CODE.replace('"env"', '"environment"'))
    with pytest.raises(ContractError, match="jackfield_touches: `touches` has 'environment'"):
        manifest.build_manifest("acme-demo")


def test_distribution_without_capabilities_is_a_plugin_error():
    with pytest.raises(PluginError, match="offers nothing"):
        manifest.build_manifest("pytest")


def test_single_module_has_no_place_for_a_manifest(panel):
    plugin = installed(panel, entry_points={"provider": {"demo": "acme_single"}})
    text = (plugin.package / "__init__.py").read_text(encoding="utf-8")
    (plugin.site / "acme_single.py").write_text(text, encoding="utf-8")
    assert manifest.read_manifest(entry()) is None
    with pytest.raises(PluginError, match="no package 'acme_single'"):
        manifest.write_manifest("acme-demo")


def test_editable_install_reads_the_manifest_of_the_source(panel):
    metadata = panel.add("acme-demo", "", entry_points={"provider": ["demo"]})
    shutil.rmtree(metadata.package)
    source = panel.add("source-tree", MUST_NOT_RUN, module="acme_demo", manifest=WRITTEN)
    found = manifest.read_manifest(entry())
    assert found.path == str(source.package / manifest.FILE_NAME)
    assert panel.sockets().settings_schema("provider", "demo") == SCHEMA
