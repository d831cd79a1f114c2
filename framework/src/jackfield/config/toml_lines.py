"""Where a key stands in a TOML text: `tomllib` keeps no positions, errors need them.

The text must already have been accepted by `tomllib`. A key inside an inline table has no
position of its own; ask for its parents.
"""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

KeyPath = tuple[str, ...]
Position = tuple[int, int]

_PART = r"""(?:[A-Za-z0-9_-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*')"""
_KEY = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_STATEMENT = re.compile(
    rf"[ \t]*(?:(?P<open>\[\[?)[ \t]*(?P<table>{_KEY})[ \t]*\]|(?P<key>{_KEY})[ \t]*=)"
)
_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|\#[^\n]*"
    r"|(?P<open>[\[{])|(?P<close>[\]}])|(?P<end>\n)"
    r"|[^\"'\#\[\]{}\n]+",
    re.DOTALL,
)


def key_path(text: str) -> KeyPath:
    """Return the parts of a dotted key: `a."b.c"` is `("a", "b.c")`.

    Raises:
        tomllib.TOMLDecodeError: The text is no TOML key.
    """
    node: Any = tomllib.loads(f"{text} = 0")
    path: list[str] = []
    while isinstance(node, dict):
        ((part, node),) = node.items()
        path.append(part)
    return tuple(path)


def positions(text: str) -> dict[KeyPath, Position]:
    """Return line and column, both from 1, of every table header and every key."""
    found: dict[KeyPath, Position] = {}
    table: KeyPath = ()
    for start, match in _statements(text):
        if match["table"]:
            path = table = key_path(match["table"])
        else:
            path = table + key_path(match["key"])
        offset = match.start("table" if match["table"] else "key")
        position = (text.count("\n", 0, start) + 1, offset - start + 1)
        for length in range(1, len(path) + 1):
            found.setdefault(path[:length], position)
        if match["open"] == "[":
            found[path] = position  # its own header, not that of a table inside, read before
    return found


def _statements(text: str) -> Iterator[tuple[int, re.Match[str]]]:
    """Yield the start of each line that begins a statement, and its match."""
    start, depth = 0, 0
    while start < len(text):
        match = _STATEMENT.match(text, start)
        if match:
            yield start, match
        end = match.end() if match else start
        for token in _TOKEN.finditer(text, end):
            depth += bool(token["open"]) - bool(token["close"])
            end = token.end()
            if token["end"] and depth <= 0:
                break
        start, depth = max(end, start + 1), 0
