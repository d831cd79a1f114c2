"""Chunks that differ in their text alone, known by their bytes: the hot path of the decoder.

Nearly all chunks of an answer are the same bytes around another text. Once one of them was
read in full, its beginning and end are remembered; between them a chunk of the same kind has
one JSON string, and everything else in it was just taken note of: a pattern holds until the
next chunk that is read in full.
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import orjson

_PROBE = "\x00probe"
_TRIALS = 8
_WORTH = 16


class Pattern(NamedTuple):
    """Bytes around the text, where the text stands, and who gets it."""

    prefix: bytes
    suffix: bytes
    begin: int
    end: int
    add: Callable[[str], None]


def _nobody(_: str) -> None:
    """Take the text of a chunk that does not exist."""


NO_PATTERN = Pattern(b"\xff", b"\xff", 0, 0, _nobody)
"""Fits nothing: no JSON begins so."""


class PatternTrials:
    """Ends the making of patterns that never fit: some servers have news in every chunk."""

    __slots__ = ("_left", "_made_at")

    def __init__(self) -> None:
        self._left = _TRIALS
        self._made_at = 0

    def may_pay(self, chunks: int) -> bool:
        """Tell whether to make another pattern after so many chunks."""
        if chunks - self._made_at < _WORTH:
            if not self._left:
                return False
            self._left -= 1
        self._made_at = chunks
        return True


def make_pattern(
    raw: bytes, chunk: dict[str, Any], field: str, add: Callable[[str], None]
) -> Pattern:
    """Return the pattern of a chunk whose delta has text in `field` and nothing else.

    `NO_PATTERN` where the bytes do not tell where the text stands.

    Args:
        raw: The chunk's bytes.
        chunk: The same, decoded.
        field: Of the delta.
        add: Gets the texts of chunks like this.
    """
    found = list(_string(field).finditer(raw))
    if not found:
        return NO_PATTERN
    begin, end = found[-1].span(1)
    made = Pattern(raw[:begin], raw[end:], begin, end - len(raw), add)
    return made if _proves(made, chunk, field) else NO_PATTERN


def _proves(made: Pattern, chunk: dict[str, Any], field: str) -> bool:
    """Tell whether another string between the bytes changes the field and nothing else."""
    try:
        probe = orjson.loads(made.prefix + orjson.dumps(_PROBE) + made.suffix)
    except orjson.JSONDecodeError:
        return False
    delta = chunk["choices"][0]["delta"]
    text, delta[field] = delta[field], _PROBE
    is_same = bool(probe == chunk)
    delta[field] = text
    return is_same


_STRINGS: dict[str, re.Pattern[bytes]] = {}


def _string(field: str) -> re.Pattern[bytes]:
    if field not in _STRINGS:
        name = re.escape(orjson.dumps(field))
        _STRINGS[field] = re.compile(name + rb'\s*:\s*("[^"\\]*+(?:\\.[^"\\]*+)*+")', re.DOTALL)
    return _STRINGS[field]
