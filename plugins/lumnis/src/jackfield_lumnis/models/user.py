"""Users of a tenant. Source: spec/lumnis.md, 2.3."""

from pydantic import Field

from jackfield_lumnis.models.record import Id, Record, Timestamp


class User(Record):
    """A user.

    Attributes:
        id: The service's id.
        email: The address, which serves as an id, too.
        first_name: Given name.
        last_name: Family name.
        tenant_id: The tenant that the user belongs to.
        is_active: Whether the user may be served.
        created_at: When the user was created.
        updated_at: When the user was last changed.
    """

    id: Id
    email: str = ""
    first_name: str | None = None
    last_name: str | None = None
    tenant_id: Id | None = None
    is_active: bool = True
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None


class Pagination(Record):
    """Where a page stands in its list.

    Attributes:
        page: Number of the page, from 1.
        page_size: How many items a full page has.
        total: How many items there are.
        total_pages: How many pages there are.
        has_next: Whether a page follows.
        has_prev: Whether a page precedes.
    """

    page: int = 1
    page_size: int = 20
    total: int = 0
    total_pages: int = 0
    has_next: bool = False
    has_prev: bool = False


class UserList(Record):
    """A page of users.

    Attributes:
        users: The users of the page.
        pagination: Where the page stands.
    """

    users: list[User]
    pagination: Pagination = Field(default_factory=Pagination)
