"""What holds the distributions of the repository together."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
NEEDS_COMPILER = {"plugins/alchemy"}


def folders() -> list[str]:
    found = [ROOT / "framework", *sorted((ROOT / "plugins").iterdir())]
    return [
        path.relative_to(ROOT).as_posix() for path in found if (path / "pyproject.toml").exists()
    ]


def project(folder: str) -> dict[str, Any]:
    text = (ROOT / folder / "pyproject.toml").read_text(encoding="utf-8")
    return dict(tomllib.loads(text)["project"])


def test_development_list_names_every_folder_without_a_compiler() -> None:
    lines = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8").splitlines()
    listed = {re.sub(r"^-e \./|\[.*", "", line) for line in lines if line.startswith("-e")}
    assert listed == set(folders()) - NEEDS_COMPILER


@pytest.mark.parametrize("folder", folders())
def test_distribution_has_what_we_publish(folder: str) -> None:
    for name in ("README.md", "CHANGELOG.md", "LICENSE"):
        assert (ROOT / folder / name).is_file(), name
    packages = [path for path in (ROOT / folder / "src").iterdir() if path.is_dir()]
    assert [path.name for path in packages if not (path / "py.typed").exists()] == []
    assert project(folder)["requires-python"] == ">=3.11"
    assert project(folder)["license"] == "Apache-2.0"


def test_all_distributions_share_one_version() -> None:
    assert len({project(folder)["version"] for folder in folders()}) == 1


@pytest.mark.parametrize("folder", [name for name in folders() if name.startswith("plugins/")])
def test_plugin_states_its_range_of_the_kernel(folder: str) -> None:
    major, minor, *_ = project("framework")["version"].split(".")
    expected = f"jackfield>={major}.{minor},<{major}.{int(minor) + 1}"
    assert expected in [line.replace(" ", "") for line in project(folder)["dependencies"]]
