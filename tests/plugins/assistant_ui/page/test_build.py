"""How the page gets into the package; what is in it is tested in tests/e2e."""

import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

WEB = Path(__file__).parents[4] / "plugins/assistant-ui/web"


@pytest.fixture
def builder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Load `web/build.py`, with folders of this test."""
    spec = spec_from_file_location("page_build", WEB / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "WEB", tmp_path / "web")
    monkeypatch.setattr(module, "DIST", tmp_path / "web/dist")
    monkeypatch.setattr(module, "STATIC", tmp_path / "static")
    (tmp_path / "web").mkdir()
    (tmp_path / "web/package-lock.json").write_text("{}", encoding="utf-8")
    return module


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_without_npm_it_says_what_is_missing_and_what_to_run(
    builder: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert builder.main() == 1
    said = capsys.readouterr().err
    assert "npm, which is not on PATH" in said
    assert "web/build.py" in said


def test_failure_of_npm_is_told_with_its_own_words(
    builder: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    npm = tmp_path / "bin/npm"
    write(tmp_path, bin__npm="#!/bin/sh\necho 'no such package' >&2\nexit 3\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{npm.parent}:/usr/bin:/bin")
    with pytest.raises(builder.PageNotBuiltError, match=r"npm ci .* failed(.|\n)*no such package"):
        builder.build()


def test_new_page_takes_the_place_of_the_old_one(builder: ModuleType) -> None:
    write(builder.DIST, index_html="new", assets__new_js="code")
    write(builder.STATIC, index_html="old", assets__old_js="code")
    builder.put_in_place()
    found = {path.name: path.read_text(encoding="utf-8") for path in builder.STATIC.rglob("*.*")}
    assert found == {"index.html": "new", "new.js": "code"}


def test_page_that_did_not_change_is_not_touched(builder: ModuleType) -> None:
    write(builder.DIST, index_html="same")
    write(builder.STATIC, index_html="same")
    before = (builder.STATIC / "index.html").stat()
    builder.put_in_place()
    assert (builder.STATIC / "index.html").stat() == before


def test_lock_file_names_no_registry_and_checks_what_it_fetches() -> None:
    packages = json.loads((WEB / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    fetched = {name: entry for name, entry in packages.items() if name}
    assert [name for name, entry in fetched.items() if "resolved" in entry] == []
    assert [name for name, entry in fetched.items() if "integrity" not in entry] == []


def test_page_asks_nothing_of_other_hosts_by_itself() -> None:
    page = (WEB / "index.html").read_text(encoding="utf-8")
    assert "default-src 'self'" in page
    assert "http:" not in page
    assert "https:" not in page
