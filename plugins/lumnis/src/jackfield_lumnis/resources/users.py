"""The users of a tenant. Source: spec/lumnis.md, 2.3."""

from uuid import UUID

from jackfield_httpx.service import OMIT, Call, D, Omit, endpoint, fields
from jackfield_lumnis.arguments import check, clamped
from jackfield_lumnis.models.user import User, UserList
from jackfield_lumnis.scoping import ScopedResource

MAX_PAGE_SIZE = 100


class Users(ScopedResource[D]):
    """The users of the tenant."""

    @endpoint
    def create(
        self, *, email: str, first_name: str | None = None, last_name: str | None = None
    ) -> Call[User]:
        """Create a user; for an e-mail address that is known, return its user.

        Args:
            email: The address.
            first_name: Given name.
            last_name: Family name.

        Raises:
            ValidationError: That is no e-mail address.
        """
        check(_is_email(email), f"{email!r} is no e-mail address.")
        body = fields(email=email, first_name=first_name, last_name=last_name)
        return self.call("POST", "/v1/users", json=body, read=User.parse)

    @endpoint
    def get(self, user_identifier: str | UUID) -> Call[User]:
        """Return a user.

        Args:
            user_identifier: Id or e-mail address.

        Raises:
            NotFoundError: There is none.
        """
        return self.call("GET", "/v1/users/{}", user_identifier, read=User.parse)

    @endpoint
    def update(
        self,
        user_identifier: str | UUID,
        *,
        first_name: str | Omit | None = OMIT,
        last_name: str | Omit | None = OMIT,
    ) -> Call[User]:
        """Change the names that are given; None removes a name.

        Args:
            user_identifier: Id or e-mail address.
            first_name: Given name.
            last_name: Family name.

        Raises:
            NotFoundError: There is no such user.
        """
        body = {"first_name": first_name, "last_name": last_name}
        return self.call("PUT", "/v1/users/{}", user_identifier, json=body, read=User.parse)

    @endpoint
    def delete(self, user_identifier: str | UUID) -> Call[None]:
        """Delete a user with all data of theirs.

        Args:
            user_identifier: Id or e-mail address.

        Raises:
            NotFoundError: There is no such user.
        """
        return self.call("DELETE", "/v1/users/{}", user_identifier)

    @endpoint
    def list(self, *, page: int = 1, page_size: int = 20) -> Call[UserList]:
        """Return a page of the users.

        Args:
            page: Number of the page, from 1.
            page_size: How many users; at most 100, whatever is asked for.
        """
        query = {"page": page, "page_size": clamped(page_size, MAX_PAGE_SIZE)}
        return self.call("GET", "/v1/users", query=query, read=UserList.parse)


def _is_email(text: object) -> bool:
    """Tell whether the service may take the text for an address: it has the last word."""
    if not isinstance(text, str) or any(each.isspace() for each in text):
        return False
    name, at, host = text.rpartition("@")
    return bool(name and at and host)
