"""Event sink `console`: one compact line for each thing that happens; for scripts and servers."""

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from typing import Any, Literal, TextIO

from pydantic import BaseModel, ConfigDict, Field

from jackfield import AgentEvent, AgentToolResult, AssistantMessage, EventSink, Usage, hookimpl
from jackfield.events import (
    AgentEndEvent,
    AgentStartEvent,
    MessageEndEvent,
    ToolExecutionEndEvent,
    ToolExecutionStartEvent,
)

jackfield_touches: dict[str, list[str]] = {}  # nothing

DIM, RED, PLAIN = "\x1b[2m", "\x1b[31m", "\x1b[0m"


class ConsoleSettings(BaseModel):
    """Where the lines go, and how long they may be."""

    model_config = ConfigDict(extra="forbid")

    stream: Literal["stderr", "stdout"] = Field(
        default="stderr", description="The stream to write to."
    )
    width: int = Field(
        default=160,
        ge=40,
        description="Characters after which a line is cut.",
    )


@hookimpl
def describe_settings() -> type[ConsoleSettings]:
    """Return the model of this sink's settings."""
    return ConsoleSettings


@hookimpl
def open_sink(settings: ConsoleSettings) -> EventSink:
    """Open a sink on a stream of the process."""
    return ConsoleSink(settings)


class ConsoleSink:
    """Writes lines such as `3f2a tool now {"timezone":"UTC"}`; coloured on a terminal only."""

    def __init__(self, settings: ConsoleSettings) -> None:
        self._settings = settings
        self._run = "-"

    async def handle(self, events: Sequence[AgentEvent]) -> None:
        """Write the lines of a batch with one call, in a thread: a stream may block."""
        telling = [event for event in events if event.type != "message_update"]
        lines = [line for event in telling if (line := self._line(event))]
        stream: TextIO | None = getattr(sys, self._settings.stream)
        if lines and stream is not None:
            await asyncio.to_thread(_write, stream, lines)

    async def aclose(self) -> None:
        """Do nothing: the stream belongs to the process."""

    def _line(self, event: AgentEvent) -> str:
        if isinstance(event, AgentStartEvent):
            self._run = _flat(event.run_id)[:8] or "-"
        text = describe(event)
        if not text:
            return ""
        line = f"{self._run} {_flat(text)}"
        width = self._settings.width
        return line if len(line) <= width else f"{line[: width - 3]}..."


def describe(event: AgentEvent) -> str:
    """Return what there is to say about an event; empty for nothing."""
    match event:
        case AgentStartEvent():
            return "run starts"
        case ToolExecutionStartEvent():
            return f"tool {event.tool_name} {_json(event.args)}"
        case ToolExecutionEndEvent():
            outcome = "failed" if event.is_error else "gave"
            return f"tool {event.tool_name} {outcome}: {_text_of(event.result)}"
        case MessageEndEvent(message=AssistantMessage() as message):
            return _answer(message)
        case AgentEndEvent():
            return f"run ends: {event.reason}"
    return ""


def _answer(message: AssistantMessage) -> str:
    if message.stop_reason in {"error", "aborted"}:
        kind = f" ({message.error.kind})" if message.error else ""
        return f"{message.stop_reason}{kind}: {message.error_message or ''}"
    model = f"{message.provider}:{message.model}"
    return f"answer of {model}, {_tokens(message.usage)}, {message.stop_reason}"


def _tokens(usage: Usage) -> str:
    cached = f" ({usage.cache_read} cached)" if usage.cache_read else ""
    return f"{usage.input} tokens in{cached}, {usage.output} out"


def _text_of(result: Any) -> str:
    parts = result.content if isinstance(result, AgentToolResult) else []
    return "".join(part.get("text") or "" for part in parts)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str, separators=(",", ":"))


def _flat(text: str) -> str:
    """Make one line of a text, without control characters that could steer a terminal."""
    return "".join(char if char.isprintable() else " " for char in text)


def _write(stream: TextIO, lines: list[str]) -> None:
    coloured = stream.isatty() and not os.environ.get("NO_COLOR")
    text = "".join((_coloured(line) if coloured else line) + "\n" for line in lines)
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()


def _coloured(line: str) -> str:
    words = line.split(" ", 3)
    failed = words[1] in {"error", "aborted"} or " failed: " in line
    return f"{RED if failed else DIM}{line}{PLAIN}"
