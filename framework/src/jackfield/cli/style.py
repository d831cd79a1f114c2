"""Colours: the one place that knows whether a stream shows them."""

import os
from typing import Any, TextIO

import click

_STYLES: dict[str, dict[str, Any]] = {
    "bold": {"bold": True},
    "cyan": {"fg": "cyan"},
    "dim": {"dim": True},
    "green": {"fg": "green"},
    "plain": {},
    "red": {"fg": "red", "bold": True},
    "yellow": {"fg": "yellow"},
}

_CONTROLS = dict.fromkeys([*range(9), *range(11, 32), *range(127, 160)])


def is_terminal(stream: TextIO | None) -> bool:
    """Say whether a person looks at the stream (or types into it); None is a missing one."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


def shows_styles(stream: TextIO) -> bool:
    """Say whether the stream may get escape sequences (https://no-color.org)."""
    return (
        is_terminal(stream)
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM") not in ("dumb", "unknown")
    )


def styled(text: str, style: str, *, stream: TextIO) -> str:
    """Return the text in a style if the stream shows styles, else as it is."""
    wanted = _STYLES[style]
    return click.style(text, **wanted) if wanted and shows_styles(stream) else text


def harmless(text: str) -> str:
    """Return text without control characters: a model or tool must not steer the terminal."""
    return text.translate(_CONTROLS)
