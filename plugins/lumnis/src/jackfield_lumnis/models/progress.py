"""What a run tells about its progress. Source: spec/lumnis.md, 2.1."""

from typing import Any

from pydantic import Field

from jackfield_lumnis.models.record import Id, Record, Timestamp


class ProgressEntry(Record):
    """A step of a run.

    A `state` of `completed` does not mean that the run is over; only the run's `status` does.

    Attributes:
        ts: When it was written.
        state: What the run does: `planning`, `processing` ...; the service may use any word.
        message: The same for readers.
        output_text: What the step gave.
        tool_calls: With `name`, `args` and `output_text`.
        response_id: The run; filled in here.
    """

    ts: Timestamp | None = None
    state: str = ""
    message: str = ""
    output_text: str | None = None
    tool_calls: list[dict[str, Any]] = Field(default_factory=list)
    response_id: Id | None = None
