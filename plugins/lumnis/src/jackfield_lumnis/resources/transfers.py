"""Files on their way to the service and back. Source: spec/lumnis.md, 2.6."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

from jackfield_httpx.service import Call, D, Flow, Reply, endpoint, save
from jackfield_lumnis.arguments import joined, tags_of, word_of
from jackfield_lumnis.file_parts import FileData, FilePath, part_of, parts_of
from jackfield_lumnis.models.file import BulkUpload, FileUpload
from jackfield_lumnis.scoping import ScopedResource, UserId
from jackfield_lumnis.types import DuplicateHandling, FileScope


class Transfers(ScopedResource[D]):
    """Files on their way to the service and back; read from the disk while they are sent."""

    @endpoint
    def upload(  # noqa: PLR0913 - the documented signature
        self,
        *,
        file_path: FilePath | None = None,
        file_content: FileData | None = None,
        file_name: str | None = None,
        scope: FileScope | str = FileScope.TENANT,
        user_id: UserId = None,
        tags: str | Iterable[str] | None = None,
        duplicate_handling: DuplicateHandling | str = DuplicateHandling.SUFFIX,
    ) -> Call[FileUpload]:
        """Upload a file.

        Args:
            file_path: The file; or
            file_content: what is in it: bytes, text, or a file open for reading bytes.
            file_name: Its name, needed with content; a path before the name is cut off.
            scope: Who may use it.
            user_id: Whose it is; by default the user of the client, if it has one.
            tags: Up to 10 labels of up to 50 characters: a list, or a text with commas.
            duplicate_handling: What to do where the name is taken.

        Raises:
            ValueError: There is no file or more than one, content has no name, or the scope
                `user` no user.
            FileNotFoundError: There is no such file here.
            ValidationError: There are too many tags, or one is too long.
        """
        part = part_of("file", file_path=file_path, file_content=file_content, file_name=file_name)
        form = {
            **self._owned(scope, user_id),
            "duplicate_handling": word_of(
                "duplicate_handling", duplicate_handling, DuplicateHandling
            ),
            "tags": joined(tags_of(tags)),
        }
        return self.call("POST", "/v1/files/upload", form=form, files=[part], read=FileUpload.parse)

    upload_file = upload
    """The same as `upload`."""

    @endpoint
    def bulk_upload(
        self,
        *,
        file_paths: Iterable[FilePath] | None = None,
        file_contents: Iterable[tuple[str, FileData]] | None = None,
        scope: FileScope | str = FileScope.TENANT,
        user_id: UserId = None,
        tags: str | Iterable[str] | None = None,
    ) -> Call[BulkUpload]:
        """Upload several files in one request.

        Args:
            file_paths: Files.
            file_contents: Names and what is in the files of these names.
            scope: Who may use them.
            user_id: Whose they are; by default the user of the client, if it has one.
            tags: Labels of all of them; see `upload`.

        Raises:
            ValueError: There is no file, one has no name, or the scope `user` no user.
            FileNotFoundError: There is no such file here.
            ValidationError: There are too many tags, or one is too long.
        """
        form = {**self._owned(scope, user_id), "tags": joined(tags_of(tags))}
        return self.call(
            "POST",
            "/v1/files/bulk-upload",
            form=form,
            files=parts_of("files", file_paths, file_contents),
            read=BulkUpload.parse,
        )

    @endpoint
    def download(
        self, file_id: str | UUID, *, user_id: UserId = None, save_path: FilePath | None = None
    ) -> Flow[bytes | None]:
        """Download a file.

        Args:
            file_id: The service's id.
            user_id: Whose it is; by default the user of the client, if it has one.
            save_path: Where to write it, piece by piece; the file is complete or not there.

        Returns:
            What is in the file; None if it was written to `save_path`.

        Raises:
            FileNotFoundError: There is no such file.
            OSError: `save_path` cannot be written.
        """
        query = {"user_id": self.scoping.default_user(user_id)}
        call = self.call(
            "GET",
            "/v1/files/{}/download",
            file_id,
            query=query,
            accept="*/*",
            max_reply_bytes=None,
            read_reply=_content,
        )
        return _received(call, save_path)

    def _owned(self, scope: FileScope | str, user_id: UserId) -> dict[str, Any]:
        """Return scope and user of a file.

        Raises:
            ValueError: The scope `user` needs a user.
        """
        word = word_of("scope", scope, FileScope)
        owner = self.scoping.default_user(user_id)
        if word == FileScope.USER.value and owner is None:
            raise ValueError("user_id is required with scope 'user'.")
        return {"scope": word, "user_id": owner}


def _content(reply: Reply) -> bytes:
    return reply.content


def _received(call: Call[bytes], save_path: FilePath | None) -> Flow[bytes | None]:
    if save_path is None:
        return (yield from call)
    yield from save(call, Path(save_path))
    return None
