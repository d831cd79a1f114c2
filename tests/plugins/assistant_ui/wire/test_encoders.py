"""Events as bytes, and what the client's decoders make of these. Source: c.1 to c.3, g.8."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.assistant_streams import PARTS

from jackfield_assistant_ui.wire import data_stream as read_data_stream
from jackfield_assistant_ui.wire import transport as read_transport
from jackfield_assistant_ui.wire import ui_messages as read_ui_messages
from jackfield_assistant_ui.wire.encoders import data_stream, transport, ui_messages
from jackfield_assistant_ui.wire.encoders.json_bytes import UnfitValueError, strict_bytes
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
    Finish,
    MessageStart,
    Metadata,
    Reasoning,
    StateOps,
    StepFinish,
    StepReset,
    StepStart,
    StreamError,
    Text,
)

USAGE = {"inputTokens": 1, "outputTokens": 2}
SIDES = {
    "data-stream": (data_stream.Encoder, read_data_stream.Decoder),
    "assistant-transport": (transport.Encoder, read_transport.Decoder),
    "ui-message-stream": (ui_messages.Encoder, read_ui_messages.Decoder),
}


def written(protocol, *events):
    encoder = SIDES[protocol][0]()
    return encoder.encode_all(events) + encoder.end()


def read(protocol, data):
    decoder = SIDES[protocol][1]()
    events = decoder.feed(data) + decoder.close()
    assert decoder.problem == ""
    return events


def frames(data):
    """Return the events of an event stream, checked to be whole."""
    events = data.decode().split("\n\n")
    assert events[-2:] == ["data: [DONE]", ""]
    return [json.loads(event.removeprefix("data: ")) for event in events[:-2]]


@pytest.mark.parametrize("protocol", SIDES)
def test_each_protocol_says_what_its_decoder_hears(protocol):
    events = [StepStart("m1"), *PARTS, StepFinish("stop", USAGE), Finish("stop", USAGE)]
    if protocol == "ui-message-stream":
        usage = {**USAGE, "totalTokens": 3}
        heard = [StepStart(), *PARTS, StepFinish(), Finish("stop", usage)]
        found = read(protocol, written(protocol, *events))
        assert [each for each in found if not isinstance(each, Metadata)] == heard
    else:
        assert read(protocol, written(protocol, *events)) == events


TEXTS = st.one_of(st.builds(Text, st.text(min_size=1)), st.builds(Reasoning, st.text(min_size=1)))


@pytest.mark.parametrize("protocol", SIDES)
@given(st.lists(TEXTS, max_size=8))
def test_any_text_survives(protocol, events):
    found = read(protocol, written(protocol, *events, Finish("stop", USAGE)))
    assert [each for each in found if isinstance(each, Text | Reasoning)] == events


@pytest.mark.parametrize("protocol", SIDES)
def test_interleaved_calls_keep_their_ids(protocol):
    events = [
        CallStart("a", "one"),
        CallStart("b", "two"),
        CallArgs("a", '{"x":'),
        CallArgs("b", "{}"),
        CallArgs("a", "1}"),
        CallArgsEnd("b"),
        CallArgsEnd("a"),
        CallResult("b", 2),
        CallResult("a", 1),
    ]
    found = read(protocol, written(protocol, *events, Finish("stop", USAGE)))
    assert [each for each in found if not isinstance(each, Finish | Metadata)] == events


def test_every_line_of_a_data_stream_is_code_json_and_line_feed():
    data = written("data-stream", StepStart("m"), *PARTS, StreamError("no"), Finish("error", USAGE))
    lines = data.split(b"\n")
    assert lines[-1] == b""
    codes = [line.split(b":", 1)[0].decode() for line in lines[:-1]]
    assert codes == ["f", "g", "0", "b", "c", "c", "a", "h", "k", "0", "3", "d"]
    for line in lines[:-1]:
        json.loads(line.split(b":", 1)[1], parse_constant=pytest.fail)


def test_data_stream_has_words_for_parents_data_and_annotations():
    data = written(
        "data-stream",
        Text("t", "p"),
        Reasoning("r", "p"),
        Data("chart", {"x": 1}),
        Data("", [1]),
        Annotations([{"a": 1}]),
        StateOps([{"type": "set", "path": [], "value": {}}]),
        CallStart("c", "n", "p"),
        CallResult("c", None, is_error=True, artifact={"k": 1}),
    )
    assert data.decode().splitlines() == [
        'aui-text-delta:{"textDelta":"t","parentId":"p"}',
        'aui-reasoning-delta:{"reasoningDelta":"r","parentId":"p"}',
        'aui-data:{"name":"chart","data":{"x":1}}',
        "2:[1]",
        '8:[{"a":1}]',
        'aui-state:[{"type":"set","path":[],"value":{}}]',
        'b:{"toolCallId":"c","toolName":"n","parentId":"p"}',
        'a:{"toolCallId":"c","result":null,"artifact":{"k":1},"isError":true}',
    ]


def test_parts_of_a_transport_stream_are_numbered_and_finished():
    found = frames(
        written("assistant-transport", Text("a"), Text("b"), CallStart("c", "n"), Text("d"))
    )
    assert [(each["type"], each["path"]) for each in found] == [
        ("part-start", []),
        ("text-delta", [0]),
        ("text-delta", [0]),
        ("part-finish", [0]),
        ("part-start", []),
        ("part-start", []),
        ("text-delta", [2]),
        ("part-finish", [2]),
    ]


def test_transport_writes_operations_in_one_chunk():
    operations = [
        {"type": "set", "path": ["a"], "value": ""},
        {"type": "append-text", "path": ["a"], "value": 'x"\u00e9'},
    ]
    [found] = frames(written("assistant-transport", StateOps(operations)))
    assert found == {"type": "update-state", "operations": operations, "path": []}


def test_error_is_the_last_word_of_a_ui_message_stream():
    found = frames(written("ui-message-stream", Text("a"), StreamError("no"), Finish("error")))
    assert [each["type"] for each in found] == ["text-start", "text-delta", "text-end", "error"]


def test_ui_message_stream_knows_approvals_and_the_rest():
    found = frames(
        written(
            "ui-message-stream",
            MessageStart("m"),
            Metadata({"modelId": "x"}),
            StepReset(),
            CallStart("c", "n"),
            CallArgs("c", "{"),
            CallArgsEnd("c"),
            ApprovalRequest("q", "c", "why"),
            ApprovalResponse("q", approved=False),
            CallDenied("c"),
            CallResult("d", {"x": 1}, is_error=True),
            Data("chart", 1, "id", transient=True),
            Aborted("gone"),
            Finish("unknown"),
        )
    )
    assert found[4:] == [
        {"type": "tool-input-delta", "toolCallId": "c", "inputTextDelta": "{"},
        {
            "type": "tool-input-error",
            "toolCallId": "c",
            "toolName": "n",
            "input": "{",
            "errorText": "The arguments of this call are not valid JSON.",
        },
        {"type": "tool-approval-request", "approvalId": "q", "toolCallId": "c", "reason": "why"},
        {"type": "tool-approval-response", "approvalId": "q", "approved": False},
        {"type": "tool-output-denied", "toolCallId": "c"},
        {"type": "tool-output-error", "toolCallId": "d", "errorText": '{"x":1}'},
        {"type": "data-chart", "data": 1, "id": "id", "transient": True},
        {"type": "abort", "reason": "gone"},
        {
            "type": "finish",
            "finishReason": "other",
            "messageMetadata": {"usage": {"inputTokens": 0, "outputTokens": 0, "totalTokens": 0}},
        },
    ]


def test_the_bytes_that_pages_look_for_are_literal():
    data = written("ui-message-stream", Finish("stop"))
    assert b'"type":"finish"' in data


@pytest.mark.parametrize("value", [math.nan, math.inf, {"x": [math.nan]}, object(), {1, 2}])
@pytest.mark.parametrize("protocol", SIDES)
def test_what_is_not_json_is_refused_and_never_written(protocol, value):
    encoder = SIDES[protocol][0]()
    encoder.encode(CallStart("c", "n"))
    with pytest.raises(UnfitValueError):
        encoder.encode(CallResult("c", value))


@pytest.mark.parametrize("protocol", SIDES)
def test_lone_surrogates_are_escaped(protocol):
    data = written(protocol, Text("a\ud800b"), CallStart("c", "n"), CallResult("c", "\udfff"))
    assert b"a\\ud800b" in data
    assert b"\\udfff" in data


def test_endless_nesting_is_refused():
    value = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(UnfitValueError):
        strict_bytes(value)
