"""Files and what the service makes of them. Source: spec/lumnis.md, 2.6."""

from typing import Any

from pydantic import Field

from jackfield_lumnis.models.record import Id, Record, Timestamp
from jackfield_lumnis.types import ContentType, FileScope, ProcessingStatus


class FileUpload(Record):
    """The reply to an upload.

    Attributes:
        file_id: The service's id of the file.
        file_name: Its name at the service, which may differ where the name was taken.
        status: How far its processing is.
        message: A sentence.
    """

    file_id: Id
    file_name: str = ""
    status: ProcessingStatus | str = Field(default="", union_mode="left_to_right")
    message: str = ""


class FailedUpload(Record):
    """A file that the service did not take.

    Attributes:
        filename: Its name.
        error: Why.
    """

    filename: str = ""
    error: str = ""


class BulkUpload(Record):
    """The reply to an upload of several files.

    Attributes:
        uploaded: Those that were taken.
        failed: Those that were not.
        total_uploaded: How many were taken.
        total_failed: How many were not.
    """

    uploaded: list[FileUpload] = Field(default_factory=list)
    failed: list[FailedUpload] = Field(default_factory=list)
    total_uploaded: int = 0
    total_failed: int = 0


class FileMetadata(Record):
    """A file.

    Attributes:
        id: The service's id.
        tenant_id: Whose tenant it belongs to.
        user_id: Whose it is; None for one of the tenant.
        file_name: Its name at the service.
        original_file_name: Its name when it was uploaded.
        file_type: Its kind, for example `pdf`.
        mime_type: Its media type.
        file_size: In bytes.
        file_scope: Who may use it.
        blob_url: Where it is stored.
        processing_status: How far its processing is.
        error_message: What went wrong in it.
        total_chunks: How many pieces it was cut into for searching.
        chunks_embedded: How many of these can be searched.
        tags: Its labels.
        created_at: When it was uploaded.
        updated_at: When it was last changed.
        deleted_at: When it was deleted.
    """

    id: Id
    tenant_id: Id | None = None
    user_id: Id | None = None
    file_name: str = ""
    original_file_name: str = ""
    file_type: str = ""
    mime_type: str = ""
    file_size: int = 0
    file_scope: FileScope | str = Field(default="", union_mode="left_to_right")
    blob_url: str | None = None
    processing_status: ProcessingStatus | str = Field(default="", union_mode="left_to_right")
    error_message: str | None = None
    total_chunks: int = 0
    chunks_embedded: int = 0
    tags: list[str] = Field(default_factory=list)
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    deleted_at: Timestamp | None = None

    @property
    def progress_percentage(self) -> float:
        """How much can be searched, from 0 to 100."""
        if self.total_chunks <= 0:
            return 100.0 if self.chunks_embedded > 0 else 0.0
        return min(100.0, self.chunks_embedded / self.total_chunks * 100)


class FileList(Record):
    """A page of files.

    Attributes:
        files: The files of the page.
        total_count: How many files there are.
        page: Number of the page, from 1.
        limit: How many files a full page has.
        has_more: Whether a page follows.
    """

    files: list[FileMetadata]
    total_count: int = 0
    page: int = 1
    limit: int = 20
    has_more: bool = False


class FileContent(Record):
    """The text of a file.

    Attributes:
        file_id: The service's id of the file.
        content_type: Which text it is.
        text: The text, or the lines that were asked for.
        metadata: What else is known.
        start_line: The first line, from 1.
        end_line: The last line.
        total_lines: How many lines the whole text has.
    """

    file_id: Id
    content_type: ContentType | str = Field(default="", union_mode="left_to_right")
    text: str = ""
    metadata: dict[str, Any] = Field(default_factory=dict)
    start_line: int | None = None
    end_line: int | None = None
    total_lines: int | None = None


class FileChunk(Record):
    """A piece of a file that was found.

    Attributes:
        id: The service's id.
        chunk_index: Its place in the file, from 0.
        chunk_text: The text.
        start_line: The first line in the file.
        end_line: The last line.
        token_count: Its length for a model.
        metadata: What else is known.
        similarity_score: How well it fits the query, from 0 to 1.
    """

    id: Id
    chunk_index: int = 0
    chunk_text: str = ""
    start_line: int | None = None
    end_line: int | None = None
    token_count: int | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    similarity_score: float | None = None


class FileSearchResult(Record):
    """A file that was found.

    Attributes:
        file: The file.
        chunks: The pieces that fit.
        overall_score: How well it fits, from 0 to 1.
    """

    file: FileMetadata
    chunks: list[FileChunk] = Field(default_factory=list)
    overall_score: float = 0.0


class FileSearchResponse(Record):
    """What a search found.

    Attributes:
        results: The files, the best one first.
        total_count: How many there are.
        query: What was searched for.
        processing_time_ms: How long the service took.
    """

    results: list[FileSearchResult]
    total_count: int = 0
    query: str = ""
    processing_time_ms: float | None = None


class FileProcessing(Record):
    """How far the processing of a file is.

    Attributes:
        status: Where it stands.
        progress_percentage: From 0 to 100.
        chunks_embedded: How many pieces can be searched.
        total_chunks: How many pieces there are.
        estimated_time_remaining_seconds: How long it will take.
        error_message: What went wrong.
        jobs: The single steps, as the service describes them.
    """

    status: ProcessingStatus | str = Field(union_mode="left_to_right")
    progress_percentage: float = 0.0
    chunks_embedded: int = 0
    total_chunks: int = 0
    estimated_time_remaining_seconds: float | None = None
    error_message: str | None = None
    jobs: list[dict[str, Any]] = Field(default_factory=list)
