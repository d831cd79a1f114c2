"""The inside of a probe: loads one plugin in this process and says in JSON what came of it."""

import json
import time
from typing import Any

from jackfield.errors import JackfieldError
from jackfield.plugins.index import Entry, PluginIndex
from jackfield.plugins.kinds import OPENED
from jackfield.plugins.manifest_file import look_for_manifest
from jackfield.plugins.names import same_distribution

ANSWER = "jackfield-probe-answer: "
"""Begins the line with the answer, whatever else a plugin prints."""


def load_and_answer(kind: str, name: str, distribution: str) -> str:
    """Load the plugin and return `{"status", "seconds", "cause", "remedy"}` as JSON."""
    start = time.monotonic()
    try:
        cause, remedy = _examine(PluginIndex.scan(), kind, name, distribution)
    except JackfieldError as error:
        cause, remedy = error.message, error.hint
    return json.dumps(
        {
            "status": "broken" if cause else "ok",
            "seconds": round(time.monotonic() - start, 3),
            "cause": cause,
            "remedy": remedy,
        }
    )


def read_answer(output: str) -> dict[str, Any] | None:
    """Return the answer that `output` ends with; None if there is none."""
    for line in reversed(output.splitlines()):
        if line.startswith(ANSWER):
            answer: dict[str, Any] = json.loads(line.removeprefix(ANSWER))
            return answer
    return None


def _examine(index: PluginIndex, kind: str, name: str, distribution: str) -> tuple[str, str]:
    """Return cause and remedy, both empty when all is well."""
    from jackfield.plugins.sockets import Sockets  # noqa: PLC0415 - the doctor itself loads nothing

    for entry in index.claimants(kind, name):
        if same_distribution(entry.distribution, distribution):
            sockets = Sockets(index)
            sockets.load(entry)
            if kind in OPENED:
                sockets.settings_model(entry)
            return _manifest(entry)
    return f"{distribution} does not offer the {kind} {name!r} any more.", "Run the doctor again."


def _manifest(entry: Entry) -> tuple[str, str]:
    problem = look_for_manifest(entry).problem
    return (problem, "Make it anew: jackfield plugins manifest.") if problem else ("", "")
