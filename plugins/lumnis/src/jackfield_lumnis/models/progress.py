"""What a run tells about its progress. Source: spec/lumnis.md, 2.1."""

from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field

from jackfield_lumnis.models.record import Id, Record, Timestamp


def _objects(value: Any) -> Any:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else value


ToolCalls: TypeAlias = Annotated[list[dict[str, Any]], BeforeValidator(_objects)]
"""Tool calls; whatever is none is passed over."""


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
    tool_calls: ToolCalls = Field(default_factory=list)
    response_id: Id | None = None
