"""Files of the tenant and its users. Source: spec/lumnis.md, 2.6."""

from collections.abc import Iterable
from uuid import UUID

from jackfield_httpx.service import Call, D, endpoint, fields
from jackfield_lumnis.arguments import check, clamped, joined, tags_of, word_of, words_of
from jackfield_lumnis.models.file import (
    FileContent,
    FileList,
    FileMetadata,
    FileProcessing,
    FileSearchResponse,
)
from jackfield_lumnis.models.file_deletion import BulkDeletion, FileDeletion
from jackfield_lumnis.resources.transfers import Transfers
from jackfield_lumnis.scoping import UserId
from jackfield_lumnis.types import ContentType, FileScope, ProcessingStatus

MAX_LIMIT = 100
MAX_FOUND = 50


class Files(Transfers[D]):
    """The files of the tenant and its users.

    Where `user_id` is left out, a client made by `for_user` fills in its user.
    """

    @endpoint
    def get(self, file_id: str | UUID, *, user_id: UserId = None) -> Call[FileMetadata]:
        """Return a file's data, without what is in it.

        Args:
            file_id: The service's id.
            user_id: Whose it is.

        Raises:
            FileNotFoundError: There is no such file.
            FileAccessDeniedError: It is not the user's.
        """
        query = {"user_id": self.scoping.default_user(user_id)}
        return self.call("GET", "/v1/files/{}", file_id, query=query, read=FileMetadata.parse)

    @endpoint
    def list(  # noqa: PLR0913 - the documented signature
        self,
        *,
        user_id: UserId = None,
        scope: FileScope | str | None = None,
        file_type: str | None = None,
        status: ProcessingStatus | str | None = None,
        tags: str | Iterable[str] | None = None,
        page: int = 1,
        limit: int = 20,
    ) -> Call[FileList]:
        """Return a page of the files.

        Args:
            user_id: Whose.
            scope: Only those of the user, or of the tenant.
            file_type: Only those of a kind, for example `pdf`.
            status: Only those whose processing is as far.
            tags: Only those with these labels: a list, or a text with commas.
            page: Number of the page, from 1.
            limit: How many files; at most 100, whatever is asked for.
        """
        query = {
            "page": page,
            "limit": clamped(limit, MAX_LIMIT),
            "user_id": self.scoping.default_user(user_id),
            "scope": None if scope is None else word_of("scope", scope, FileScope),
            "file_type": file_type,
            "status": status,
            "tags": joined(tags_of(tags)),
        }
        return self.call("GET", "/v1/files/", query=query, read=FileList.parse)

    @endpoint
    def get_content(
        self,
        file_id: str | UUID,
        *,
        user_id: UserId = None,
        content_type: ContentType | str | None = None,
        start_line: int | None = None,
        end_line: int | None = None,
    ) -> Call[FileContent]:
        """Return the text of a file.

        Args:
            file_id: The service's id.
            user_id: Whose it is.
            content_type: Which text: that of the file, a transcript, a summary ...
            start_line: The first line, from 1.
            end_line: The last line.

        Raises:
            FileNotFoundError: There is no such file.
            ValidationError: There are no such lines in any text.
        """
        first = 1 if start_line is None else start_line
        check(first >= 1, f"'start_line' must be 1 or more, not {start_line}.")
        ends = end_line is None or end_line >= first
        check(ends, f"'end_line' must be {first} or more, not {end_line}.")
        query = {
            "user_id": self.scoping.default_user(user_id),
            "content_type": content_type,
            "start_line": start_line,
            "end_line": end_line,
        }
        path = "/v1/files/{}/content"
        return self.call("GET", path, file_id, query=query, read=FileContent.parse)

    @endpoint
    def search(  # noqa: PLR0913 - the documented signature
        self,
        query: str,
        *,
        user_id: UserId = None,
        limit: int = 10,
        min_score: float = 0.0,
        file_types: str | Iterable[str] | None = None,
        tags: str | Iterable[str] | None = None,
    ) -> Call[FileSearchResponse]:
        """Search the texts of files.

        Args:
            query: What for.
            user_id: Whose files.
            limit: How many; 1 to 50, whatever is asked for.
            min_score: How well they must fit, from 0 to 1.
            file_types: Only those of these kinds.
            tags: Only those with these labels.

        Raises:
            ValidationError: There is no query, or the score is out of range.
        """
        check(query, "'query' must not be empty.")
        check(0 <= min_score <= 1, f"'min_score' must be from 0 to 1, not {min_score}.")
        body = fields(
            query=query,
            limit=clamped(limit, MAX_FOUND, least=1),
            min_score=min_score,
            file_types=None if file_types is None else words_of(file_types) or None,
            tags=tags_of(tags),
            user_id=self.scoping.default_user(user_id),
        )
        return self.call("POST", "/v1/files/search", json=body, read=FileSearchResponse.parse)

    @endpoint
    def update_scope(
        self, file_id: str | UUID, *, scope: FileScope | str, user_id: UserId = None
    ) -> Call[FileMetadata]:
        """Change who may use a file.

        Args:
            file_id: The service's id.
            scope: Who.
            user_id: Whose it is then.

        Raises:
            FileNotFoundError: There is no such file.
            ValueError: The scope `user` needs a user.
        """
        body = fields(**self._owned(scope, user_id))
        return self.call("PATCH", "/v1/files/{}/scope", file_id, json=body, read=FileMetadata.parse)

    @endpoint
    def delete(
        self, file_id: str | UUID, *, user_id: UserId = None, hard_delete: bool = True
    ) -> Call[FileDeletion]:
        """Delete a file.

        Args:
            file_id: The service's id.
            user_id: Whose it is.
            hard_delete: For good.

        Raises:
            FileNotFoundError: There is no such file.
        """
        query = {"hard_delete": hard_delete, "user_id": self.scoping.default_user(user_id)}
        return self.call("DELETE", "/v1/files/{}", file_id, query=query, read=FileDeletion.parse)

    @endpoint
    def bulk_delete(
        self, file_ids: Iterable[str | UUID], *, user_id: UserId = None, hard_delete: bool = True
    ) -> Call[BulkDeletion]:
        """Delete several files.

        Args:
            file_ids: The service's ids.
            user_id: Whose they are.
            hard_delete: For good.

        Raises:
            ValidationError: There is no id.
        """
        ids = [str(each) for each in _several(file_ids)]
        check(ids, "'file_ids' must name at least one file.")
        return self.call(
            "DELETE",
            "/v1/files/bulk",
            query={"hard_delete": hard_delete, "user_id": self.scoping.default_user(user_id)},
            json={"file_ids": ids},
            read=BulkDeletion.parse,
        )

    @endpoint
    def get_processing_status(
        self, file_id: str | UUID, *, user_id: UserId = None
    ) -> Call[FileProcessing]:
        """Return how far the processing of a file is.

        Args:
            file_id: The service's id.
            user_id: Whose it is.

        Raises:
            FileNotFoundError: There is no such file.
        """
        query = {"user_id": self.scoping.default_user(user_id)}
        path = "/v1/files/{}/status"
        return self.call("GET", path, file_id, query=query, read=FileProcessing.parse)


def _several(file_ids: str | UUID | Iterable[str | UUID]) -> Iterable[str | UUID]:
    return [file_ids] if isinstance(file_ids, str | UUID) else file_ids
