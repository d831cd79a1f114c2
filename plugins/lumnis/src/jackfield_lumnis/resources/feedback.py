"""Feedback on runs. Source: spec/lumnis.md, 2.1."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from jackfield_httpx.service import Call, D, endpoint, fields
from jackfield_lumnis.arguments import check, check_length
from jackfield_lumnis.models.feedback import CreatedFeedback, FeedbackList
from jackfield_lumnis.scoping import ScopedResource, UserId

_FEEDBACK_TYPES = ("suggestion", "correction", "guidance")


class Feedback(ScopedResource[D]):
    """What users say of a run; the service lets its agents read it."""

    @endpoint
    def create_feedback(  # noqa: PLR0913 - the documented signature
        self,
        response_id: str | UUID,
        *,
        feedback_text: str,
        feedback_type: str = "suggestion",
        user_id: UserId = None,
        progress_id: str | UUID | None = None,
        tool_call_id: str | None = None,
        tool_args_update: Mapping[str, Any] | None = None,
    ) -> Call[CreatedFeedback]:
        """Give feedback on a run, also while it is going on.

        Args:
            response_id: The run.
            feedback_text: 1 to 5000 characters.
            feedback_type: `suggestion`, `correction` or `guidance`.
            user_id: Who gives it; by default the client's user.
            progress_id: The agent's task that it is about.
            tool_call_id: The tool call that it is about.
            tool_args_update: The arguments that the tool should be called with.

        Raises:
            ValidationError: An argument is not allowed.
        """
        check_length("feedback_text", feedback_text, least=1, most=5000)
        check(
            feedback_type in _FEEDBACK_TYPES,
            f"feedback_type is {feedback_type!r}: use {', '.join(_FEEDBACK_TYPES)}.",
        )
        check(
            tool_args_update is None or bool(tool_call_id),
            "tool_args_update needs a tool_call_id.",
        )
        body = fields(
            feedback_text=feedback_text,
            feedback_type=feedback_type,
            user_id=self.scoping.default_user(user_id),
            progress_id=None if progress_id is None else str(progress_id),
            tool_call_id=tool_call_id,
            tool_args_update=tool_args_update,
        )
        return self.call(
            "POST",
            "/v1/responses/{}/feedback",
            response_id,
            json=body,
            read=CreatedFeedback.parse,
        )

    @endpoint
    def list_feedback(
        self, response_id: str | UUID, *, progress_id: str | UUID | None = None
    ) -> Call[FeedbackList]:
        """Return the feedback on a run.

        Args:
            response_id: The run.
            progress_id: Only what is about that task.
        """
        query = {"progress_id": progress_id}
        return self.call(
            "GET", "/v1/responses/{}/feedback", response_id, query=query, read=FeedbackList.parse
        )
