"""Streams, however they are cut. Source: spec/assistant-ui.md, c.1 to c.3; acceptance check 8."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.assistant_streams import SAID, STATE, STATE_SAID

from jackfield_assistant_ui.wire.choosing import decoder_for, decoder_of
from jackfield_assistant_ui.wire.events import (
    Aborted,
    Annotations,
    ApprovalRequest,
    ApprovalResponse,
    CallArgs,
    CallArgsEnd,
    CallDenied,
    CallResult,
    CallStart,
    Data,
    File,
    Finish,
    MessageStart,
    Metadata,
    Reasoning,
    Source,
    StateOps,
    StepFinish,
    StepReset,
    StepStart,
    StreamError,
    Text,
)

DATA, TRANSPORT, UI = "data-stream", "assistant-transport", "ui-message-stream"


def read(decoder: Any, *pieces: bytes) -> list[Any]:
    found = [event for piece in pieces for event in decoder.feed(piece)]
    return found + decoder.close()


def sse(*frames: Any, done: bool = True) -> bytes:
    told = [frame if isinstance(frame, str) else json.dumps(frame) for frame in frames]
    return "".join(f"data: {each}\n\n" for each in [*told, *(["[DONE]"] if done else [])]).encode()


def events(protocol: str, data: bytes) -> list[Any]:
    """Return the events of a stream that is well."""
    decoder = decoder_of(protocol)
    found = read(decoder, data)
    assert decoder.problem == ""
    assert decoder.is_done
    return found


def broken(protocol: str, data: bytes) -> tuple[list[Any], str]:
    """Return the events of a stream that is not, and what is wrong."""
    decoder = decoder_of(protocol)
    found = read(decoder, data)
    assert decoder.problem
    assert decoder.feed(b'0:"more"\n') == []
    return found, decoder.problem


@pytest.mark.parametrize("protocol", [DATA, TRANSPORT, UI])
@given(at=st.lists(st.integers(0, 3000), max_size=12))
def test_a_reply_says_the_same_wherever_it_is_cut(protocol, at):
    data, said = SAID[protocol]
    bounds = [0, *sorted(min(each, len(data)) for each in at), len(data)]
    pieces = [data[a:b] for a, b in pairwise(bounds)]
    decoder = decoder_of(protocol)
    assert read(decoder, *pieces) == said
    assert decoder.problem == ""


@pytest.mark.parametrize("protocol", [DATA, TRANSPORT, UI])
def test_a_reply_that_comes_byte_by_byte_says_the_same(protocol):
    data, said = SAID[protocol]
    assert read(decoder_of(protocol), *[bytes([each]) for each in data]) == said


@pytest.mark.parametrize("protocol", [TRANSPORT, UI])
def test_lines_may_end_in_any_way(protocol):
    data, said = SAID[protocol]
    assert events(protocol, data.replace(b"\n", b"\r\n")) == said


def test_state_operations_come_with_the_state_after_them():
    decoder = decoder_of(TRANSPORT, {"messages": []})
    assert read(decoder, STATE) == STATE_SAID


def test_states_that_were_given_do_not_change_any_more():
    decoder = decoder_of(TRANSPORT, {"messages": []})
    first, second = read(decoder, STATE)
    assert first.state["messages"][1]["parts"][0]["text"] == "Hel"
    assert second.state["messages"][1]["parts"][0]["text"] == "Hello"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('0:"a"', [Text("a")]),
        ('g:"a"', [Reasoning("a")]),
        ('aui-text-delta:{"textDelta":"a","parentId":"p"}', [Text("a", "p")]),
        ('aui-reasoning-delta:{"reasoningDelta":"a","parentId":"p"}', [Reasoning("a", "p")]),
        ('aui-reasoning-part-start:{"unstable_summary":"s"}', []),
        ("2:[1,2]", [Data("", [1, 2])]),
        ("8:[1]", [Annotations([1])]),
        ('aui-data:{"name":"n","data":1}', [Data("n", 1)]),
        (
            'aui-state:[{"type":"set","path":[],"value":1}]',
            [StateOps([{"type": "set", "path": [], "value": 1}], 1)],
        ),
        (
            '9:{"toolCallId":"c","toolName":"t","args":{"a":1}}',
            [CallStart("c", "t"), CallArgs("c", '{"a":1}'), CallArgsEnd("c")],
        ),
        ('b:{"toolCallId":"c","toolName":"t"}', [CallStart("c", "t"), CallArgsEnd("c")]),
        ('3:"boom"', [StreamError("boom")]),
        ('3:{"error":"boom","code":"x"}', [StreamError("boom", "x")]),
        ('i:{"data":"x"}', []),
        ('j:{"signature":"x"}', []),
        ('d:{"finishReason":"tool-calls"}', [Finish("tool-calls")]),
        ('d:{"finishReason":"bored","usage":{"inputTokens":true}}', [Finish("other")]),
        ("e:{}", [StepFinish()]),
        ("f:{}", [StepStart()]),
        ('k:{"data":"x","mimeType":"a/b","parentId":"p"}', [File("x", "a/b", "p")]),
        ('h:{"sourceType":"url","id":"s","url":"u"}', [Source("s", "u")]),
    ],
)
def test_a_line_of_a_data_stream(line, said):
    assert events(DATA, line.encode() + b"\n") == said


def test_interleaved_calls_keep_their_arguments():
    lines = (
        b'b:{"toolCallId":"a","toolName":"t"}\nb:{"toolCallId":"b","toolName":"t"}\n'
        b'c:{"toolCallId":"a","argsTextDelta":"{"}\nc:{"toolCallId":"b","argsTextDelta":"[1"}\n'
        b'c:{"toolCallId":"a","argsTextDelta":"}"}\na:{"toolCallId":"b","result":1,"isError":true,'
        b'"artifact":2}\n'
    )
    assert events(DATA, lines) == [
        CallStart("a", "t"),
        CallStart("b", "t"),
        CallArgs("a", "{"),
        CallArgs("b", "[1"),
        CallArgs("a", "}"),
        CallArgsEnd("b"),
        CallResult("b", 1, is_error=True, artifact=2),
        CallArgsEnd("a"),
    ]


@pytest.mark.parametrize(
    "line", ["no code", "0:{", "0:7", "b:[]", '9:{"toolCallId":"c","toolName":"t"}', "2:{}"]
)
def test_unreadable_lines_of_a_data_stream_are_passed_over(line, caplog):
    assert events(DATA, f'0:"a"\n{line}\n\n0:"b"\n'.encode()) == [Text("a"), Text("b")]
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'0:"a"\nz:1\n0:"b"\n', "'z'"),
        (b'0:"a"\n0:"b"', "incomplete line"),
        (b'0:"a"\na:{"toolCallId":"c","result":1}\n', "no tool call 'c'"),
        (b'0:"a"\nc:{"toolCallId":"c","argsTextDelta":"x"}\n', "no tool call 'c'"),
        (b'0:"a"\naui-state:[{"type":"append-text","path":["x"],"value":"y"}]\n', "Expected str"),
        (b'0:"a"\naui-state:[{"type":"pop","path":[]}]\n', "'pop'"),
    ],
)
def test_mistakes_that_end_a_data_stream_leave_what_came(data, reason):
    found, problem = broken(DATA, data)
    assert found == [Text("a")]
    assert reason in problem


def test_a_call_that_begins_twice_ends_a_data_stream():
    line = b'b:{"toolCallId":"c","toolName":"t"}\n'
    found, problem = broken(DATA, line + line)
    assert found == [CallStart("c", "t")]
    assert "twice" in problem


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (
            {"type": "part-start", "path": [], "part": {"type": "data", "name": "n", "data": 1}},
            [Data("n", 1)],
        ),
        ({"type": "data", "data": [1]}, [Data("", [1])]),
        ({"type": "annotations", "annotations": [1]}, [Annotations([1])]),
        (
            {"type": "error", "error": "boom", "code": "c", "severity": "warning"},
            [StreamError("boom", "c", "warning")],
        ),
        ({"type": "text-delta", "path": [0], "textDelta": "x"}, []),
        ({"type": "result", "path": [7], "result": 1}, []),
        ({"type": "unknown"}, []),
        ("not json", []),
        ("[1]", []),
    ],
)
def test_a_frame_of_a_transport_stream(frame, said):
    assert events(TRANSPORT, sse(frame)) == said


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        ({"type": "start"}, [MessageStart()]),
        (
            {"type": "start", "messageMetadata": {"a": 1}},
            [MessageStart(), Metadata({"a": 1})],
        ),
        ({"type": "reset-step"}, [StepReset()]),
        ({"type": "data-x", "data": 1}, [Data("x", 1)]),
        (
            {"type": "data-x", "data": 1, "id": "i", "transient": True},
            [Data("x", 1, "i", transient=True)],
        ),
        ({"type": "message-metadata", "messageMetadata": {"a": 1}}, [Metadata({"a": 1})]),
        ({"type": "error", "errorText": "boom"}, [StreamError("boom")]),
        ({"type": "abort"}, [Aborted()]),
        ({"type": "abort", "reason": "why"}, [Aborted("why")]),
        ({"type": "finish", "finishReason": "interrupted"}, [Finish("other")]),
        ({"type": "finish"}, [Finish()]),
        (
            {"type": "source-document", "sourceId": "s", "mediaType": "a/b", "title": "T"},
            [Source("s", "", "T")],
        ),
        ({"type": "reasoning-file", "url": "u", "mediaType": "a/b"}, [File("u", "a/b")]),
        (
            {"type": "tool-input-available", "toolCallId": "c", "toolName": "t", "input": {}},
            [CallStart("c", "t"), CallArgs("c", "{}"), CallArgsEnd("c")],
        ),
        (
            {
                "type": "tool-input-error",
                "toolCallId": "c",
                "toolName": "t",
                "input": 1,
                "errorText": "no",
            },
            [
                CallStart("c", "t"),
                CallArgs("c", "1"),
                CallArgsEnd("c"),
                CallResult("c", "no", is_error=True),
            ],
        ),
        (
            {"type": "tool-approval-request", "approvalId": "a", "toolCallId": "c"},
            [ApprovalRequest("a", "c")],
        ),
        (
            {"type": "tool-approval-response", "approvalId": "a", "approved": True},
            [ApprovalResponse("a", approved=True)],
        ),
        ({"type": "tool-output-denied", "toolCallId": "c"}, [CallDenied("c")]),
        ({"type": "custom", "kind": "a.b"}, []),
        ({"type": "of-tomorrow"}, []),
    ],
)
def test_a_frame_of_a_ui_message_stream(frame, said):
    assert events(UI, sse(frame)) == said


def test_preliminary_outputs_are_passed_over():
    call = {"type": "tool-input-start", "toolCallId": "c", "toolName": "t"}
    output = {"type": "tool-output-available", "toolCallId": "c", "output": 1}
    assert events(UI, sse(call, output | {"preliminary": True}, output)) == [
        CallStart("c", "t"),
        CallArgsEnd("c"),
        CallResult("c", 1),
    ]


DELTA = {"type": "text-delta", "id": "t", "delta": "a"}


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        ({"type": "text-delta", "id": "t"}, "'delta' must be a string"),
        ({"type": "tool-output-available", "toolCallId": "c", "output": 1}, "no tool call 'c'"),
        ("not json", "no JSON object"),
        ({"no": "type"}, "'type'"),
    ],
)
def test_mistakes_that_end_a_ui_message_stream_leave_what_came(frame, reason):
    found, problem = broken(UI, sse(DELTA, frame, DELTA))
    assert found == [Text("a")]
    assert reason in problem


@pytest.mark.parametrize("protocol", [TRANSPORT, UI])
def test_events_of_another_name_end_the_stream(protocol):
    found, problem = broken(protocol, b"event: ping\ndata: {}\n\n")
    assert found == []
    assert "'ping'" in problem


def test_an_end_without_done_is_no_end_of_a_transport_stream():
    frame = {"type": "message-finish", "finishReason": "stop"}
    found, problem = broken(TRANSPORT, sse(frame, done=False))
    assert found == [Finish("stop")]
    assert "[DONE]" in problem


def test_a_ui_message_stream_may_lack_done_after_its_end():
    assert events(UI, sse(DELTA, {"type": "finish"}, done=False)) == [Text("a"), Finish()]
    found, problem = broken(UI, sse(DELTA, done=False))
    assert found == [Text("a")]
    assert "[DONE]" in problem


def test_what_follows_done_is_not_read():
    assert events(UI, sse(DELTA) + sse(DELTA)) == [Text("a")]


@pytest.mark.parametrize("protocol", [DATA, TRANSPORT, UI])
def test_endless_lines_end_the_stream(protocol, monkeypatch):
    monkeypatch.setattr("jackfield_assistant_ui.wire.data_stream.MAX_LINE_BYTES", 1 << 20)
    decoder = decoder_of(protocol)
    chunk = b"x" * (1 << 20)
    for _ in range(20):
        decoder.feed(chunk)
    assert "bytes" in decoder.problem


@given(data=st.binary(max_size=200))
@pytest.mark.parametrize("protocol", [DATA, TRANSPORT, UI])
def test_no_bytes_make_a_decoder_raise(protocol, data):
    read(decoder_of(protocol), data)


def chosen(content_type: str, data: bytes, **headers: str) -> list[Any]:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    decoder = decoder_for({"content-type": content_type} | names)
    assert decoder is not None
    found = read(decoder, *[data[at : at + 7] for at in range(0, len(data), 7)])
    assert decoder.problem == ""
    return found


def test_the_protocol_is_seen_from_the_answer():
    (data, said), (frames, told), (ui, shown) = SAID[DATA], SAID[TRANSPORT], SAID[UI]
    assert chosen("text/plain; charset=utf-8", data) == said
    assert chosen("application/octet-stream", data, x_vercel_ai_data_stream="v1") == said
    assert chosen("text/plain", ui, x_vercel_ai_ui_message_stream="v1") == shown
    assert chosen("text/event-stream", b": hi\n\n" + frames) == told
    assert chosen("text/event-stream; charset=utf-8", ui) == shown
    assert chosen("text/event-stream", sse({"type": "error", "error": "x"})) == [StreamError("x")]
    assert chosen("text/event-stream", b"data: [DONE]\n\n") == []
    assert decoder_for({"content-type": "text/html"}) is None
    assert decoder_for({}) is None


def test_mistakes_show_through_the_decoder_that_chooses():
    decoder = decoder_for({"content-type": "text/event-stream"})
    assert read(decoder, sse({"type": "step-start", "messageId": "m"}, done=False)) == [
        StepStart("m")
    ]
    assert "[DONE]" in decoder.problem


def test_a_document_says_the_same_as_a_stream():
    document = {
        "threadId": "t1",
        "message": {
            "id": "m1",
            "role": "assistant",
            "parts": [
                {"type": "reasoning", "text": "Hm."},
                {"type": "text", "text": "Hi"},
                {
                    "type": "tool-call",
                    "toolCallId": "c",
                    "toolName": "t",
                    "args": {"a": 1},
                    "result": 2,
                },
                {"type": "source", "sourceType": "url", "id": "s", "url": "u"},
                {"type": "file", "data": "d", "mimeType": "a/b"},
                {"type": "odd"},
            ],
        },
        "state": {"messages": []},
        "status": {"type": "complete", "reason": "stop"},
    }
    assert chosen("application/json", json.dumps(document).encode()) == [
        MessageStart("m1"),
        Reasoning("Hm."),
        Text("Hi"),
        CallStart("c", "t"),
        CallArgs("c", '{"a":1}'),
        CallArgsEnd("c"),
        CallResult("c", 2),
        Source("s", "u"),
        File("d", "a/b"),
        Data("result", {"type": "odd"}),
        StateOps([{"type": "set", "path": [], "value": {"messages": []}}], {"messages": []}),
        Finish("stop"),
    ]


def test_a_document_of_another_form_is_data():
    assert chosen("application/json", b'{"ok":true}') == [Data("result", {"ok": True})]
    assert chosen("application/json", b"") == []


def test_a_failed_run_in_a_document_is_an_error():
    document = {"message": {"parts": []}, "status": {"reason": "error", "error": "boom"}}
    said = chosen("application/json", json.dumps(document).encode())
    assert said == [MessageStart(), StreamError("boom")]
