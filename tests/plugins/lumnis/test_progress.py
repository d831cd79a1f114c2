"""Progress as text: the helpers, and a display that must not break a run."""

import io
import sys

import pytest
from support.lumnis_clients import entry, run, snapshot

from jackfield_lumnis import ProgressTracker, display_progress, format_progress_entry
from jackfield_lumnis.invoke.files import is_reference
from jackfield_lumnis.invoke.updates import UpdateFeed
from jackfield_lumnis.models.progress import ProgressEntry
from jackfield_lumnis.models.response import ResponseObject

FIND = {"name": "find", "args": {"q": "a", "n": 1}}
BARE = {"args": {}}


def test_an_entry_is_formatted_with_its_calls():
    told = format_progress_entry("planning", "Thinking", [FIND, BARE])
    assert told == "PLANNING: Thinking\n\t→ find(q='a', n=1)\n\t→ unknown"
    assert format_progress_entry("planning", "Thinking") == "PLANNING: Thinking"


def test_a_tracker_tells_each_thing_once():
    tracker = ProgressTracker()
    assert tracker.format_new_entries("a", "m") == "A: m"
    assert tracker.format_new_entries("a", "m") is None
    assert tracker.format_new_entries("a", "m", [FIND]) == "\t→ find(q='a', n=1)"
    assert tracker.format_new_entries("a", "m", [FIND]) is None
    assert tracker.format_new_entries("a", "other", [FIND]) == "A: other\n\t→ find(q='a', n=1)"
    tracker.reset()
    assert tracker.format_new_entries("a", "m") == "A: m"


def test_an_update_is_displayed(capsys):
    display_progress(ProgressEntry(state="planning", message="Thinking", tool_calls=[FIND]))
    display_progress(ProgressEntry(state="tool_update", message="x", tool_calls=[BARE]), "  ")
    assert capsys.readouterr().out == "PLANNING - Thinking\n\t→ find(q='a', n=1)\n  → unknown\n"


class _Broken(io.StringIO):
    def write(self, text: str) -> int:
        raise UnicodeEncodeError("cp1252", "→", 0, 1, "no such character")


async def test_a_display_that_fails_does_not_break_the_run(lumnis, server, monkeypatch):
    server.add(*run(snapshot("succeeded", entry("a", "m", FIND), output_text="7")))
    monkeypatch.setattr(sys, "stdout", _Broken())
    response = await lumnis.call("invoke", "x", user_id="u", show_progress=True)
    assert response.output_text == "7"


async def test_a_status_is_printed_when_it_changes(lumnis, server, capsys):
    server.add(*run(snapshot("queued"), snapshot("queued"), snapshot("paused"), snapshot("failed")))
    await lumnis.call("invoke", "x", user_id="u", show_progress=True)
    assert capsys.readouterr().out == "Status: queued\nStatus: paused\nStatus: failed\n"


def feed_of(*snapshots):
    feed = UpdateFeed()
    return [list(feed.take(ResponseObject.parse(each))) for each in snapshots]


def test_equal_entries_are_told_as_often_as_they_are_there():
    a = entry("working", "a")
    found = feed_of(snapshot("in_progress", a, a), snapshot("in_progress", a, a, a))
    assert [len(each) for each in found] == [2, 1]


def test_late_calls_name_their_entry_briefly():
    message = "m" * 60
    found = feed_of(
        snapshot("in_progress", entry("working", message), entry("working", "b")),
        snapshot("in_progress", entry("working", message, FIND, BARE), entry("working", "b", FIND)),
        snapshot("in_progress", entry("working", message, FIND), entry("working", "c")),
        snapshot("in_progress", entry("working", message, FIND, BARE)),
    )
    assert [(each.state, each.tool_calls) for each in found[1]] == [
        ("tool_update", [FIND, BARE]),
        ("tool_update", [FIND]),
    ]
    assert found[1][0].message == f"[Tool calls for: {'m' * 50}...]"
    assert found[1][1].message == "[Tool calls for: b]"
    assert [each.message for each in found[2]] == ["c"]
    assert found[3] == []


def test_new_entries_come_before_late_calls():
    found = feed_of(
        snapshot("in_progress", entry("working", "a")),
        snapshot("in_progress", entry("working", "a", FIND), entry("working", "b")),
    )
    assert [each.state for each in found[1]] == ["working", "tool_update"]


def test_fields_that_nobody_knows_are_kept_in_updates():
    strange = {**entry("working", "a"), "status": "odd", "colour": "red"}
    ((update,),) = feed_of(snapshot("in_progress", strange))
    assert (update.colour, update.status) == ("red", "in_progress")


@pytest.mark.parametrize(
    "text",
    [
        "artifact_1",
        "artifact_a/b.txt",
        "https://h/a.txt",
        "HTTP://h",
        "s3://b/k.txt",
        "gs://b/k",
        "gcs://b/k",
        "file:///a.txt",
        "ftp://h/a",
        "ftps://h/a",
        "blob:x",
        "data:,x",
        "name",
        "a/b",
    ],
)
def test_references_that_the_service_can_follow(text):
    assert is_reference(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/a",
        "./a",
        "../a",
        "\\\\server\\a",
        "\\a",
        "a.txt",
        "dir/a.txt",
        "C:\\a",
        "c:a",
        "http://",
        "https:///a",
        "gopher://h/a",
        "http://[",
        ".env",
    ],
)
def test_references_that_are_local_paths(text):
    assert not is_reference(text)
