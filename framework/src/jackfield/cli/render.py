"""What a conversation looks like in pipes and files; `terminal_view` has the styled form.

The answer goes to stdout, everything else to stderr. Text is written once per turn of the
event loop, however many deltas that turn brought.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TextIO

from jackfield.cli.progress import progress_on
from jackfield.cli.style import harmless, is_terminal, styled
from jackfield.cli.wording import call_line, cut, result_line, usage_line
from jackfield.events import AgentEvent
from jackfield.messages import AssistantMessage, extract_text

_PLAIN_WIDTH = 160
_LONGEST = 2000
_ENDINGS = {
    "length": "The answer was cut off: it reached the model's limit of output tokens.",
    "max_turns": "Stopped: the agent reached its `max_turns`.",
}


class PlainView:
    """Shows a conversation without styles, spinner or thinking.

    Args:
        out: Takes the answer, nothing else.
        err: Takes everything else.

    Attributes:
        on_broken: Called when nobody reads `out` any more.
        broken: The error that told so; None while somebody reads.
        explain: Returns why the run failed.
    """

    def __init__(self, out: TextIO, err: TextIO) -> None:
        self.out = out
        self.err = err
        self.on_broken: Callable[[], object] = lambda: None
        self.broken: BrokenPipeError | None = None
        self.explain: Callable[[], str | None] = lambda: None
        self._pieces: list[str] = []
        self._kind = "text"
        self._line_open = False
        self._shown_text = False
        self._answers: list[AssistantMessage] = []
        self._since = 0.0
        self._show = {
            "agent_start": self._started,
            "message_start": self._message_started,
            "message_update": self._updated,
            "message_end": self._message_ended,
            "tool_execution_start": self._tool_started,
            "tool_execution_end": self._tool_ended,
            "agent_end": self._ended,
        }

    def show(self, event: AgentEvent) -> None:
        """Show an event of a run; to be subscribed to an agent."""
        handle = self._show.get(event.type)
        if handle is not None:
            handle(event)

    def note(self, text: str, style: str = "dim") -> None:
        """Write a line to stderr, between the answer's lines."""
        self.line(styled(harmless(text), style, stream=self.err))

    def line(self, text: str) -> None:
        """Write a line that is harmless and styled already, as `failure.describe` gives it."""
        self.end_line()
        self.err.write(text + "\n")
        self.err.flush()

    def failure(self, text: str) -> None:
        """Write an error line to stderr."""
        self.note(f"error: {cut(text, _LONGEST)}", "red")

    def end_line(self) -> None:
        """Write what waits, and a line break if the last line of the answer has none."""
        self.flush()
        if self._line_open:
            self._put("\n")

    def flush(self) -> None:
        """Write the text that has come since the last flush."""
        if self._pieces:
            text = "".join(self._pieces)
            self._pieces.clear()
            self._put(self._dress(text))
            self._line_open = not text.endswith("\n")

    def close(self) -> None:
        """End the line; called once, last."""
        self.end_line()

    def progress(
        self, description: str, *, total: int | None = None, unit: str = ""
    ) -> AbstractContextManager[Any]:
        """Show progress while the context is open. Source: contracts.Host.progress."""
        self.end_line()
        return progress_on(self.err, description, total=total, unit=unit)

    def _dress(self, text: str) -> str:
        return text

    def _width(self) -> int:
        return _PLAIN_WIDTH

    def _add(self, kind: str, text: str) -> None:
        if kind != self._kind:
            self.end_line()
            self._kind = kind
        if not self._pieces:
            asyncio.get_running_loop().call_soon(self.flush)
        self._pieces.append(text)

    def _put(self, text: str) -> None:
        if self.broken is not None:
            return
        try:
            self.out.write(text)
            self.out.flush()
        except BrokenPipeError as error:
            self.broken = error
            self.on_broken()
        self._line_open = False

    def _started(self, _event: Any) -> None:
        self._answers = []
        self._since = time.monotonic()

    def _message_started(self, event: Any) -> None:
        if event.message.role == "assistant":
            self._shown_text = False

    def _updated(self, event: Any) -> None:
        inner = event.assistant_message_event
        if inner.type == "text_delta":
            self._shown_text = True
            self._add("text", inner.delta)
        elif inner.type == "thinking_delta":
            self._thinking(inner.delta)

    def _thinking(self, delta: str) -> None:
        """Leave thinking out: who reads a pipe wants the answer."""

    def _message_ended(self, event: Any) -> None:
        message = event.message
        if not isinstance(message, AssistantMessage):
            return
        self._answers.append(message)
        text = "" if self._shown_text else extract_text(message)
        if text:
            self._add("text", text)
        self.end_line()
        if message.stop_reason == "length":
            self.note(_ENDINGS["length"], "yellow")

    def _tool_started(self, event: Any) -> None:
        self.note(call_line(event.tool_name, event.args, self._width()))

    def _tool_ended(self, event: Any) -> None:
        style = "yellow" if event.is_error else "dim"
        width = self._width()
        line = result_line(event.tool_name, event.result, is_error=event.is_error, width=width)
        self.note(line, style)

    def _ended(self, event: Any) -> None:
        self.end_line()
        if event.reason in _ENDINGS:
            self.note(_ENDINGS[event.reason], "yellow")
        elif event.reason == "aborted":
            self.note("aborted", "yellow")
        if event.reason == "error":
            self.failure(self.explain() or "The run failed.")
        elif event.reason != "aborted" and is_terminal(self.err):
            self.note(usage_line(self._answers, time.monotonic() - self._since))
