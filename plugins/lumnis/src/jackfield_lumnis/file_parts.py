"""Local files on their way up: what they are called, and what is wrong with them.

A file is read while it is sent, never as a whole. Source: spec/lumnis.md, 2.6.
"""

import builtins
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import IO, TypeAlias

from jackfield_httpx.service import FilePart
from jackfield_lumnis.exceptions import (
    FileAccessDeniedError,
    FileNotFoundError,  # noqa: A004 - ours, which is also the builtin one
    FileOperationError,
)

FilePath: TypeAlias = str | os.PathLike[str]

FileData: TypeAlias = bytes | bytearray | memoryview | str | IO[bytes]
"""Bytes, text, or a file that is open for reading bytes."""


def part_of(
    field: str,
    *,
    file_path: FilePath | None = None,
    file_content: FileData | None = None,
    file_name: str | None = None,
) -> FilePart:
    """Return one file of a form.

    Args:
        field: Name of the form's field.
        file_path: The file; or
        file_content: what is in it.
        file_name: What the service is told: the last part, whatever path is before it.

    Raises:
        ValueError: There is neither or both, or content without a name.
        FileNotFoundError: There is no such file.
        FileAccessDeniedError: It may not be read.
        FileOperationError: It is a directory, or broken in another way.
    """
    if (file_path is None) == (file_content is None):
        raise ValueError("Give exactly one of file_path and file_content.")
    if file_path is not None:
        return _part_of_path(field, file_path, file_name)
    if not file_name:
        raise ValueError("file_name is required with file_content.")
    assert file_content is not None  # noqa: S101 - for the type checker
    return FilePart(name=field, source=_source(file_content), filename=last_part(file_name))


def parts_of(
    field: str,
    file_paths: Iterable[FilePath] | None,
    file_contents: Iterable[tuple[str, FileData]] | None,
) -> list[FilePart]:
    """Return the files of a form: those at paths first, then those with content.

    Raises:
        ValueError: There is none, or one has no name.
        FileOperationError: One cannot be read; see `part_of`.
    """
    if isinstance(file_paths, str | os.PathLike):
        file_paths = [file_paths]
    parts = [part_of(field, file_path=path) for path in file_paths or ()]
    parts += [
        part_of(field, file_content=content, file_name=name)
        for name, content in file_contents or ()
    ]
    if not parts:
        raise ValueError("Give at least one file in file_paths or file_contents.")
    return parts


def last_part(name: str) -> str:
    """Return the last part of a name with path parts, of any operating system.

    Raises:
        ValueError: There is none.
    """
    last = re.split(r"[/\\]", name)[-1].replace("\0", "")
    if last.strip() in ("", ".", ".."):
        raise ValueError(f"{name!r} is not the name of a file.")
    return last


def _part_of_path(field: str, path: FilePath, name: str | None) -> FilePart:
    try:
        if Path(path).is_dir():
            raise FileOperationError(f"'{os.fspath(path)}' is a directory, not a file.")
        shown = last_part(name or os.fspath(path))
        return FilePart(name=field, source=path, filename=shown)
    except builtins.FileNotFoundError as exc:
        raise FileNotFoundError(f"There is no file '{os.fspath(path)}'.") from exc
    except PermissionError as exc:
        raise FileAccessDeniedError(f"The file '{os.fspath(path)}' may not be read.") from exc
    except OSError as exc:
        said = exc.strerror or type(exc).__name__
        raise FileOperationError(f"The file '{os.fspath(path)}' cannot be read: {said}.") from exc


def _source(content: FileData) -> bytes | IO[bytes]:
    if isinstance(content, str):
        return content.encode()
    return bytes(content) if isinstance(content, bytearray | memoryview) else content
