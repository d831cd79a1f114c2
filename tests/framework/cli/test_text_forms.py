"""The forms of output: one-line calls, tables, TOML, JSON, styles, progress."""

import io
import json
import threading
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.cli.json_text import line, pretty
from jackfield.cli.progress import progress_on
from jackfield.cli.style import harmless, shows_styles, styled
from jackfield.cli.tables import aligned, show_table
from jackfield.cli.toml_text import flat_rows, table_lines
from jackfield.cli.wording import call_line, cut, result_line, usage_line
from jackfield.events import ToolExecutionEndEvent
from jackfield.messages import AssistantMessage, TextContent
from jackfield.tools import AgentToolResult
from jackfield.usage import Cost, Usage


class Terminal(io.StringIO):
    """A stream that says that a person looks at it."""

    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def _colourful(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def test_call_is_one_line_of_limited_width():
    text = call_line("search", {"query": "a\nb", "limit": 3, "odd": {1, 2}}, 200)
    assert text == '-> search(query="a\\nb", limit=3, odd={1, 2})'
    assert len(call_line("search", {"query": "x" * 500}, 40)) == 40


def test_result_shows_text_parts_and_names_the_others():
    result = AgentToolResult(content=[TextContent(text="two\nlines"), {"type": "image"}])
    assert result_line("t", result, is_error=False, width=80) == "<- t: two lines [image]"
    assert result_line("t", result, is_error=True, width=80) == "<- t: error: two lines [image]"
    assert result_line("t", None, is_error=False, width=80) == "<- t: done"


def test_usage_of_all_answers_of_a_run_is_one_line():
    one = AssistantMessage(
        usage=Usage(input=1000, output=20, cache_read=900, total_tokens=1020, cost=Cost(total=0.01))
    )
    text = usage_line([one, one], 1.25)
    assert text == "2,000 tokens in (1,800 cached), 40 out, $0.0200, 1.2 s"
    assert usage_line([AssistantMessage()], 0.5) == "0.5 s"


def test_escape_sequences_of_a_model_do_not_reach_a_terminal():
    assert harmless("a\x1b[2Jb\r\x07c\td\n\x9b1m") == "a[2Jbc\td\n1m"
    assert cut("x\x1b]0;title\x07y", 20) == "x]0;titley"


@pytest.mark.parametrize(
    ("stream", "environ", "shows"),
    [
        (Terminal(), {}, True),
        (io.StringIO(), {}, False),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"TERM": "dumb"}, False),
    ],
)
def test_styles_are_for_terminals_that_want_them(monkeypatch, stream, environ, shows):
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert shows_styles(stream) is shows
    assert ("\x1b" in styled("text", "red", stream=stream)) is shows


def test_plain_table_is_aligned_and_uncut(capsys):
    show_table(("name", "text"), [("a", "x" * 300), ("longer", "y\nz")])
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["NAME    TEXT", f"a       {'x' * 300}", "longer  y z"]
    assert aligned([["a", ""]]) == ["a"]


def tables(values):
    names = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
    return st.dictionaries(names, values, max_size=4)


TOML_VALUES = st.recursive(
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | tables(inner),
    max_leaves=12,
)


@given(tables(TOML_VALUES))
def test_shown_configuration_is_toml_that_reads_back(data):
    assert tomllib.loads("\n".join(table_lines(data))) == data


@given(tables(TOML_VALUES))
def test_every_flat_line_is_toml_of_its_own(data):
    for path, text in flat_rows(data):
        value = tomllib.loads(text)
        for part in path:
            value = value[part]


def test_json_line_marks_what_json_does_not_know():
    result = AgentToolResult(
        details={"object": io, "nan": float("nan"), (1, 2): "key", "text": "\ud800é"}
    )
    text = line(ToolExecutionEndEvent("id", "tool", result, is_error=False))
    details = json.loads(text)["result"]["details"]
    assert details["object"] == {"$repr": repr(io)}
    assert details["nan"] == {"$repr": "nan"}
    assert details["(1, 2)"] == "key"
    assert text.isascii()
    assert "\n" not in text


def test_json_line_survives_what_cannot_be_written_at_all():
    circle = {}
    circle["self"] = circle
    for details in (circle, {"set": {1, "a"}}):
        result = AgentToolResult(details=details)
        event = ToolExecutionEndEvent("id", "tool", result, is_error=False)
        found = json.loads(line(event))
        assert found["type"] == "tool_execution_end"
        assert "$repr" in found


def test_listing_is_indented_json():
    assert pretty({"a": ["é"]}) == '{\n  "a": [\n    "é"\n  ]\n}'


def test_progress_in_a_log_is_a_line_every_ten_percent():
    log = io.StringIO()
    with progress_on(log, "Downloading", total=1_000_000, unit="bytes") as progress:
        for _ in range(1000):
            progress.advance(1000)
    lines = log.getvalue().splitlines()
    assert lines[0] == "Downloading ..."
    assert lines[1:3] == ["Downloading: 10 % of 1.0 MB", "Downloading: 20 % of 1.0 MB"]
    assert len(lines) == 11


def test_progress_of_unknown_length_counts_units():
    log = io.StringIO()
    with progress_on(log, "Reading", unit="files") as progress:
        progress.advance(250_000_000)
    assert log.getvalue().splitlines() == ["Reading ...", "Reading: 250,000,000 files"]


def test_progress_may_advance_from_many_threads():
    log = io.StringIO()
    with progress_on(log, "Work", total=8000, unit="rows") as progress:
        threads = [
            threading.Thread(target=lambda: [progress.advance(1) for _ in range(1000)])
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert log.getvalue().splitlines()[-1] == "Work: 100 % of 8,000 rows"


def test_progress_on_a_terminal_is_a_bar():
    screen = Terminal()
    with progress_on(screen, "Downloading", total=100, unit="bytes") as progress:
        progress.advance(50)
    assert "Downloading" in screen.getvalue()
    assert "\x1b[" in screen.getvalue()
