"""Progress on stderr: a bar for people who watch, a line every 10 % for a log file."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import click

from jackfield.cli.style import shows_styles

_STEP = 10
_UNKNOWN_STEP = 100_000_000


@contextmanager
def progress_on(
    stream: TextIO, description: str, *, total: int | None = None, unit: str = ""
) -> Iterator[Any]:
    """Show progress on the stream while the context is open. Source: contracts.Host.progress."""
    if shows_styles(stream):
        with _bar(stream, description, total, unit) as bar:
            yield bar
    else:
        yield Lines(stream, description, total=total, unit=unit)


class Lines:
    """Progress as plain lines.

    Args:
        stream: Where to write.
        description: What is being done.
        total: Units in all; None when unknown: then a line for every 100 million units.
        unit: `bytes`, or any plural.
    """

    def __init__(self, stream: TextIO, description: str, *, total: int | None, unit: str) -> None:
        self._stream = stream
        self._description = description
        self._total = total
        self._unit = unit
        self._done = 0
        self._shown = 0
        self._lock = threading.Lock()
        click.echo(f"{description} ...", file=stream)

    def advance(self, amount: int) -> None:
        """Say that `amount` more units are done; callable from any thread."""
        with self._lock:
            self._done += amount
            text = self._step()
        if text:
            click.echo(f"{self._description}: {text}", file=self._stream)

    def _step(self) -> str:
        """Return what to write now; empty until the next step is reached."""
        if self._total:
            step = min(100, self._done * 100 // self._total) // _STEP * _STEP
            text = f"{step} % of {amount_text(self._total, self._unit)}"
        else:
            step = self._done // _UNKNOWN_STEP
            text = amount_text(self._done, self._unit)
        if step <= self._shown:
            return ""
        self._shown = step
        return text


def amount_text(amount: int, unit: str) -> str:
    """Return an amount with its unit; bytes as megabytes."""
    if unit == "bytes":
        return f"{amount / 1e6:,.1f} MB"
    return f"{amount:,} {unit}".strip()


@contextmanager
def _bar(stream: TextIO, description: str, total: int | None, unit: str) -> Iterator[Any]:
    from rich.console import Console  # noqa: PLC0415 - only where it draws on a terminal
    from rich.progress import Progress, SpinnerColumn, TextColumn  # noqa: PLC0415

    columns = (
        _columns(unit) if total is not None else [SpinnerColumn(), TextColumn("{task.description}")]
    )
    with Progress(*columns, console=Console(file=stream), transient=True) as progress:
        yield _Bar(progress, progress.add_task(description, total=total))


def _columns(unit: str) -> list[Any]:
    from rich.progress import (  # noqa: PLC0415 - only where it draws on a terminal
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    amount = DownloadColumn() if unit == "bytes" else MofNCompleteColumn()
    return [TextColumn("{task.description}"), BarColumn(), amount, TimeRemainingColumn()]


class _Bar:
    def __init__(self, progress: Any, task: Any) -> None:
        self._progress = progress
        self._task = task

    def advance(self, amount: int) -> None:
        self._progress.advance(self._task, amount)
