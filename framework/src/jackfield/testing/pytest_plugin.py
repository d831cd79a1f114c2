"""Fixtures for the tests of plugins; switch them on with `-p jackfield.testing.pytest_plugin`.

There is no `pytest11` entry point on purpose: it would run in the test suite of everybody who
merely installed us.
"""

import inspect
import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
import pytest_asyncio

from jackfield.testing.loopback import LoopbackServer
from jackfield.testing.rules import no_tasks_left
from jackfield.testing.scripted import ScriptedProvider
from jackfield.testing.throwaway import InstalledPlugin, install_plugin


class PluginInstaller(Protocol):
    """What the fixture `installed_plugin` gives: call it to install a plugin for the test."""

    def __call__(self, distribution: str = "jackfield-example", **parts: Any) -> InstalledPlugin:
        """Install a plugin; `parts` are those of `jackfield.testing.install_plugin`."""


@pytest.fixture
def scripted() -> ScriptedProvider:
    """Give a fresh scripted provider without scripts; `add` them."""
    return ScriptedProvider()


@pytest.fixture
def installed_plugin(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[PluginInstaller]:
    """Give a function that installs a throw-away plugin for this test and its subprocesses."""
    plugins: list[InstalledPlugin] = []

    def install(distribution: str = "jackfield-example", **parts: Any) -> InstalledPlugin:
        site = tmp_path_factory.mktemp("site")
        plugin = install_plugin(site, distribution, **parts)
        plugin.activate()
        plugins.append(plugin)
        monkeypatch.setenv("PYTHONPATH", plugin.environ()["PYTHONPATH"])
        return plugin

    yield install
    for plugin in reversed(plugins):
        plugin.deactivate()


@pytest_asyncio.fixture
async def loopback() -> AsyncIterator[LoopbackServer]:
    """Give a loopback server in the test's event loop, without replies; `add` them."""
    async with LoopbackServer() as server:
        yield server


@pytest.fixture
def isolated_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point the user's configuration, cache, data and state folders into `tmp_path`.

    All variables `JACKFIELD_*` of the outer environment are removed.
    """
    home = tmp_path / "home"
    for name in [name for name in os.environ if name.startswith("JACKFIELD_")]:
        monkeypatch.delenv(name)
    for kind in ("CONFIG", "CACHE", "DATA", "STATE"):
        folder = home / kind.lower()
        folder.mkdir(parents=True)
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(folder))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("JACKFIELD_CACHE_DIR", str(home / "cache" / "jackfield"))
    return home


@pytest.fixture(autouse=True)
def no_leaked_tasks(request: pytest.FixtureRequest) -> None:
    """Fail an asynchronous test that leaves asyncio tasks behind."""
    function: Callable[..., Any] | None = getattr(request, "function", None)
    if function is not None and inspect.iscoroutinefunction(function):
        request.getfixturevalue("_task_watch")


@pytest_asyncio.fixture
async def _task_watch() -> AsyncIterator[None]:
    async with no_tasks_left("The test"):
        yield
