"""Conversations. Source: spec/lumnis.md, 2.2."""

from typing import TypeAlias
from uuid import UUID

from jackfield_httpx.service import OMIT, Call, D, Omit, endpoint, fields
from jackfield_lumnis.arguments import check_length
from jackfield_lumnis.models.response import ResponseObject
from jackfield_lumnis.models.thread import ThreadListResponse, ThreadObject
from jackfield_lumnis.scoping import ScopedResource, UserId

MAX_TITLE = 500

Runs: TypeAlias = list[ResponseObject]


class Threads(ScopedResource[D]):
    """Conversations: runs that know what was said before."""

    @endpoint
    def create(self, *, user_id: UserId = None, title: str | None = None) -> Call[ThreadObject]:
        """Begin a conversation.

        Args:
            user_id: Whose; by default the client's user.
            title: Up to 500 characters.

        Raises:
            MissingUserId: User scope, and nobody is named.
            TenantScopeUserIdConflict: Tenant scope, and somebody is named.
            ValidationError: The title is too long.
        """
        user = self.scoping.user_of(user_id)
        check_length("title", title, most=MAX_TITLE)
        body = fields(user_id=user, title=title)
        return self.call("POST", "/v1/threads", json=body, read=ThreadObject.parse)

    @endpoint
    def list(
        self, *, user_id: UserId = None, limit: int = 50, offset: int = 0
    ) -> Call[ThreadListResponse]:
        """Return a page of the conversations.

        Args:
            user_id: Whose; by default the client's user.
            limit: How many.
            offset: How many to pass over.

        Raises:
            MissingUserId: User scope, and nobody is named.
            TenantScopeUserIdConflict: Tenant scope, and somebody is named.
        """
        query = {"user_id": self.scoping.user_of(user_id), "limit": limit, "offset": offset}
        return self.call("GET", "/v1/threads", query=query, read=ThreadListResponse.parse)

    @endpoint
    def get(self, thread_id: str | UUID) -> Call[ThreadObject]:
        """Return a conversation.

        Args:
            thread_id: Its id.

        Raises:
            NotFoundError: There is none.
        """
        return self.call("GET", "/v1/threads/{}", thread_id, read=ThreadObject.parse)

    @endpoint
    def get_responses(
        self, thread_id: str | UUID, *, limit: int = 50, offset: int = 0
    ) -> Call[Runs]:
        """Return a page of the runs of a conversation.

        Args:
            thread_id: The conversation.
            limit: How many.
            offset: How many to pass over.
        """
        query = {"limit": limit, "offset": offset}
        return self.call(
            "GET",
            "/v1/threads/{}/responses",
            thread_id,
            query=query,
            read=ResponseObject.parse_list,
        )

    @endpoint
    def update(
        self, thread_id: str | UUID, *, title: str | Omit | None = OMIT
    ) -> Call[ThreadObject]:
        """Change the title; None removes it.

        Args:
            thread_id: The conversation.
            title: Up to 500 characters.

        Raises:
            NotFoundError: There is no such conversation.
            ValidationError: The title is too long.
        """
        if isinstance(title, str):
            check_length("title", title, most=MAX_TITLE)
        return self.call(
            "PATCH", "/v1/threads/{}", thread_id, json={"title": title}, read=ThreadObject.parse
        )

    @endpoint
    def delete(self, thread_id: str | UUID) -> Call[None]:
        """Delete a conversation with its runs.

        Args:
            thread_id: The conversation.

        Raises:
            NotFoundError: There is none.
        """
        return self.call("DELETE", "/v1/threads/{}", thread_id)
