"""Where the examples are, and how they are run."""

import os
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
# Read before any test changes the environment: CI keeps this folder between runs.
MODELS = Path(
    os.environ.get("JACKFIELD_TEST_MODELS") or platformdirs.user_cache_path("jackfield-tests")
)


@pytest.fixture
def examples():
    """Give the folder of the examples."""
    return EXAMPLES


@pytest.fixture
def run():
    """Give a function that runs a Python command line and returns what it printed."""

    def run(*arguments, cwd=None, **environ):
        return _run(*arguments, cwd=cwd, environ=environ)

    return run


@pytest.fixture(scope="session")
def cache_with_model(tmp_path_factory):
    """Give a cache folder that has the embedded model; it is downloaded once."""
    MODELS.mkdir(parents=True, exist_ok=True)
    cache = tmp_path_factory.mktemp("cache")
    (cache / "local").symlink_to(MODELS)
    environ = {"JACKFIELD_CACHE_DIR": str(cache)}
    _run("-m", "jackfield", "chat", "--model", "local:smollm2-135m", "Hi", environ=environ)
    return cache


def _run(*arguments, cwd=None, environ):
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        env=os.environ | environ,
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
