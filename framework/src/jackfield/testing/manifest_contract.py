"""The contract suite of distributions: what holds for a plugin package whatever it offers."""

import asyncio
import sys

import pytest

from jackfield.errors import PluginError
from jackfield.plugins.index import Entry, PluginIndex
from jackfield.plugins.manifest import build_manifest, is_stale
from jackfield.testing.rules import broken

_IMPORT = """
import importlib, sys, threading
for name in sys.argv[1:]:
    importlib.import_module(name)
others = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
if others:
    print("threads:", ", ".join(others))
"""


@pytest.mark.asyncio
class ManifestContract:
    """Checks an installed distribution; subclass it and say its name.

        class TestPackage(ManifestContract):
            distribution = "jackfield-dice"

    Class attributes:
        distribution: Name of the installed distribution.
        limit_s: Longest time that its import may take, in seconds.
    """

    distribution: str = ""
    limit_s: float = 60.0

    def entries(self) -> list[Entry]:
        """Return the capabilities that the distribution offers."""
        wanted = _normal(self.distribution)
        found = PluginIndex.scan().entries()
        return [entry for entry in found if _normal(entry.distribution) == wanted]

    async def test_it_is_installed_and_offers_something(self) -> None:
        """The distribution is installed and has entry points in the groups of Jackfield."""
        if not self.distribution:
            broken("Set `distribution` on the test class.")
        if not self.entries():
            broken(
                f"{self.distribution!r} is not installed or has no entry points `jackfield.*`. "
                "After a change of entry points it must be installed again."
            )

    async def test_its_plugins_load(self) -> None:
        """Each entry point loads, and its hooks fit the specifications."""
        self.built()

    async def test_its_manifest_is_up_to_date(self) -> None:
        """`jackfield-plugin.json` says what the code says."""
        self.built()
        if is_stale(self.distribution):
            broken(
                "The manifest is missing or stale: run "
                f"`jackfield plugins manifest {self.distribution}` and commit the file."
            )

    async def test_every_capability_has_a_summary(self) -> None:
        """Each capability has one line for `plugins list`: the docstring of its module."""
        for capability in self.built()["capabilities"]:
            if not capability.get("summary", "").strip():
                broken(f"{capability.get('kind')} {capability.get('name')!r} has no summary.")

    async def test_importing_it_does_nothing(self) -> None:
        """The import prints nothing and starts no thread: work begins when a hook is called."""
        modules = sorted({entry.value.partition(":")[0] for entry in self.entries()})
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _IMPORT, *modules),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output = await self.finished(process)
        if output.strip():
            broken(f"Importing {', '.join(modules)} has effects: {output.strip()}")

    def built(self) -> dict[str, list[dict[str, str]]]:
        """Return the manifest as it should be."""
        try:
            return build_manifest(self.distribution)
        except PluginError as error:
            broken(f"{self.distribution!r}: {error}")

    async def finished(self, process: asyncio.subprocess.Process) -> str:
        """Return the output of a process that must come to an end."""
        try:
            async with asyncio.timeout(self.limit_s):
                output, _ = await process.communicate()
        except TimeoutError:
            process.kill()
            await process.wait()
            broken(f"The import did not end within {self.limit_s:g} s.")
        return output.decode(errors="replace")


def _normal(distribution: str) -> str:
    return distribution.lower().replace("_", "-").replace(".", "-")
