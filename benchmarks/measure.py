"""Measuring CPU time; wall-clock times are noise on shared machines."""

import gc
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: what was measured, and the budget it should keep, if it has one."""

    what: str
    value: float
    unit: str
    budget: float | None = None

    @property
    def within(self) -> bool:
        """Whether the value keeps its budget; true where there is none."""
        return self.budget is None or self.value <= self.budget

    def __str__(self) -> str:
        budget = "" if self.budget is None else f"{self.budget:g}"
        verdict = "" if self.budget is None else ("ok" if self.within else "OVER")
        return f"| {self.what} | {self.value:.3g} {self.unit} | {budget} | {verdict} |"


def process_cpu_ms(argv: Sequence[str], *, env: Mapping[str, str] | None = None) -> float:
    """Run a process to its end and return its CPU time (user and system) in milliseconds.

    Raises:
        RuntimeError: It did not exit with 0.
    """
    process = subprocess.Popen(
        argv, env={**os.environ, **(env or {})}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    errors = process.stderr.read()
    process.stderr.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        message = f"{argv} exited with {process.returncode}: {errors.decode(errors='replace')}"
        raise RuntimeError(message)
    return (usage.ru_utime + usage.ru_stime) * 1000


def median_process_cpu_ms(
    commands: Mapping[str, Sequence[str]], *, rounds: int, env: Mapping[str, str] | None = None
) -> dict[str, float]:
    """Return each command's median CPU in ms; the commands take turns, round by round."""
    for argv in commands.values():  # writes the .pyc files
        process_cpu_ms(argv, env=env)
    seen: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, argv in commands.items():
            seen[name].append(process_cpu_ms(argv, env=env))
    return {name: statistics.median(values) for name, values in seen.items()}


@dataclass(frozen=True, slots=True)
class Work:
    """Something to measure, and how many pieces its CPU time is divided by."""

    run: Callable[[], object]
    per: int = 1


def median_cpu_us(works: Sequence[Work], *, rounds: int) -> list[float]:
    """Return the median CPU of each in microseconds per piece; they take turns, round by round."""
    for work in works:
        work.run()
    seen: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for work, found in zip(works, seen, strict=True):
            gc.collect()
            started = time.process_time_ns()
            work.run()
            found.append((time.process_time_ns() - started) / 1000 / work.per)
    return [statistics.median(found) for found in seen]


def python(*arguments: str) -> list[str]:
    """Return a command line for this interpreter."""
    return [sys.executable, *arguments]
