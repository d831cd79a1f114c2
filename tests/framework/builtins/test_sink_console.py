"""The sink `console`: compact, harmless lines."""

import io
import sys

import pytest

from jackfield import AgentToolResult, AssistantMessage, EventSink, TextContent, Usage
from jackfield.events import (
    AgentEndEvent,
    AgentStartEvent,
    MessageEndEvent,
    ToolExecutionEndEvent,
    ToolExecutionStartEvent,
    TurnStartEvent,
)
from jackfield.messages import ErrorInfo


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def gave(text, *, is_error=False):
    result = AgentToolResult(content=[TextContent(text=text), {"type": "text", "text": "!"}])
    return ToolExecutionEndEvent("c1", "now", result, is_error)


def answered(**fields):
    usage = Usage(input=1200, output=90, cache_read=800)
    return MessageEndEvent(AssistantMessage(provider="p", model="m", usage=usage, **fields))


async def test_a_run_reads_as_one_line_a_thing(panel, capsys):
    sink = panel.open("sink", "console")
    assert isinstance(sink, EventSink)
    await sink.handle([AgentStartEvent(run_id="0123456789"), TurnStartEvent()])
    await sink.handle([ToolExecutionStartEvent("c1", "now", {"timezone": "UTC"}), gave("noon")])
    await sink.handle([answered(stop_reason="stop"), AgentEndEvent()])
    await sink.aclose()
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "01234567 run starts",
        '01234567 tool now {"timezone":"UTC"}',
        "01234567 tool now gave: noon!",
        "01234567 answer of p:m, 1200 tokens in (800 cached), 90 out, stop",
        "01234567 run ends: stop",
    ]


async def test_failures_say_their_kind(panel, capsys):
    sink = panel.open("sink", "console")
    error = ErrorInfo(kind="rate_limit", message="slow down")
    await sink.handle(
        [
            gave("no such zone", is_error=True),
            answered(stop_reason="error", error=error, error_message="slow down"),
        ]
    )
    assert capsys.readouterr().err.splitlines() == [
        "- tool now failed: no such zone!",
        "- error (rate_limit): slow down",
    ]


async def test_the_stream_can_be_chosen(panel, capsys):
    await panel.open("sink", "console", stream="stdout").handle([AgentStartEvent(run_id="r")])
    assert capsys.readouterr() == ("r run starts\n", "")


async def test_long_results_are_cut(panel, capsys):
    await panel.open("sink", "console", width=40).handle([gave("x" * 10_000)])
    line = capsys.readouterr().err
    assert len(line) == 41
    assert line.endswith("xxx...\n")


async def test_results_cannot_steer_the_terminal(panel, capsys):
    await panel.open("sink", "console").handle([gave("\x1b[2J\r\n\x07\u202eevil\x9b")])
    assert capsys.readouterr().err == "- tool now gave:  [2J    evil !\n"


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
async def test_only_a_terminal_gets_colours(panel, monkeypatch, no_color, coloured):
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    await panel.open("sink", "console").handle([AgentEndEvent(), gave("x", is_error=True)])
    assert ("\x1b[2m- run ends" in terminal.getvalue()) == coloured
    assert ("\x1b[31m- tool now failed" in terminal.getvalue()) == coloured


async def test_characters_that_the_stream_lacks_are_escaped(panel, monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(raw, encoding="ascii"))
    await panel.open("sink", "console").handle([gave("Grüße")])
    assert raw.getvalue() == b"- tool now gave: Gr\\xfc\\xdfe!\n"


async def test_a_process_without_streams_is_served(panel, monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    await panel.open("sink", "console").handle([AgentEndEvent()])
