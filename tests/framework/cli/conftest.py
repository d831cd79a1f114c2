"""What the tests of the command line share: a way to run it, and a provider on disk."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Jackfield = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty working directory without a configuration above it."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def jackfield(home: Path) -> Jackfield:
    """Give a function that runs the real command in a process of its own."""

    def run(*arguments: str, stdin: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "jackfield", *arguments],
            cwd=home,
            env={**os.environ, **environ},
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=30,
            check=False,
        )

    return run
