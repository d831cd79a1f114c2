"""What the tests of the binding share: a server in a thread, and the three dicts for it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import alchemy_llm_py
import pytest
from support.binding import BODY, HEADERS

from jackfield.testing import LoopbackServer


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no key of whoever runs the tests be sent."""
    for name in ("OPENAI_API_KEY", "OPENROUTER_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    """Run a server; the test adds the replies."""
    with LoopbackServer() as running:
        yield running


@pytest.fixture
def model(server: LoopbackServer) -> dict[str, Any]:
    """Return a model of the server."""
    return {"id": "m", "base_url": f"{server.url}/v1"}


@pytest.fixture
def context() -> dict[str, Any]:
    """Return the shortest of contexts."""
    return {"messages": [{"role": "user", "content": "hi"}]}


@pytest.fixture
def open_stream(server: LoopbackServer) -> Callable[..., Any]:
    """Give a function that opens a stream from the server."""

    def opened(**options: Any) -> Any:
        return alchemy_llm_py.open_stream(server.url, HEADERS, BODY, **options)

    return opened


@pytest.fixture(scope="session")
def pythons() -> list[str]:
    """Return every Python here that the module is made for: this one, on PATH, of pyenv."""
    names = [f"python3.{minor}" for minor in range(11, 16)]
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions"
    found = [shutil.which(name) for name in names]
    found += [str(path) for name in names for path in sorted(pyenv.glob(f"*/bin/{name}"))]
    told = [_itself(name) for name in found if name]
    return sorted({sys.executable, *(name for name in told if name)})


def _itself(python: str) -> str:
    """Return the interpreter behind a name, which may be a shim; nothing if there is none."""
    command = [python, "-c", "import sys; print(sys.executable, end='')"]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False).stdout
