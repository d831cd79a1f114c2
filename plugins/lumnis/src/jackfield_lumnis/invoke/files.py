"""Files that a run may use: by reference, never from here. Source: spec/lumnis.md, 3.10."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from jackfield_lumnis.exceptions import LocalFileNotSupported, ValidationError

_WITH_HOST = frozenset({"http", "https"})
_SCHEMES = frozenset({"s3", "gs", "gcs", "file", "ftp", "ftps", "blob", "data"})
_LOCAL = ("/", "./", "../", "\\")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*(?=:)")


def file_references(files: Sequence[str | Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the references as they are sent.

    Args:
        files: Artifact names, URIs, or `{name, uri, mime_type, size_bytes}`.

    Raises:
        LocalFileNotSupported: One is a path on the local disk.
        ValidationError: One is neither a text nor a dictionary with a `uri`.
    """
    if isinstance(files, str | Mapping):
        raise ValidationError("files must be a list of references.")
    return [_reference(each, index) for index, each in enumerate(files)]


def is_reference(text: str) -> bool:
    """Tell whether the service may be able to reach what the text names."""
    if text.startswith("artifact_"):
        return True
    if found := _SCHEME.match(text):
        return _is_uri(text, found.group().lower())
    if not text or text.startswith(_LOCAL):
        return False
    return "." not in text.rpartition("/")[2]


def _reference(given: object, index: int) -> dict[str, Any]:
    if isinstance(given, str):
        _check(given)
        return {"name": _name(given), "uri": given}
    if not isinstance(given, Mapping) or not isinstance(given.get("uri"), str):
        raise ValidationError(f"files[{index}] must be a text, or a dict with a uri.")
    _check(given["uri"])
    return dict(given)


def _check(text: str) -> None:
    if not is_reference(text):
        raise LocalFileNotSupported(text)


def _is_uri(text: str, scheme: str) -> bool:
    if scheme not in _WITH_HOST:
        return scheme in _SCHEMES
    try:
        return bool(urlsplit(text).hostname)
    except ValueError:
        return False


def _name(text: str) -> str:
    path = text.partition("?")[0].partition("#")[0].rstrip("/")
    return path.rpartition("/")[2] or text
