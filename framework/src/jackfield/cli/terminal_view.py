"""What a conversation looks like on a terminal: styles, a spinner, the model's thinking."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from jackfield.cli.render import PlainView
from jackfield.cli.style import harmless, is_terminal, shows_styles, styled
from jackfield.events import AgentEvent


class TerminalView(PlainView):
    """Shows a conversation to a person: a spinner while nothing comes, thinking dimmed.

    What a model or a tool says is freed of control characters, so that it cannot steer the
    terminal.

    Args:
        thinking: Whether to show the model's thinking.
    """

    def __init__(self, out: TextIO, err: TextIO, *, thinking: bool = True) -> None:
        super().__init__(out, err)
        self._shows_thinking = thinking
        self._spinner: Any = None

    def show(self, event: AgentEvent) -> None:
        """Show an event of a run; to be subscribed to an agent."""
        super().show(event)
        if event.type in ("turn_start", "tool_execution_start") and not self._pieces:
            self._spin()

    def close(self) -> None:
        """Stop the spinner and end the line."""
        self._rest()
        super().close()

    @contextmanager
    def progress(
        self, description: str, *, total: int | None = None, unit: str = ""
    ) -> Iterator[Any]:
        """Show progress in the place of the spinner."""
        was_spinning = self._spinner is not None
        self._rest()
        with super().progress(description, total=total, unit=unit) as shown:
            yield shown
        if was_spinning:
            self._spin()

    def line(self, text: str) -> None:
        """Write a line to stderr, between the answer's lines."""
        self._rest()
        super().line(text)

    def _put(self, text: str) -> None:
        self._rest()
        super()._put(text)

    def _dress(self, text: str) -> str:
        text = harmless(text)
        return styled(text, "dim", stream=self.out) if self._kind == "thinking" else text

    def _width(self) -> int:
        return shutil.get_terminal_size().columns - 1

    def _thinking(self, delta: str) -> None:
        if not self._shows_thinking:
            return
        if self._kind != "thinking" and not shows_styles(self.out):
            self._add("thinking", "(thinking) ")
        self._add("thinking", delta)

    def _spin(self) -> None:
        if self._spinner is None and shows_styles(self.err):
            from rich.console import Console  # noqa: PLC0415 - only where it draws on a terminal

            self._spinner = Console(file=self.err).status("")
            self._spinner.start()

    def _rest(self) -> None:
        if self._spinner is not None:
            spinner, self._spinner = self._spinner, None
            spinner.stop()


def view_for_process(*, thinking: bool = True) -> PlainView:
    """Return the view for this process's stdout and stderr."""
    if is_terminal(sys.stdout):
        return TerminalView(sys.stdout, sys.stderr, thinking=thinking)
    return PlainView(sys.stdout, sys.stderr)
