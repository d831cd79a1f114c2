"""Request bodies that are read while they are sent: files and multipart forms."""

import mimetypes
import os
import re
import secrets
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol, TypeAlias

from jackfield.errors import OptionError, ProviderError, StateError
from jackfield_httpx.service.address import texts_of

PIECE_BYTES = 256 * 1024
"""How much of a file is in memory at a time."""

FileSource: TypeAlias = str | os.PathLike[str] | bytes | IO[bytes]
"""A path, the content itself, or a file that is open for reading bytes."""


class Upload(Protocol):
    """A body that is too large to hold."""

    @property
    def content_type(self) -> str:
        """The value of that header."""

    @property
    def size_bytes(self) -> int | None:
        """How long it is; None when that cannot be known before it is read."""

    def pieces(self) -> Iterator[bytes]:
        """Read the body from its beginning; called again when the request is sent again."""


@dataclass(slots=True, frozen=True, kw_only=True)
class FilePart:
    """One file of a multipart form.

    Attributes:
        name: Name of the form's field.
        source: A path (a `str` is a path, never the content), bytes, or an open file, which is
            read from where it stands and stays open.
        filename: What the server is told; by default the last part of the path.
        content_type: By default guessed from the file's name.

    Raises:
        OptionError: There is no file name, or the file was opened for text.
        OSError: The path cannot be read; `FileNotFoundError` if it does not exist.
    """

    name: str
    source: FileSource
    filename: str | None = None
    content_type: str | None = None

    def __post_init__(self) -> None:
        if isinstance(self.source, str | os.PathLike) and not os.access(self.source, os.R_OK):
            with Path(self.source).open("rb"):  # raises what is wrong with it
                pass
        if not self.shown_name:
            raise OptionError(
                f"The file for the field '{self.name}' has no name.",
                hint="Give `filename` with bytes or an unnamed file.",
            )
        if hasattr(self.source, "encoding"):
            raise OptionError(
                f"The file for the field '{self.name}' was opened for text.",
                hint='Open it with mode "rb".',
            )

    @property
    def shown_name(self) -> str:
        """The file name that the server is told; empty when there is none."""
        if self.filename is not None:
            return self.filename
        if isinstance(self.source, bytes):
            return ""
        path = self.source if isinstance(self.source, str | os.PathLike) else None
        name = path if path is not None else getattr(self.source, "name", "")
        return Path(name).name if isinstance(name, str | os.PathLike) else ""

    @property
    def shown_type(self) -> str:
        """The content type that the server is told."""
        guess = self.content_type or mimetypes.guess_type(self.shown_name)[0]
        return guess or "application/octet-stream"


class FileBody:
    """A file sent as it is, without a form; implements `Upload`.

    Args:
        source: A path, bytes, or an open file.
        content_type: The value of that header.
    """

    def __init__(
        self, source: FileSource, *, content_type: str = "application/octet-stream"
    ) -> None:
        self._content = _Content(source)
        self.content_type = content_type

    @property
    def size_bytes(self) -> int | None:
        """How long the file is; None when it cannot be told."""
        return self._content.size_bytes()

    def pieces(self) -> Iterator[bytes]:
        """Read the file from its beginning."""
        return self._content.pieces()


class MultipartForm:
    """A `multipart/form-data` body; implements `Upload`.

    Args:
        fields: Values by name, sent before the files; written as in a query.
        files: In the order in which they are sent.
        boundary: Between the parts; drawn at random by default.
    """

    def __init__(
        self,
        fields: Mapping[str, object],
        files: Sequence[FilePart],
        *,
        boundary: str | None = None,
    ) -> None:
        self._boundary = boundary or secrets.token_hex(16)
        self._parts: list[tuple[bytes, _Content]] = []
        for name, text in texts_of(fields):
            self._add(_disposition(name), text.encode())
        for file in files:
            head = _disposition(file.name, file.shown_name)
            self._add(f"{head}\r\nContent-Type: {_line(file.shown_type)}", file.source)
        self._end = f"--{self._boundary}--\r\n".encode()

    @property
    def content_type(self) -> str:
        """The value of the header, with the boundary."""
        return f"multipart/form-data; boundary={self._boundary}"

    @property
    def size_bytes(self) -> int | None:
        """How long the whole body is; None when the length of a file cannot be told."""
        total = len(self._end)
        for head, content in self._parts:
            size = content.size_bytes()
            if size is None:
                return None
            total += len(head) + size + 2
        return total

    def pieces(self) -> Iterator[bytes]:
        """Read the fields and files from the beginning."""
        for head, content in self._parts:
            yield head
            yield from content.pieces()
            yield b"\r\n"
        yield self._end

    def _add(self, head: str, source: FileSource) -> None:
        text = f"--{self._boundary}\r\n{head}\r\n\r\n"
        self._parts.append((text.encode(), _Content(source)))


class _Content:
    """The bytes of one part, read in pieces."""

    def __init__(self, source: FileSource) -> None:
        self._source = source
        self._start: int | None = None
        self._read = False
        if not isinstance(source, bytes | str | os.PathLike) and source.seekable():
            self._start = source.tell()

    def size_bytes(self) -> int | None:
        source = self._source
        if isinstance(source, bytes):
            return len(source)
        if isinstance(source, str | os.PathLike):
            status = Path(source).stat()
            return status.st_size if stat.S_ISREG(status.st_mode) else None
        if self._start is None:
            return None
        place = source.tell()
        size = source.seek(0, os.SEEK_END) - self._start
        source.seek(place)
        return size

    def pieces(self) -> Iterator[bytes]:
        source = self._source
        if isinstance(source, bytes):
            view = memoryview(source)
            for start in range(0, len(view), PIECE_BYTES):
                yield bytes(view[start : start + PIECE_BYTES])
        elif isinstance(source, str | os.PathLike):
            with Path(source).open("rb") as file:
                yield from _read_on(file)
        else:
            self._rewind(source)
            yield from _read_on(source)

    def _rewind(self, file: IO[bytes]) -> None:
        if self._start is not None:
            file.seek(self._start)
        elif self._read:
            raise StateError(
                "The upload cannot be sent again: its file cannot be read twice.",
                hint="Give a path or bytes, or set `max_retries` to 0.",
            )
        self._read = True


def measured(upload: Upload, announced: str | None) -> Iterator[bytes]:
    """Read the body from its beginning and see that it is as long as the request says.

    Args:
        upload: The body.
        announced: The header `content-length`; None where the length was not known.

    Raises:
        ProviderError: It is longer or shorter: a file changed after it was measured.
    """
    size = 0
    for piece in upload.pieces():
        size += len(piece)
        if announced is not None and size > int(announced):
            break
        yield piece
    if announced is not None and size != int(announced):
        raise ProviderError(
            "The upload is not as long as it was when it was begun: its file has changed.",
            kind="invalid_request",
            hint="Send it again once nobody writes to it.",
        )


def _read_on(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(PIECE_BYTES):
        yield piece


def _disposition(name: str, filename: str | None = None) -> str:
    head = f'Content-Disposition: form-data; name="{_quoted(name)}"'
    return head if filename is None else f'{head}; filename="{_quoted(filename)}"'


def _quoted(text: str) -> str:
    """Escape a name as browsers do (WHATWG, multipart/form-data), so that it cannot end early."""
    text = text.encode("utf-8", "replace").decode()
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _line(text: str) -> str:
    return re.sub(r"[^\x20-\x7e]", "", text)
