"""Builders of server-sent events and chat completion chunks."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.errors import OptionError
from jackfield.testing import Call, Finish, Interleaved, Text, Thinking, sse
from jackfield.usage import Usage


def read(events):
    lines = b"".join(events).decode().split("\n\n")
    return [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: {")]


def test_an_event_has_its_fields_and_line_endings():
    assert sse.sse("a\nb", event="e", id="1") == b"event: e\nid: 1\ndata: a\ndata: b\n\n"
    assert sse.sse({"a": "\u00e9"}, end="\r\n") == 'data: {"a": "\u00e9"}\r\n\r\n'.encode()
    assert sse.comment("hi") == b": hi\n\n"


def test_a_text_answer_is_a_whole_stream():
    events = sse.chat_stream("Hello big world", Usage(input=7, output=3))
    assert events[-1] == sse.DONE
    chunks = read(events)
    texts = [c["choices"][0]["delta"].get("content", "") for c in chunks if c["choices"]]
    assert "".join(texts) == "Hello big world"
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["usage"]["total_tokens"] == 10
    assert Usage.from_openai(chunks[-1]["usage"]).input == 7


def test_thinking_and_calls_are_chunks_of_their_own():
    steps = [
        Thinking("hm", chunks=1),
        Text("ok", chunks=1),
        Interleaved(Call("a", {"x": 1}, chunks=2), Call("b", id="mine")),
        Call("c"),
    ]
    deltas = [c["choices"][0]["delta"] for c in read(sse.chat_stream(*steps)) if c["choices"]]
    assert deltas[1] == {"reasoning_content": "hm"}
    assert deltas[2] == {"content": "ok"}
    calls = [delta["tool_calls"][0] for delta in deltas if "tool_calls" in delta]
    assert [(c["index"], c["id"]) for c in calls if "id" in c] == [
        (0, "call_1"),
        (1, "mine"),
        (2, "call_3"),
    ]
    raw = "".join(c["function"].get("arguments", "") for c in calls if c["index"] == 0)
    assert json.loads(raw) == {"x": 1}


@pytest.mark.parametrize(
    ("steps", "reason"),
    [((Call("a"),), "tool_calls"), (("x",), "stop"), (("x", Finish("length")), "length")],
    ids=["calls", "text", "told"],
)
def test_the_finish_reason_follows_the_content(steps, reason):
    assert read(sse.chat_stream(*steps))[-2]["choices"][0]["finish_reason"] == reason


def test_answers_without_streaming_and_model_lists():
    assert sse.completion("hi")["choices"][0]["message"] == {"role": "assistant", "content": "hi"}
    assert [model["id"] for model in sse.model_list("a", "b")["data"]] == ["a", "b"]


@given(st.binary(), st.one_of(st.integers(1, 9), st.lists(st.integers(0, 5), max_size=9)))
def test_cutting_anew_keeps_the_bytes(data, sizes):
    pieces = sse.recut([data[:3], data[3:]], sizes)
    assert b"".join(pieces) == data
    assert all(pieces)


def test_cutting_into_nothing_is_refused():
    with pytest.raises(OptionError):
        sse.recut(b"abc", 0)
