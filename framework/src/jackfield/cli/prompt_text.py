"""The prompt of a command: its words, with `-` for what is piped in."""

import sys
from collections.abc import Sequence

from jackfield.cli.style import is_terminal
from jackfield.errors import OptionError


def read_prompt(words: Sequence[str]) -> str | None:
    """Return the prompt, or None if there are no words and nobody pipes anything in.

    Piped input is only read when a `-` asks for it or there are no words: a program that
    inherits an open pipe must not wait for ever.

    Raises:
        OptionError: The prompt is empty.
    """
    if not words and is_terminal(sys.stdin):
        return None
    text = _joined(words or ["-"])
    if not text:
        raise OptionError("The prompt is empty.")
    return text


def _joined(words: Sequence[str]) -> str:
    """Join words by spaces; what is piped in stands on lines of its own."""
    text, piped = "", None
    for word in words:
        if word == "-":
            piped = sys.stdin.read().strip() if piped is None else piped
            text += f"\n\n{piped}\n\n"
        else:
            text += word if text.endswith("\n") or not text else f" {word}"
    return text.strip()
