"""The sink `jsonl`: one line an event, in a file that only its owner reads."""

import json
import os
import stat
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import AgentToolResult, AssistantMessage, EventSink, TextContent, UserMessage
from jackfield.builtins.sink_jsonl import file_name
from jackfield.errors import SettingsError
from jackfield.events import (
    AgentEndEvent,
    AgentStartEvent,
    MessageEndEvent,
    MessageUpdateEvent,
    TextDeltaEvent,
    ToolExecutionEndEvent,
    TurnStartEvent,
)


def run(run_id="r1", session_id=None):
    message = AssistantMessage(content=[TextContent(text="Grüße")], stop_reason="stop")
    return [
        AgentStartEvent(run_id=run_id, session_id=session_id),
        TurnStartEvent(),
        MessageUpdateEvent(message, TextDeltaEvent(0, "Grüße", message)),
        MessageEndEvent(message),
        AgentEndEvent(messages=[message]),
    ]


def tool_end(result):
    return ToolExecutionEndEvent("c1", "look", result, is_error=False)


def lines(path):
    return [json.loads(line) for line in path.read_bytes().decode("utf-8").splitlines()]


@pytest.fixture
def sink(panel, tmp_path):
    return panel.open("sink", "jsonl", path=str(tmp_path / "runs" / "{run_id}.jsonl"))


async def test_each_event_is_a_line_in_order(sink, tmp_path):
    assert isinstance(sink, EventSink)
    events = run()
    await sink.handle(events[:2])
    await sink.handle(events[2:])
    written = lines(tmp_path / "runs" / "r1.jsonl")
    kinds = [line["type"] for line in written]
    assert kinds == ["agent_start", "turn_start", "message_end", "agent_end"]
    assert written[2]["message"]["content"][0]["text"] == "Grüße"
    assert {line["run_id"] for line in written} == {"r1"}
    assert all(isinstance(line["timestamp"], int) for line in written)


async def test_deltas_are_written_on_request(panel, tmp_path):
    sink = panel.open("sink", "jsonl", path=str(tmp_path / "all.jsonl"), deltas=True)
    await sink.handle(run())
    delta = lines(tmp_path / "all.jsonl")[2]
    assert delta["assistant_message_event"] == {
        "type": "text_delta",
        "content_index": 0,
        "delta": "Grüße",
    }
    assert "message" not in delta


async def test_each_run_has_its_own_file(sink, tmp_path):
    await sink.handle([*run("r1"), *run("r2")])
    assert [len(lines(tmp_path / "runs" / f"{name}.jsonl")) for name in ("r1", "r2")] == [4, 4]


async def test_runs_are_appended_to_a_shared_file(panel, tmp_path):
    for run_id in ("r1", "r2"):
        sink = panel.open("sink", "jsonl", path=str(tmp_path / "all.jsonl"))
        await sink.handle(run(run_id))
        await sink.aclose()
    assert [line["run_id"] for line in lines(tmp_path / "all.jsonl")] == ["r1"] * 4 + ["r2"] * 4


async def test_session_and_date_name_folders(panel, tmp_path):
    sink = panel.open("sink", "jsonl", path=str(tmp_path / "{date}" / "{session_id}.jsonl"))
    await sink.handle(run(session_id="s-1") + run())
    [folder] = tmp_path.glob("20*")
    assert abs((datetime.now(UTC).date() - datetime.fromisoformat(folder.name).date()).days) <= 1
    assert sorted(path.name for path in folder.iterdir()) == ["no-session.jsonl", "s-1.jsonl"]


async def test_events_before_any_start_are_kept(sink, tmp_path):
    await sink.handle([TurnStartEvent()])
    assert lines(tmp_path / "runs" / "unknown.jsonl")[0]["type"] == "turn_start"


async def test_ids_from_outside_cannot_leave_the_folder(sink, tmp_path):
    await sink.handle(run("../../etc/passwd"))
    await sink.handle(run("/absolute"))
    await sink.handle(run("a\x00b"))
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 3
    assert {path.parent for path in files} == {tmp_path / "runs"}


@given(st.text(), st.text())
def test_file_names_are_harmless_and_distinct(one, other):
    name = file_name(one)
    assert name.isascii()
    assert len(name) <= 90
    assert not set(name) & set("/\\.:\x00")
    assert (name == file_name(other)) == (one == other)


@pytest.mark.skipif(os.name != "posix", reason="permission bits are POSIX")
async def test_only_the_owner_may_read_the_file(sink, tmp_path):
    await sink.handle(run())
    mode = (tmp_path / "runs" / "r1.jsonl").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


class Odd:
    def __repr__(self):
        return "<odd>" * 1000


class Hostile:
    def __repr__(self):
        raise RuntimeError


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Odd(), {"$repr": ("<odd>" * 1000)[:500]}),
        (Hostile(), {"$repr": "Hostile"}),
        (b"x", {"$repr": "b'x'"}),
        ({1, 2}, [1, 2]),
        ("line\nbreak\u2028", "line\nbreak\u2028"),
        ("half \ud83d", "half \ud83d"),
    ],
    ids=["object", "hostile", "bytes", "set", "breaks", "surrogate"],
)
async def test_values_that_json_does_not_know_are_marked(sink, tmp_path, value, written):
    await sink.handle([*run()[:1], tool_end(AgentToolResult(details={"value": value}))])
    raw = (tmp_path / "runs" / "r1.jsonl").read_bytes()
    assert raw.count(b"\n") == 2
    assert json.loads(raw.splitlines()[1])["result"]["details"]["value"] == written


def circle():
    value = {}
    value["self"] = value
    return value


@pytest.mark.parametrize(
    "value", [circle(), {("a", 1): 2}, float("nan"), {1, "a"}], ids=["circle", "key", "nan", "set"]
)
async def test_an_event_that_cannot_be_written_leaves_its_type_and_reason(sink, tmp_path, value):
    await sink.handle([*run()[:1], tool_end({"value": value}), TurnStartEvent()])
    first, second, third = lines(tmp_path / "runs" / "r1.jsonl")
    assert (first["type"], third["type"]) == ("agent_start", "turn_start")
    assert second["type"] == "tool_execution_end"
    assert second["$repr"]


async def test_no_file_is_open_between_batches(sink, tmp_path):
    await sink.handle(run()[:1])
    (tmp_path / "runs" / "r1.jsonl").rename(tmp_path / "rotated.jsonl")
    await sink.handle(run()[1:])
    await sink.aclose()
    await sink.aclose()
    assert len(lines(tmp_path / "rotated.jsonl")) == 1
    assert len(lines(tmp_path / "runs" / "r1.jsonl")) == 3


async def test_opening_touches_no_file(panel, tmp_path):
    sink = panel.open("sink", "jsonl", path=str(tmp_path / "sub" / "{run_id}.jsonl"))
    await sink.handle([MessageUpdateEvent(AssistantMessage(), TextDeltaEvent(0, "x", None))])
    await sink.aclose()
    assert list(tmp_path.glob("sub")) == []


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("{runid}.jsonl", r"unknown field {runid}; did you mean {run_id}\?"),
        ("{whatever}.jsonl", "known are run_id, session_id, date"),
        ("{}.jsonl", "unknown field {}"),
        ("{run_id.__class__}", "unknown field"),
        ("{run_id!r}", "takes no format"),
        ("{date:>99999999999}", "takes no format"),
        ("{run_id", "expected '}'"),
        ("", "at least 1 character"),
    ],
)
def test_a_template_is_checked_when_it_is_opened(panel, path, says):
    with pytest.raises(SettingsError, match=says):
        panel.open("sink", "jsonl", path=path)


async def test_a_full_or_forbidden_place_is_an_error_for_the_feed(panel, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    sink = panel.open("sink", "jsonl", path=str(tmp_path / "file" / "x.jsonl"))
    with pytest.raises(OSError, match="file"):
        await sink.handle([MessageEndEvent(UserMessage(content="x"))])
