"""Feedback on runs. Source: spec/lumnis.md, 2.1."""

from typing import Any

from pydantic import Field

from jackfield_lumnis.models.record import Id, Record, Timestamp


class CreatedFeedback(Record):
    """Feedback that was just given.

    Attributes:
        feedback_id: Its id.
        created_at: When it was given.
    """

    feedback_id: Id
    created_at: Timestamp | None = None


class Feedback(Record):
    """Feedback on a run.

    Attributes:
        feedback_id: Its id.
        response_id: The run.
        tenant_id: The tenant.
        user_id: Who gave it.
        feedback_text: The text.
        feedback_type: `suggestion`, `correction` or `guidance`.
        progress_id: The agent's task that it is about.
        tool_call_id: The tool call that it is about.
        tool_args_update: The arguments that the tool should have been called with.
        is_consumed: Whether the run has read it.
        consumed_at: When it did.
        created_at: When it was given.
    """

    feedback_id: Id
    response_id: Id | None = None
    tenant_id: Id | None = None
    user_id: Id | None = None
    feedback_text: str = ""
    feedback_type: str = "suggestion"
    progress_id: Id | None = None
    tool_call_id: Id | None = None
    tool_args_update: dict[str, Any] | None = None
    is_consumed: bool = False
    consumed_at: Timestamp | None = None
    created_at: Timestamp | None = None


class FeedbackList(Record):
    """The feedback on a run.

    Attributes:
        response_id: The run.
        progress_id_filter: The task that was asked about.
        total_feedback: How much there is.
        consumed_count: How much the run has read.
        unconsumed_count: How much it has not.
        note: A sentence of the service.
        feedback: The feedback.
    """

    response_id: Id | None = None
    progress_id_filter: Id | None = None
    total_feedback: int = 0
    consumed_count: int = 0
    unconsumed_count: int = 0
    note: str = ""
    feedback: list[Feedback] = Field(default_factory=list)
