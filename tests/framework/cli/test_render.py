"""What a conversation looks like, in a pipe and on a terminal."""

import io

import pytest

from jackfield.cli.json_view import JsonView
from jackfield.cli.render import PlainView
from jackfield.cli.terminal_view import TerminalView
from jackfield.events import (
    AgentEndEvent,
    AgentStartEvent,
    MessageEndEvent,
    MessageStartEvent,
    MessageUpdateEvent,
    TextDeltaEvent,
    ThinkingDeltaEvent,
    ToolExecutionEndEvent,
    ToolExecutionStartEvent,
    TurnStartEvent,
)
from jackfield.messages import AssistantMessage, TextContent, UserMessage
from jackfield.tools import AgentToolResult
from jackfield.usage import Usage


class Terminal(io.StringIO):
    """A stream that says that a person looks at it, and counts the writes."""

    writes = 0

    def isatty(self):
        return True

    def write(self, text):
        self.writes += 1
        return super().write(text)


def said(*deltas, kind=TextDeltaEvent, **fields):
    """Return the events of one assistant message."""
    message = AssistantMessage(content=[TextContent(text="".join(deltas))], **fields)
    return [
        TurnStartEvent(),
        MessageStartEvent(message),
        *[MessageUpdateEvent(message, kind(0, delta, message)) for delta in deltas],
        MessageEndEvent(message),
    ]


def called(text="42", *, is_error=False):
    result = AgentToolResult(content=[TextContent(text=text)])
    return [
        ToolExecutionStartEvent("1", "add", {"a": 1}),
        ToolExecutionEndEvent("1", "add", result, is_error),
    ]


async def show(view, *events, reason="stop"):
    """Show a run and close the view."""
    for event in [AgentStartEvent(), *events, AgentEndEvent([], reason)]:
        view.show(event)
    view.close()
    return view.out.getvalue(), view.err.getvalue()


@pytest.fixture(autouse=True)
def _colourful(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


async def test_pipe_gets_the_answer_and_nothing_else():
    view = PlainView(io.StringIO(), io.StringIO())
    out, err = await show(
        view,
        *said("Let me think.", kind=ThinkingDeltaEvent),
        *said("Let me add", "."),
        *called(),
        *said("It is 42."),
    )
    assert out == "Let me think.\nLet me add.\nIt is 42.\n"
    assert err == "-> add(a=1)\n<- add: 42\n"


async def test_thinking_is_left_out_of_a_pipe():
    message = AssistantMessage()
    view = PlainView(io.StringIO(), io.StringIO())
    thinking = MessageUpdateEvent(message, ThinkingDeltaEvent(0, "hm", message))
    out, err = await show(view, MessageStartEvent(message), thinking, *said("Yes"))
    assert (out, err) == ("Yes\n", "")


async def test_prompt_of_the_user_is_not_repeated():
    prompt = UserMessage(content="hello")
    view = PlainView(io.StringIO(), io.StringIO())
    out, _ = await show(view, MessageStartEvent(prompt), MessageEndEvent(prompt), *said("Hi"))
    assert out == "Hi\n"


async def test_text_of_a_provider_without_deltas_is_shown_once():
    message = AssistantMessage(content=[TextContent(text="whole")])
    view = PlainView(io.StringIO(), io.StringIO())
    out, _ = await show(view, MessageStartEvent(message), MessageEndEvent(message))
    assert out == "whole\n"


async def test_many_deltas_of_one_loop_turn_are_one_write():
    screen = Terminal()
    view = TerminalView(screen, io.StringIO())
    await show(view, *said(*["x"] * 1000))
    assert screen.getvalue() == "x" * 1000 + "\n"
    assert screen.writes == 2


async def test_escape_sequences_are_kept_from_a_terminal_but_not_from_a_pipe():
    screen = Terminal()
    await show(TerminalView(screen, io.StringIO()), *said("a\x1b[2Jb"), *called("\x1b[31mred"))
    assert "\x1b" not in screen.getvalue()

    pipe = io.StringIO()
    await show(PlainView(pipe, io.StringIO()), *said("a\x1b[2Jb"))
    assert pipe.getvalue() == "a\x1b[2Jb\n"


async def test_terminal_shows_thinking_dimmed_before_the_answer():
    message = AssistantMessage()
    view = TerminalView(Terminal(), io.StringIO())
    thinking = MessageUpdateEvent(message, ThinkingDeltaEvent(0, "hm", message))
    out, _ = await show(view, MessageStartEvent(message), thinking, *said("Yes"))
    assert out == "\x1b[2mhm\x1b[0m\nYes\n"


async def test_terminal_without_styles_marks_thinking_by_a_word(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    message = AssistantMessage()
    view = TerminalView(Terminal(), Terminal())
    updates = [
        MessageUpdateEvent(message, ThinkingDeltaEvent(0, text, message)) for text in ("h", "m")
    ]
    out, err = await show(view, MessageStartEvent(message), *updates, *said("Yes"))
    assert out == "(thinking) hm\nYes\n"
    assert "\x1b" not in err


async def test_thinking_can_be_switched_off():
    message = AssistantMessage()
    view = TerminalView(Terminal(), io.StringIO(), thinking=False)
    thinking = MessageUpdateEvent(message, ThinkingDeltaEvent(0, "hm", message))
    out, _ = await show(view, MessageStartEvent(message), thinking, *said("Yes"))
    assert out == "Yes\n"


async def test_usage_comes_last_where_a_person_looks():
    usage = Usage(input=10, output=2, total_tokens=12)
    terminal, pipe = Terminal(), io.StringIO()
    await show(PlainView(io.StringIO(), terminal), *said("Hi", usage=usage))
    await show(PlainView(io.StringIO(), pipe), *said("Hi", usage=usage))
    assert "10 tokens in, 2 out" in terminal.getvalue()
    assert pipe.getvalue() == ""


@pytest.mark.parametrize(
    ("fields", "reason", "text"),
    [
        ({"stop_reason": "length"}, "stop", "cut off"),
        ({}, "max_turns", "`max_turns`"),
        ({"stop_reason": "aborted"}, "aborted", "aborted"),
        ({"stop_reason": "error"}, "error", "error: no route"),
    ],
    ids=["length", "max_turns", "aborted", "error"],
)
async def test_bad_endings_are_told_on_stderr(fields, reason, text):
    view = PlainView(io.StringIO(), io.StringIO())
    view.explain = lambda: "no\nroute"
    out, err = await show(view, *said("partial", **fields), reason=reason)
    assert out == "partial\n"
    assert text in err


async def test_failed_tool_is_told_as_an_error():
    view = PlainView(io.StringIO(), io.StringIO())
    _, err = await show(view, *called("no such file", is_error=True))
    assert "<- add: error: no such file" in err


async def test_spinner_turns_only_while_nothing_comes():
    screen = Terminal()
    view = TerminalView(Terminal(), screen)
    view.show(TurnStartEvent())
    assert screen.getvalue() != ""
    out, err = await show(view, *said("Hi"))
    assert out == "Hi\n"
    assert err.endswith("s\x1b[0m\n")  # the usage line is the last


async def test_spinner_makes_room_for_progress_and_comes_back():
    screen = Terminal()
    view = TerminalView(Terminal(), screen)
    view.show(TurnStartEvent())
    with view.progress("Loading", total=10, unit="bytes") as progress:
        progress.advance(5)
    await show(view, *said("Hi"))
    assert "Loading" in screen.getvalue()
    assert view.out.getvalue() == "Hi\n"


async def test_reader_that_goes_away_aborts_the_run_once():
    class Broken(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    aborted = []
    view = PlainView(Broken(), io.StringIO())
    view.on_broken = lambda: aborted.append(True)
    await show(view, *said("one"), *said("two"))
    assert aborted == [True]
    assert isinstance(view.broken, BrokenPipeError)


async def test_json_lines_are_written_at_once_and_leave_partial_out():
    view = JsonView(io.StringIO(), io.StringIO())
    view.show(said("a", "b")[2])
    assert view.out.getvalue() == (
        '{"type": "message_update", "assistant_message_event": '
        '{"type": "text_delta", "content_index": 0, "delta": "a"}}\n'
    )


async def test_failed_run_in_json_tells_why_on_stderr_too():
    view = JsonView(io.StringIO(), io.StringIO())
    view.explain = lambda: "no route"
    view.show(AgentEndEvent([], "error"))
    assert view.err.getvalue() == "error: no route\n"
