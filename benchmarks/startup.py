"""What it costs to start: import, the sleeping command line, and plugins nobody uses."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Row, median_process_cpu_ms, python

RAW_IMPORT = "import asyncio, httpx2, orjson; httpx2.AsyncClient()"
AGENT = "from jackfield import Agent; Agent(model='local:smollm2-135m', system_prompt='x')"
IDLE_PLUGINS = 100


def rows(*, rounds: int) -> Iterator[Row]:
    """Measure start-up against a bare interpreter and against the raw floor's import."""
    commands = {
        "bare": python("-c", "pass"),
        "raw": python("-c", RAW_IMPORT),
        "agent": python("-c", AGENT),
        "version": python("-m", "jackfield", "--version"),
    }
    cpu = median_process_cpu_ms(commands, rounds=rounds)
    yield Row("bare `python -c pass`", cpu["bare"], "ms")
    yield Row("raw: import httpx2, orjson, one client", cpu["raw"], "ms")
    yield Row("import and an agent constructed", cpu["agent"], "ms")
    yield Row("... / raw's import", cpu["agent"] / cpu["raw"], "x", 1.2)
    yield Row("`jackfield --version` / bare", cpu["version"] / cpu["bare"], "x", 4)
    yield from _listing(rounds=rounds)


def _listing(*, rounds: int) -> Iterator[Row]:
    listing = python("-m", "jackfield", "plugins", "list")
    seen = {}
    for count in (3, 3 + IDLE_PLUGINS):
        with tempfile.TemporaryDirectory() as folder:
            write_dummies(Path(folder), count)
            env = {"PYTHONPATH": folder}
            seen[count] = median_process_cpu_ms({"list": listing}, rounds=rounds, env=env)["list"]
    few, many = seen.values()
    yield Row("`jackfield plugins list`, 3 plugins more", few, "ms")
    yield Row(f"`jackfield plugins list`, {3 + IDLE_PLUGINS} plugins more", many, "ms")
    yield Row("... CPU added per idle plugin", (many - few) / IDLE_PLUGINS, "ms", 0.3)


def write_dummies(folder: Path, count: int) -> None:
    """Write `count` installed plugins that fail when somebody imports them."""
    for number in range(count):
        name = f"jackfield_dummy_{number}"
        (folder / f"{name}.py").write_text("raise SystemExit('imported')\n", encoding="utf-8")
        info = folder / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8"
        )
        (info / "entry_points.txt").write_text(
            f"[jackfield.tools]\ndummy{number} = {name}\n", encoding="utf-8"
        )
