"""What is new in a run since it was last looked at. Source: spec/lumnis.md, 3.5."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, TypeAlias

from jackfield_lumnis.models.progress import ProgressEntry
from jackfield_lumnis.models.response import ProgressUpdate, ResponseObject

TOOL_UPDATE = "tool_update"
_SHOWN_CHARS = 50
_STATES = {"succeeded": "completed", "failed": "failed", "cancelled": "cancelled"}
_SAID = {
    "succeeded": "The run has succeeded.",
    "failed": "The run has failed.",
    "cancelled": "The run was cancelled.",
}

_Identity: TypeAlias = tuple[str, str, int]


class UpdateFeed:
    """Finds the new entries of each snapshot of one run.

    An entry is known by its state, its message and which one of its kind it is in the snapshot:
    the service may rewrite the list and shorten it, and nothing is told twice.
    """

    def __init__(self) -> None:
        self._calls_told: dict[_Identity, int] = {}

    def take(self, snapshot: ResponseObject) -> Iterator[ProgressUpdate]:
        """Give what is new: entries, then late tool calls, then the end of the run."""
        known = dict(self._calls_told)
        entries = list(_identified(snapshot.progress))
        for identity, entry in entries:
            if identity not in known:
                self._calls_told[identity] = len(entry.tool_calls)
                yield _update(snapshot, entry)
        for identity, entry in entries:
            told = known.get(identity)
            if told is not None and len(entry.tool_calls) > told:
                self._calls_told[identity] = len(entry.tool_calls)
                yield _late_calls(snapshot, entry, told)
        if snapshot.is_terminal:
            yield _end(snapshot)


def _identified(progress: list[ProgressEntry]) -> Iterator[tuple[_Identity, ProgressEntry]]:
    met: Counter[tuple[str, str]] = Counter()
    for entry in progress:
        pair = (entry.state, entry.message)
        met[pair] += 1
        yield (*pair, met[pair]), entry


def _update(snapshot: ResponseObject, entry: ProgressEntry, **changed: Any) -> ProgressUpdate:
    status = "in_progress" if snapshot.is_terminal else snapshot.status
    known = {name: getattr(entry, name) for name in ProgressEntry.model_fields}
    return ProgressUpdate(
        **{
            **(entry.model_extra or {}),
            **known,
            "status": status,
            "response": snapshot,
            "response_id": snapshot.response_id,
            "structured_response": None,
            "error": None,
            **changed,
        }
    )


def _late_calls(snapshot: ResponseObject, entry: ProgressEntry, told: int) -> ProgressUpdate:
    shown = entry.message[:_SHOWN_CHARS] + ("..." if len(entry.message) > _SHOWN_CHARS else "")
    return _update(
        snapshot,
        entry,
        ts=datetime.now(UTC),
        state=TOOL_UPDATE,
        message=f"[Tool calls for: {shown}]",
        tool_calls=entry.tool_calls[told:],
        output_text=None,
    )


def _end(snapshot: ResponseObject) -> ProgressUpdate:
    has_succeeded = snapshot.status == "succeeded"
    told = None if has_succeeded else snapshot.error_message
    return ProgressUpdate(
        ts=snapshot.completed_at or datetime.now(UTC),
        state=_STATES[snapshot.status],
        message=told or _SAID[snapshot.status],
        output_text=snapshot.output_text if has_succeeded else None,
        response_id=snapshot.response_id,
        status=snapshot.status,
        response=snapshot,
        structured_response=snapshot.structured_response,
        error=snapshot.error,
    )
