"""Runs of agents. Source: spec/lumnis.md, 2.1."""

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from jackfield_httpx.service import Call, D, Flow, Pace, Plan, endpoint, fields, poll
from jackfield_lumnis.agent_config import AgentConfig, ModelOverrides
from jackfield_lumnis.arguments import check
from jackfield_lumnis.invoke.input import Messages, messages_of
from jackfield_lumnis.invoke.options import FileReference, ResponseFormat, option_fields
from jackfield_lumnis.models.response import (
    ArtifactList,
    Cancellation,
    CreatedResponse,
    ResponseListResponse,
    ResponseObject,
)
from jackfield_lumnis.resources.feedback import Feedback
from jackfield_lumnis.scoping import UserId
from jackfield_lumnis.service import longer_read
from jackfield_lumnis.types import Scope

LONGEST_WAIT_S = 30.0
"""How long the service holds a question."""

_PACE_S = 2.0
_LAST_LOOK_S = 1.0


class Responses(Feedback[D]):
    """Runs of agents, which the service calls responses."""

    @endpoint
    def create(  # noqa: PLR0913 - the documented signature
        self,
        *,
        messages: Messages,
        user_id: UserId = None,
        thread_id: str | UUID | None = None,
        files: Sequence[FileReference] | None = None,
        idempotency_key: str | None = None,
        options: Mapping[str, Any] | None = None,
        scope: Scope | str | None = None,
        response_format: ResponseFormat | None = None,
        response_format_instructions: str | None = None,
        model_overrides: ModelOverrides | Mapping[str, Any] | None = None,
        agent_config: AgentConfig | Mapping[str, Any] | None = None,
    ) -> Call[CreatedResponse]:
        """Begin a run and return at once.

        Args:
            messages: What it is asked: a text, a message or several.
            user_id: For whom; by default the client's user.
            thread_id: The conversation that it continues; None for a new one.
            files: References to files that it may use.
            idempotency_key: A second run with the same key is the first one.
            options: Whatever else the service takes; the options below may stand in it.
            scope: By default the client's.
            response_format: The form of `structured_response`.
            response_format_instructions: How to fill it.
            model_overrides: Models for this run, `provider:model` by part.
            agent_config: How the agents work.

        Raises:
            MissingUserId: User scope, and nobody is named.
            TenantScopeUserIdConflict: Tenant scope, and somebody is named.
            ValidationError: An argument is not allowed.
        """
        return self.creation(
            messages=messages,
            user_id=user_id,
            scope=scope,
            thread_id=thread_id,
            idempotency_key=idempotency_key,
            run_options={
                "files": files,
                "options": options,
                "response_format": response_format,
                "response_format_instructions": response_format_instructions,
                "model_overrides": model_overrides,
                "agent_config": agent_config,
            },
        )

    def creation(  # noqa: PLR0913 - what a run is begun with
        self,
        *,
        messages: Messages,
        user_id: UserId,
        scope: Scope | str | None,
        thread_id: object,
        idempotency_key: str | None,
        run_options: Mapping[str, Any],
    ) -> Call[CreatedResponse]:
        """Return the call that begins a run, unsent; arguments as of `create`."""
        user = self.scoping.user_of(user_id, scope)
        body = fields(
            messages=messages_of(messages),
            user_id=user,
            thread_id=None if thread_id is None else str(thread_id),
            **option_fields(run_options),
        )
        return self.call(
            "POST",
            "/v1/responses",
            json=body,
            idempotency_key=idempotency_key or None,
            read=CreatedResponse.model_validate,
        )

    @endpoint
    def get(self, response_id: str | UUID, *, wait: float | None = None) -> Plan[ResponseObject]:
        """Return how a run stands.

        Args:
            response_id: The run.
            wait: Seconds that it may take until the run is over; None for no waiting.

        Raises:
            NotFoundError: There is no such run.
            ValidationError: `wait` is negative.
        """
        check(wait is None or wait >= 0, f"wait must be 0 s or more, not {wait!r}.")
        if wait is None or wait <= LONGEST_WAIT_S:
            return self.snapshot(response_id, wait_s=wait)
        return self._awaited(response_id, wait)

    def snapshot(
        self, response_id: object, *, wait_s: float | None = None, within_s: float = math.inf
    ) -> Call[ResponseObject]:
        """Return the call that asks how a run stands, unsent.

        Args:
            response_id: The run.
            wait_s: Seconds that the service may hold it, at most 30; sent as a whole number.
            within_s: Seconds for all attempts; one second at least.
        """
        held = None if wait_s is None else math.ceil(wait_s)
        limit = None if within_s == math.inf else max(within_s, _LAST_LOOK_S)
        return self.call(
            "GET",
            "/v1/responses/{}",
            response_id,
            query={"wait": held},
            timeouts=longer_read(self.service.timeouts, held),
            timeout_s=limit,
            deadline_s=limit,
            read=ResponseObject.model_validate,
        )

    def _awaited(self, response_id: object, wait_s: float) -> Flow[ResponseObject]:
        """Ask again and again, because the service holds a question only so long."""
        clock = self.service.clock
        end = clock.now() + wait_s

        def ask() -> Call[ResponseObject]:
            left = min(LONGEST_WAIT_S, max(end - clock.now(), 0))
            return self.snapshot(response_id, wait_s=left)

        return poll(
            ask,
            until=lambda found: found.is_terminal or clock.now() >= end,
            pace=Pace(interval_s=_PACE_S, clock=clock),
        )

    @endpoint
    def cancel(self, response_id: str | UUID) -> Call[Cancellation]:
        """Cancel a run.

        Args:
            response_id: The run.

        Raises:
            NotFoundError: There is no such run.
        """
        return self.call("POST", "/v1/responses/{}/cancel", response_id, read=Cancellation.parse)

    @endpoint
    def list_responses(  # noqa: PLR0913 - the documented signature
        self,
        *,
        user_id: UserId = None,
        status: str | None = None,
        start_date: date | str | None = None,
        end_date: date | str | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> Call[ResponseListResponse]:
        """Return a page of the runs.

        Args:
            user_id: Whose; by default the client's user.
            status: Only those that stand so.
            start_date: Only those begun on that day or later.
            end_date: Only those begun on that day or earlier.
            limit: How many, 1 to 100.
            offset: How many to pass over.

        Raises:
            MissingUserId: User scope, and nobody is named.
            TenantScopeUserIdConflict: Tenant scope, and somebody is named.
        """
        query = {
            "user_id": self.scoping.user_of(user_id),
            "status": status,
            "start_date": _day(start_date),
            "end_date": _day(end_date),
            "limit": limit,
            "offset": offset,
        }
        return self.call("GET", "/v1/responses", query=query, read=ResponseListResponse.parse)

    list = list_responses
    """The same as `list_responses`."""

    @endpoint
    def list_artifacts(
        self, response_id: str | UUID, *, limit: int = 50, offset: int = 0
    ) -> Call[ArtifactList]:
        """Return a page of the artifacts that a run made.

        Args:
            response_id: The run.
            limit: How many.
            offset: How many to pass over.
        """
        query = {"limit": limit, "offset": offset}
        return self.call(
            "GET", "/v1/responses/{}/artifacts", response_id, query=query, read=ArtifactList.parse
        )


def _day(moment: date | str | None) -> date | str | None:
    return moment.date() if isinstance(moment, datetime) else moment
