"""Event sink `jsonl`: writes each run's events to a file, one JSON object a line."""

import asyncio
import hashlib
import os
import re
import string
from collections.abc import Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from itertools import groupby
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator

from jackfield import AgentEvent, EventSink, hookimpl
from jackfield.builtins.event_lines import json_line
from jackfield.events import AgentStartEvent
from jackfield.messages import now_ms

jackfield_touches = {"files": ["{path}"]}  # in braces: what a setting says

FIELDS = ("run_id", "session_id", "date")
MAX_NAME = 80
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")


class JsonlSettings(BaseModel):
    """Where the events go, and which."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(
        default="runs/{run_id}.jsonl",
        min_length=1,
        description=(
            "The file. `{run_id}`, `{session_id}` and `{date}` (UTC) are filled in when a run "
            "starts; `~` is the home folder; missing folders are made."
        ),
    )
    deltas: bool = Field(
        default=False,
        description=(
            "Whether to write a line for each piece of a streaming answer (`message_update`) "
            "too; the whole answer is in `message_end` in any case."
        ),
    )

    @field_validator("path")
    @classmethod
    def _known_fields(cls, path: str) -> str:
        for _, field, spec, conversion in string.Formatter().parse(path):
            if field is None:
                continue
            if field not in FIELDS:
                near = get_close_matches(field, FIELDS, n=1)
                known = f"did you mean {{{near[0]}}}?" if near else f"known are {', '.join(FIELDS)}"
                raise ValueError(f"unknown field {{{field}}}; {known}")
            if spec or conversion:
                raise ValueError(f"{{{field}}} takes no format")
        return path


@hookimpl
def describe_settings() -> type[JsonlSettings]:
    """Return the model of this sink's settings."""
    return JsonlSettings


@hookimpl
def open_sink(settings: JsonlSettings) -> EventSink:
    """Open a sink; no file is touched before the first event."""
    return JsonlSink(settings)


class JsonlSink:
    """Appends events to the file of their run.

    A file is opened for each batch and closed after it: nothing stays open, and a file that is
    moved away in the meantime is simply begun anew. Only its owner may read it.
    """

    def __init__(self, settings: JsonlSettings) -> None:
        self._settings = settings
        self._run_id = "unknown"  # for a sink that joins in the middle of a run
        self._path = self._path_of(self._run_id, None)

    async def handle(self, events: Sequence[AgentEvent]) -> None:
        """Write a batch; events are turned into text at once, for their messages live on."""
        deltas = self._settings.deltas
        lines = [self._line(event) for event in events if deltas or event.type != "message_update"]
        if lines:
            await asyncio.to_thread(_append, lines)

    async def aclose(self) -> None:
        """Do nothing: no file is open between batches."""

    def _line(self, event: AgentEvent) -> tuple[Path, bytes]:
        if isinstance(event, AgentStartEvent):
            self._run_id = event.run_id or "unknown"
            self._path = self._path_of(self._run_id, event.session_id)
        return self._path, json_line(event, timestamp=now_ms(), run_id=self._run_id)

    def _path_of(self, run_id: str, session_id: str | None) -> Path:
        path = self._settings.path.format(
            run_id=file_name(run_id),
            session_id=file_name(session_id or "no-session"),
            date=datetime.now(UTC).date().isoformat(),
        )
        return Path(path).expanduser()


def file_name(value: str) -> str:
    """Return an id as a part of a file's name; ids that differ keep names that differ.

    An id may come from outside, so it must not be able to name a folder: whatever is not a
    letter, a digit, `_` or `-` is replaced.
    """
    safe = _UNSAFE.sub("_", value)[:MAX_NAME]
    if safe == value:
        return safe
    digest = hashlib.sha256(value.encode(errors="backslashreplace")).hexdigest()[:8]
    return f"{safe}-{digest}"


def _append(lines: list[tuple[Path, bytes]]) -> None:
    for path, group in groupby(lines, key=lambda line: line[0]):
        path.parent.mkdir(parents=True, exist_ok=True)
        # Private from its first moment: a file that is made first and restricted later leaks.
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(handle, "ab") as file:
            file.write(b"".join(line for _, line in group))
