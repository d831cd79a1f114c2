"""Shows the progress of a run as lines of text. Source: spec/lumnis.md, 3.8."""

import logging
import sys
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from jackfield_lumnis.invoke.updates import TOOL_UPDATE
from jackfield_lumnis.models.progress import ProgressEntry
from jackfield_lumnis.models.response import ResponseObject

ToolCalls: TypeAlias = Sequence[Mapping[str, Any]] | None

_log = logging.getLogger("lumnisai.progress")


class ProgressTracker:
    """Formats what has not been formatted yet: each message once, each call under it once."""

    def __init__(self) -> None:
        self._told: set[tuple[str, ...]] = set()

    def format_new_entries(
        self, state: str, message: str, tool_calls: ToolCalls = None
    ) -> str | None:
        """Return the lines that are new; None when there is nothing new.

        Args:
            state: Of the entry.
            message: Of the entry.
            tool_calls: All calls of the entry so far.
        """
        lines = [_headline(state, message)] if self._is_new(state, message) else []
        for call in tool_calls or ():
            line = _tool_line(call)
            if self._is_new(state, message, line):
                lines.append(line)
        return "\n".join(lines) or None

    def reset(self) -> None:
        """Forget what was formatted."""
        self._told.clear()

    def _is_new(self, *key: str) -> bool:
        is_new = key not in self._told
        self._told.add(key)
        return is_new


class ProgressPrinter:
    """Prints a run's status and messages to the standard output, each when it changes."""

    def __init__(self) -> None:
        self._tracker = ProgressTracker()
        self._status = ""

    def take(self, snapshot: ResponseObject) -> None:
        """Print what is new; whatever goes wrong with it does not concern the run."""
        try:
            for line in self._lines(snapshot):
                _print(line)
        except Exception:  # noqa: BLE001 - the run is more important than its display
            _log.debug("The progress cannot be printed.", exc_info=True)

    def _lines(self, snapshot: ResponseObject) -> list[str]:
        entries = [
            self._tracker.format_new_entries(each.state, each.message, each.tool_calls)
            for each in snapshot.progress
        ]
        lines = [each for each in entries if each]
        if snapshot.status != self._status:
            self._status = snapshot.status
            # What the run did comes before how it ended.
            lines.insert(len(lines) if snapshot.is_terminal else 0, f"Status: {snapshot.status}")
        return lines


def format_progress_entry(state: str, message: str, tool_calls: ToolCalls = None) -> str:
    """Return an entry as text: `STATE: message`, and a line for each tool call."""
    return "\n".join([_headline(state, message), *map(_tool_line, tool_calls or ())])


def display_progress(update: ProgressEntry, indent: str = "\t") -> None:
    """Print an update of a streamed run.

    Args:
        update: From `invoke(..., stream=True)`.
        indent: Before each tool call.
    """
    if update.state != TOOL_UPDATE:
        _print(f"{update.state.upper()} - {update.message}")
    for call in update.tool_calls:
        _print(_tool_line(call, indent))


def _headline(state: str, message: str) -> str:
    return f"{state.upper()}: {message}"


def _tool_line(call: Mapping[str, Any], indent: str = "\t") -> str:
    args = call.get("args")
    told = ""
    if isinstance(args, Mapping) and args:
        told = f"({', '.join(f'{name}={value!r}' for name, value in args.items())})"
    return f"{indent}→ {call.get('name') or 'unknown'}{told}"


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
