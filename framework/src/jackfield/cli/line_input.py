"""Reading what a person types: lines, continued lines, blocks, and the history of them."""

import sys
from collections.abc import Callable
from typing import TextIO

from jackfield.cli.history import History
from jackfield.cli.style import is_terminal

PROMPT = "> "
MORE = ". "
FENCE = "```"
QUOTES = '"""'


def read_message(ask: Callable[[str], str]) -> str:
    r"""Return one message.

    A line that ends in `\` goes on in the next one. A line that begins with three double
    quotes opens a block that the same mark ends; so does a code fence, whose marks stay.

    Args:
        ask: Shows a prompt and returns a line, as `input` does.

    Raises:
        EOFError: The input is over.
        KeyboardInterrupt: Ctrl-C.
    """
    line = ask(PROMPT)
    if line.lstrip().startswith(QUOTES):
        return _quoted(line.lstrip().removeprefix(QUOTES), ask)
    if line.lstrip().startswith(FENCE) and line.count(FENCE) == 1:
        return _fenced(line, ask)
    lines = [line]
    while lines[-1].endswith("\\"):
        lines[-1] = lines[-1].removesuffix("\\")
        lines.append(ask(MORE))
    return "\n".join(lines)


def _quoted(line: str, ask: Callable[[str], str]) -> str:
    lines = [line]
    while not lines[-1].rstrip().endswith(QUOTES):
        lines.append(ask(MORE))
    lines[-1] = lines[-1].rstrip().removesuffix(QUOTES)
    return "\n".join(lines).strip("\n")


def _fenced(line: str, ask: Callable[[str], str]) -> str:
    lines = [line, ask(MORE)]
    while lines[-1].strip() != FENCE:
        lines.append(ask(MORE))
    return "\n".join(lines)


class Keyboard:
    """Reads messages from the terminal and keeps the history of them.

    Args:
        history: What was typed before.
        out: Where the answers go; if no person sees it, the prompt is shown on `err`.
        err: Takes the prompt then.
    """

    def __init__(self, history: History, out: TextIO, err: TextIO) -> None:
        self._history = history
        self._err = err
        self._ask = input if is_terminal(out) else self._ask_aside
        history.load()

    def read(self) -> str:
        """Return the next message without surrounding white space.

        Raises:
            EOFError: Ctrl-D.
            KeyboardInterrupt: Ctrl-C.
        """
        text = read_message(self._ask)
        if text.strip():
            self._history.add(text)
        return text.strip()

    def _ask_aside(self, prompt: str) -> str:
        self._err.write(prompt)
        self._err.flush()
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        return line.removesuffix("\n")
