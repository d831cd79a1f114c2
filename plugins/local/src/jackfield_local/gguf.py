"""The head of a GGUF file: enough to tell what it is, without loading it.

Layout: magic `GGUF`, version (u32), tensor count (u64), entry count (u64), then entries of
key (u64 length and UTF-8), type (u32) and value, little endian. The general entries come
first; reading stops at the tokenizer's, which are large.
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

_NUMBERS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}
_STRING, _ARRAY = 8, 9
_LONGEST = 1 << 20
_MOST_ENTRIES = 10_000


class GgufError(ValueError):
    """The file is not a GGUF file that we can read; the message completes `This file ...`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GgufHeader:
    """What the head of a GGUF file says.

    Attributes:
        architecture: Kind of network, for example `llama`; empty when not said.
        name: The model's name for people; empty when not said.
        context_tokens: The context window that it was trained for; None when not said.
    """

    architecture: str = ""
    name: str = ""
    context_tokens: int | None = None


def read_header(path: Path) -> GgufHeader:
    """Read the head of the file.

    Raises:
        GgufError: It is no GGUF file, or its head is damaged.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        if file.read(4) != b"GGUF":
            raise GgufError("is not a GGUF file (its first four bytes are not `GGUF`)")
        version, _tensors, count = _unpack(file, "IQQ")
        if version not in (2, 3) or count > _MOST_ENTRIES:
            raise GgufError(f"has GGUF version {version}, known are 2 and 3")
        return _header_of(_entries(file, count))


def _header_of(entries: dict[str, Any]) -> GgufHeader:
    architecture = str(entries.get("general.architecture", ""))
    context = entries.get(f"{architecture}.context_length")
    return GgufHeader(
        architecture=architecture,
        name=str(entries.get("general.name", "")),
        context_tokens=context if isinstance(context, int) else None,
    )


def _entries(file: BinaryIO, count: int) -> dict[str, Any]:
    entries: dict[str, Any] = {}
    for _ in range(count):
        key = _string(file)
        if key.startswith("tokenizer."):
            break
        (kind,) = _unpack(file, "I")
        entries[key] = _value(file, kind)
    return entries


def _value(file: BinaryIO, kind: int) -> Any:
    if kind == _STRING:
        return _string(file)
    if kind == _ARRAY:
        item_kind, length = _unpack(file, "IQ")
        if length > _LONGEST or item_kind == _ARRAY:
            raise GgufError("has a damaged head")
        return [_value(file, item_kind) for _ in range(length)]
    if kind not in _NUMBERS:
        raise GgufError("has a damaged head")
    return _unpack(file, _NUMBERS[kind])[0]


def _string(file: BinaryIO) -> str:
    (length,) = _unpack(file, "Q")
    if length > _LONGEST:
        raise GgufError("has a damaged head")
    return _exactly(file, length).decode("utf-8", "replace")


def _unpack(file: BinaryIO, layout: str) -> tuple[Any, ...]:
    layout = f"<{layout}"
    return struct.unpack(layout, _exactly(file, struct.calcsize(layout)))


def _exactly(file: BinaryIO, length: int) -> bytes:
    data = file.read(length)
    if len(data) < length:
        raise GgufError("ends in the middle of its head")
    return data
