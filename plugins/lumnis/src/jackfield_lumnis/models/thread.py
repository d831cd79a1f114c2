"""Conversations. Source: spec/lumnis.md, 2.2."""

from pydantic import Field

from jackfield_lumnis.models.record import Id, Record, Timestamp


class ThreadObject(Record):
    """A conversation.

    Attributes:
        thread_id: Its id.
        tenant_id: The tenant.
        user_id: Whose it is.
        title: Its title.
        created_at: When it was begun.
        updated_at: When it was changed.
        response_count: How many runs it has.
        last_response_at: When the last one was begun.
    """

    thread_id: Id
    tenant_id: Id | None = None
    user_id: Id | None = None
    title: str | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    response_count: int = 0
    last_response_at: Timestamp | None = None


class ThreadListResponse(Record):
    """A page of conversations.

    Attributes:
        threads: Those of the page.
        total: How many there are.
        limit: How many a full page has.
        offset: Where the page begins.
    """

    threads: list[ThreadObject] = Field(default_factory=list)
    total: int = 0
    limit: int = 50
    offset: int = 0
