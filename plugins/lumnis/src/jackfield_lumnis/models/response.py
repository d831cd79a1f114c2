"""Runs of agents, which the service calls responses. Source: spec/lumnis.md, 2.1."""

from typing import Any, Self

from pydantic import Field, model_validator

from jackfield_lumnis.models.message import Message
from jackfield_lumnis.models.progress import ProgressEntry
from jackfield_lumnis.models.record import Id, Record, Timestamp

TERMINAL_STATUSES = frozenset({"succeeded", "failed", "cancelled"})
_FINAL_CALL = "FINAL_RESPONSE"


class CreatedResponse(Record):
    """A run that was just begun.

    Attributes:
        response_id: The run's id.
        thread_id: The conversation that it belongs to.
        tenant_id: The tenant.
        status: See `ResponseObject`.
        created_at: When it was begun.
    """

    response_id: Id
    thread_id: Id | None = None
    tenant_id: Id | None = None
    status: str = "queued"
    created_at: Timestamp | None = None


class ArtifactPart(Record):
    """A piece of an artifact.

    Attributes:
        kind: What it is, mostly `text`.
        text: The text.
        metadata: Whatever the service adds.
    """

    kind: str = "text"
    text: str | None = None
    metadata: dict[str, Any] | None = None


class Artifact(Record):
    """Something that a run made beside its answer; the service writes two forms of it.

    Attributes:
        artifact_id: Its id, in the form with parts.
        name: Its name.
        description: What it is.
        parts: Its pieces.
        metadata: Whatever the service adds.
        extensions: Names of extensions that it uses.
        type: In the other form: what it is, for example `code`.
        language: In the other form: of the code.
        content: In the other form: the whole.
    """

    artifact_id: Id | None = Field(default=None, alias="artifactId")
    name: str | None = None
    description: str | None = None
    parts: list[ArtifactPart] = Field(default_factory=list)
    metadata: dict[str, Any] | None = None
    extensions: list[Any] | None = None
    type: str | None = None
    language: str | None = None
    content: Any = None


class ResponseObject(Record):
    """A run of an agent, as it stands.

    Attributes:
        response_id: The run's id.
        thread_id: The conversation that it belongs to.
        tenant_id: The tenant.
        user_id: The user, unless it is a run of the tenant.
        status: `queued`, `in_progress`, `succeeded`, `failed` or `cancelled`; the service may
            come to use others, which count as running.
        progress: The steps so far; the service may rewrite and shorten them.
        input_messages: What the run was given.
        output_text: The answer.
        structured_response: The answer in the form that was asked for; may be missing.
        artifacts: What else the run made.
        error: Why it failed.
        options: Those that the run was begun with.
        response_title: A title, once there is a plan.
        created_at: When it was begun.
        completed_at: When it ended.
    """

    response_id: Id
    thread_id: Id | None = None
    tenant_id: Id | None = None
    user_id: Id | None = None
    status: str
    progress: list[ProgressEntry] = Field(default_factory=list)
    input_messages: list[Message] | None = None
    output_text: str | None = None
    structured_response: Any = None
    artifacts: list[Artifact] | None = None
    error: dict[str, Any] | str | None = None
    options: dict[str, Any] | None = None
    response_title: str | None = None
    created_at: Timestamp | None = None
    completed_at: Timestamp | None = None

    @model_validator(mode="after")
    def _name_the_run(self) -> Self:
        for entry in self.progress:
            entry.response_id = entry.response_id or self.response_id
        return self

    @property
    def content(self) -> str | None:
        """The answer."""
        return self.output_text

    @property
    def plan(self) -> str | None:
        """What the run planned to do, once it did; None before."""
        calls = self.progress[1].tool_calls if len(self.progress) > 1 else []
        return calls[0].get("output_text") if calls else None

    @property
    def sub_agent_executions(self) -> list[ProgressEntry]:
        """The steps in which a sub-agent gave its answer."""
        return [
            entry
            for entry in self.progress
            if entry.tool_calls and entry.tool_calls[-1].get("name") == _FINAL_CALL
        ]

    @property
    def is_terminal(self) -> bool:
        """Whether the run is over."""
        return self.status in TERMINAL_STATUSES

    @property
    def error_message(self) -> str | None:
        """What `error` says in words; None when it says nothing."""
        if not isinstance(self.error, dict):
            return self.error or None
        told = (self.error.get(name) for name in ("message", "detail", "code"))
        return next((str(each) for each in told if each), None)


class ProgressUpdate(ProgressEntry):
    """A change in a run, from `invoke(..., stream=True)`.

    Attributes:
        status: The run's; `succeeded`, `failed` or `cancelled` in the last update only.
        response: The run as it stood.
        structured_response: In the last update: the answer in the form that was asked for.
        error: In the last update: why the run failed.
    """

    status: str
    response: ResponseObject = Field(repr=False)
    structured_response: Any = None
    error: dict[str, Any] | str | None = None


class ResponseListResponse(Record):
    """A page of runs.

    Attributes:
        responses: The runs of the page.
        total: How many there are.
        limit: How many a full page has.
        offset: Where the page begins.
    """

    responses: list[ResponseObject] = Field(default_factory=list)
    total: int = 0
    limit: int = 50
    offset: int = 0


class Cancellation(Record):
    """What the service says of a cancelled run.

    Attributes:
        status: `cancelled`.
        message: A sentence.
    """

    status: str = "cancelled"
    message: str = ""


class StoredArtifact(Record):
    """An artifact that the service keeps.

    Attributes:
        artifact_id: Its id.
        response_id: The run that made it.
        name: Its name.
        uri: Where it lies.
        mime_type: Its type.
        bytes: Its size.
        created_at: When it was made.
    """

    artifact_id: Id
    response_id: Id | None = None
    name: str | None = None
    uri: str | None = None
    mime_type: str | None = None
    bytes: int | None = None
    created_at: Timestamp | None = None


class ArtifactList(Record):
    """A page of artifacts.

    Attributes:
        artifacts: Those of the page.
        total: How many there are.
        limit: How many a full page has.
        offset: Where the page begins.
    """

    artifacts: list[StoredArtifact] = Field(default_factory=list)
    total: int = 0
    limit: int = 50
    offset: int = 0
