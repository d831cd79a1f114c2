"""What we publish works: each distribution is built, and the wheels are installed and tried."""

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = [
    path
    for path in [ROOT / "framework", *sorted((ROOT / "plugins").iterdir())]
    if (path / "pyproject.toml").exists()
]


def run(*argv: object, cwd: Path | None = None) -> str:
    done = subprocess.run(
        [str(part) for part in argv], capture_output=True, encoding="utf-8", check=False, cwd=cwd
    )
    assert done.returncode == 0, f"{argv}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    target = tmp_path_factory.mktemp("wheels")
    for folder in FOLDERS:
        run(sys.executable, "-m", "build", "--outdir", target, folder)
    return sorted(target.glob("*.whl"))


@pytest.fixture(scope="session")
def installed(wheels: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("installed")
    venv.create(home, with_pip=True)
    run(home / "bin/python", "-m", "pip", "install", "--quiet", *wheels)
    return home / "bin"


def test_one_wheel_for_each_folder(wheels: list[Path]) -> None:
    assert len(wheels) == len(FOLDERS)


def test_wheels_carry_types_licence_and_manifest(wheels: list[Path]) -> None:
    for wheel in wheels:
        names = zipfile.ZipFile(wheel).namelist()
        for wanted in ("py.typed", "jackfield-plugin.json", "licenses/LICENSE"):
            assert any(name.endswith(wanted) for name in names), (wheel.name, wanted)
        assert not [name for name in names if "tests/" in name or name.endswith(".gguf")]


def test_installed_command_knows_its_version(installed: Path) -> None:
    assert run(installed / "jackfield", "--version").startswith("jackfield 0.")


def test_installed_plugins_are_found_and_sound(installed: Path, tmp_path: Path) -> None:
    listed = run(installed / "jackfield", "plugins", "list", cwd=tmp_path)
    for name in ("local", "clock", "calculator", "jsonl", "env"):
        assert name in listed
    run(installed / "jackfield", "plugins", "doctor", cwd=tmp_path)


def test_installed_package_passes_a_strict_type_checker(installed: Path, tmp_path: Path) -> None:
    run(installed / "python", "-m", "pip", "install", "--quiet", "mypy")
    (tmp_path / "app.py").write_text(
        "from jackfield import Agent, AgentTool, tool\n\n\n@tool\ndef add(a: int, b: int) -> int:\n"
        '    """Add."""\n    return a + b\n\n\n'
        'agent: Agent = Agent(model="local:smollm2-135m", tools=[add])\n'
        "known: AgentTool = add\n",
        encoding="utf-8",
    )
    run(installed / "python", "-m", "mypy", "--strict", "app.py", cwd=tmp_path)
