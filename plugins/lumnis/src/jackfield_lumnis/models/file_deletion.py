"""What the service says of deleted files. Source: spec/lumnis.md, 2.6."""

from pydantic import Field

from jackfield_lumnis.models.record import Id, Record


class FileDeletion(Record):
    """The reply to the deletion of a file.

    Attributes:
        file_id: The file.
        hard_delete: Whether it is gone for good.
        message: A sentence.
    """

    file_id: Id | None = None
    hard_delete: bool = True
    message: str = ""


class DeletionError(Record):
    """Why a file was not deleted.

    Attributes:
        file_id: The file.
        error: Why.
    """

    file_id: Id
    error: str = ""


class BulkDeletion(Record):
    """The reply to the deletion of several files.

    Attributes:
        deleted: The files that are gone.
        failed: Those that are not.
        hard_delete: Whether they are gone for good.
        total_requested: How many were named.
    """

    deleted: list[Id] = Field(default_factory=list)
    failed: list[Id] = Field(default_factory=list)
    hard_delete: bool = True
    total_requested: int = 0

    @property
    def deleted_files(self) -> list[str]:
        """The same as `deleted`."""
        return self.deleted

    @property
    def deleted_count(self) -> int:
        """How many files are gone."""
        return len(self.deleted)

    @property
    def total_deleted(self) -> int:
        """The same as `deleted_count`."""
        return len(self.deleted)

    @property
    def failed_count(self) -> int:
        """How many files are not gone."""
        return len(self.failed)

    @property
    def total_failed(self) -> int:
        """The same as `failed_count`."""
        return len(self.failed)

    @property
    def errors(self) -> list[DeletionError]:
        """The files that are not gone, each with a reason."""
        return [DeletionError(file_id=each, error="Not deleted.") for each in self.failed]

    @property
    def message(self) -> str:
        """What happened, in a sentence."""
        return f"Deleted {len(self.deleted)} of {self.total_requested} files."
