"""Fixtures for the tests of plugins; switch them on with `-p jackfield.testing.pytest_plugin`.

There is no `pytest11` entry point on purpose: it would run in the test suite of everybody who
merely installed us.
"""

import inspect
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from copy import deepcopy
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest
import pytest_asyncio

from jackfield.testing.loopback import LoopbackServer
from jackfield.testing.rules import no_tasks_left
from jackfield.testing.scripted import ScriptedProvider
from jackfield.testing.throwaway import InstalledPlugin, install_plugin

if TYPE_CHECKING:
    from jackfield.kernel.kernel import Kernel


class PluginInstaller(Protocol):
    """What the fixture `installed_plugin` gives: call it to install a plugin for the test."""

    def __call__(self, distribution: str = "jackfield-example", **parts: Any) -> InstalledPlugin:
        """Install a plugin; `parts` are those of `jackfield.testing.install_plugin`."""


class KernelMaker(Protocol):
    """What the fixture `kernel` gives: call it with a configuration to make a kernel."""

    def __call__(self, config: Mapping[str, Any] | None = None, **arguments: Any) -> "Kernel":
        """Make a kernel; `arguments` are those of `Kernel.from_config`."""


_SCRIPTED_HERE = '''"""Provider `scripted` of one test."""
from jackfield import hookimpl

provider = None


@hookimpl
def open_provider():
    """Give the provider of the test."""
    return provider
'''


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


@pytest.fixture
def scripted_plugin(installed_plugin: PluginInstaller) -> InstalledPlugin:
    """Install the provider `scripted`, whose answers stand in the configuration.

    For subprocesses too. See `jackfield.testing.scripted_capability`.
    """
    value = "jackfield.testing.scripted_capability"
    return installed_plugin("jackfield-scripted", entry_points={"provider": {"scripted": value}})


@pytest_asyncio.fixture
async def kernel(
    scripted: ScriptedProvider, installed_plugin: PluginInstaller
) -> AsyncIterator[KernelMaker]:
    """Give a function that makes kernels; they are closed after the test.

        async def test_mine(kernel, scripted):
            scripted.add("Hello")
            agent = kernel({"agents": {"default": {"tools": ["mine"]}}}).agent()

    The fixture `scripted` is installed as the provider `scripted`, and is the model of the
    default agent unless the configuration names another.
    """
    from jackfield.kernel.kernel import Kernel  # noqa: PLC0415 - the plugin is loaded before coverage is

    plugin = installed_plugin(
        "jackfield-scripted-here", code=_SCRIPTED_HERE, entry_points={"provider": ["scripted"]}
    )
    import_module(plugin.module).provider = scripted  # type: ignore[attr-defined]  # its one variable
    kernels: list[Kernel] = []

    def make(config: Mapping[str, Any] | None = None, **arguments: Any) -> Kernel:
        data = deepcopy(dict(config or {}))
        default = data.setdefault("agents", {}).setdefault("default", {})
        default.setdefault("model", "scripted:test")
        kernels.append(Kernel.from_config(data, **arguments))
        return kernels[-1]

    yield make
    for made in reversed(kernels):
        await made.aclose()


@pytest_asyncio.fixture
async def loopback() -> AsyncIterator[LoopbackServer]:
    """Give a loopback server in the test's event loop, without replies; `add` them."""
    async with LoopbackServer() as server:
        yield server


@pytest.fixture
def isolated_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point the user's configuration, cache, data and state folders into `tmp_path`.

    All variables `JACKFIELD_*` of the outer environment are removed but `JACKFIELD_TEST_*`.
    """
    home = tmp_path / "home"
    for name in list(os.environ):
        if name.startswith("JACKFIELD_") and not name.startswith("JACKFIELD_TEST_"):
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
    """Fail an asynchronous test that leaves asyncio tasks behind which don't end within 2 s."""
    function: Callable[..., Any] | None = getattr(request, "function", None)
    if function is not None and inspect.iscoroutinefunction(function):
        request.getfixturevalue("_task_watch")


@pytest_asyncio.fixture
async def _task_watch() -> AsyncIterator[None]:
    async with no_tasks_left("The test", grace_s=2):
        yield
