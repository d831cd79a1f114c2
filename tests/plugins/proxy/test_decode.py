"""Bytes of the proxy -> events and message. Source: spec/agent.md, 13.3, 13.4; checks 26, 27."""

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.run.grammar import EventOrder

START = {"type": "start"}
TEXT = {"type": "text_start", "contentIndex": 0}
HI = {"type": "text_delta", "contentIndex": 0, "delta": "Hi"}
DONE = {"type": "done", "reason": "stop", "usage": {}}
THINKING = {"type": "thinking_start", "contentIndex": 0}
CHECK_26 = (
    b'data: {"type":"start"}\n\n'
    b'data: {"type":"text_start","contentIndex":0}\n\n'
    b'data: {"type":"text_delta","contentIndex":0,"delta":"Hi"}\n\n'
    b'data: {"type":"text_end","contentIndex":0}\n\n'
    b'data: {"type":"toolcall_start","contentIndex":1,"id":"c1","toolName":"t"}\n\n'
    b'data: {"type":"toolcall_delta","contentIndex":1,"delta":"{\\"a\\":1}"}\n\n'
    b'data: {"type":"toolcall_end","contentIndex":1}\n\n'
    b'data: {"type":"done","reason":"toolUse","usage":{"input":1}}\n\n'
)
EVENTS_26 = [
    "start",
    ("text_start", 0),
    ("text_delta", 0, "Hi"),
    ("text_end", 0, "Hi"),
    ("tool_call_start", 1),
    ("tool_call_delta", 1, '{"a":1}'),
    ("tool_call_end", 1, {"a": 1}),
    ("done", "tool_calls"),
]


def call(index, name="t", call_id="c1"):
    return {"type": "toolcall_start", "contentIndex": index, "id": call_id, "toolName": name}


def call_delta(index, delta):
    return {"type": "toolcall_delta", "contentIndex": index, "delta": delta}


def call_end(index, **fields):
    return {"type": "toolcall_end", "contentIndex": index} | fields


@pytest.mark.parametrize("cut", range(len(CHECK_26) + 1))
def test_any_cut_gives_the_same_events(decode, told, cut):
    answer = decode([CHECK_26[:cut], CHECK_26[cut:]])
    assert told(answer.events) == EVENTS_26
    usage = answer.message.usage
    assert usage.input == 1
    counts = usage.to_dict()
    cost = counts.pop("cost")
    assert {name for name, value in counts.items() if value} == {"input"}
    assert not any(cost.values())


def test_byte_by_byte_gives_the_same_events(decode, told):
    answer = decode([bytes([byte]) for byte in CHECK_26])
    assert told(answer.events) == EVENTS_26
    assert answer.message.tool_calls()[0].id == "c1"
    assert answer.message.raw_stop_reason == "toolUse"


@pytest.mark.parametrize("end", ["\r", "\r\n"])
def test_other_line_ends_comments_and_event_fields_are_framing(decode, told, end):
    text = CHECK_26.decode().replace("data: ", "event: message\n: life\ndata:").replace("\n", end)
    assert told(decode([b"\xef\xbb\xbf", text.encode()]).events) == EVENTS_26


def test_last_line_without_newline_counts(decode, told):
    assert told(decode([CHECK_26.rstrip()]).events) == EVENTS_26


def test_one_object_may_stand_on_several_lines(decode, told, wire):
    pretty = "".join(f"data: {line}\n" for line in json.dumps(HI, indent=1).splitlines())
    answer = decode([wire(START, TEXT), pretty.encode() + b"\n", wire(DONE)])
    assert told(answer.events)[2] == ("text_delta", 0, "Hi")


def test_what_orjson_refuses_is_read_all_the_same(decode, wire):
    odd = b'data: {"type":"text_delta","contentIndex":0,"delta":"a\\ud83d\xff\tb"}\n\n'
    answer = decode([wire(START, TEXT), odd, wire(DONE)])
    assert answer.message.content[0].text == "a\ufffd\ufffd\tb"


def test_signatures_of_text_and_thinking_are_kept(decode, told, wire):
    answer = decode(
        [
            wire(
                THINKING,
                {"type": "thinking_delta", "contentIndex": 0, "delta": "hm"},
                {"type": "thinking_end", "contentIndex": 0, "contentSignature": "s0"},
                {"type": "text_start", "contentIndex": 1},
                HI | {"contentIndex": 1},
                {"type": "text_end", "contentIndex": 1, "contentSignature": "s1"},
                DONE,
            )
        ]
    )
    assert told(answer.events)[1:4] == [
        ("thinking_start", 0),
        ("thinking_delta", 0, "hm"),
        ("thinking_end", 0, "hm"),
    ]
    thinking, text = answer.message.content
    assert (thinking.thinking_signature, text.text_signature) == ("s0", "s1")


def test_a_signature_that_comes_late_is_still_kept(decode, wire):
    late = {"type": "thinking_end", "contentIndex": 0, "contentSignature": "s"}
    empty = {"type": "text_end", "contentIndex": 1, "contentSignature": ""}
    last = {"type": "text_end", "contentIndex": 1, "contentSignature": "t"}
    answer = decode([wire(THINKING, TEXT | {"contentIndex": 1}, late, empty, last, DONE)])
    assert [part.is_open for part in answer.message.content] == [False, False]
    assert answer.message.content[0].thinking_signature == "s"
    assert answer.message.content[1].text_signature == "t"


def test_a_forgotten_end_is_made_by_the_next_block(decode, told, wire):
    answer = decode([wire(TEXT, HI, TEXT | {"contentIndex": 1}, HI | {"contentIndex": 1}, DONE)])
    assert told(answer.events)[2:6] == [
        ("text_delta", 0, "Hi"),
        ("text_end", 0, "Hi"),
        ("text_start", 1),
        ("text_delta", 1, "Hi"),
    ]


def test_interleaved_calls_end_in_index_order(decode, told, wire):
    answer = decode(
        [
            wire(call(0), call(1, call_id="c2"), call_delta(1, '{"b":2}'), call_end(1)),
            wire(call_delta(0, '{"a":1}'), call_end(0), DONE | {"reason": "toolUse"}),
        ]
    )
    assert told(answer.events)[3:] == [
        ("tool_call_delta", 1, '{"b":2}'),
        ("tool_call_delta", 0, '{"a":1}'),
        ("tool_call_end", 0, {"a": 1}),
        ("tool_call_end", 1, {"b": 2}),
        ("done", "tool_calls"),
    ]


def test_arguments_are_readable_while_they_stream(decode, wire):
    answer = decode([wire(call(0), call_delta(0, '{"a": "hel')), b""])
    assert answer.message.stop_reason == "error"
    assert answer.message.content == []  # a half call is worth nothing


def test_end_of_a_call_may_bring_its_arguments(decode, told, wire):
    whole = call_end(0, toolCall={"id": "c1", "name": "t", "arguments": {"a": [1]}})
    answer = decode([wire(call(0), whole, DONE)])
    assert told(answer.events)[-2] == ("tool_call_end", 0, {"a": [1]})


def test_end_of_a_call_that_is_none_is_ignored(decode, told, wire):
    answer = decode([wire(TEXT, HI, call_end(0), call_end(7), DONE)])
    assert told(answer.events)[-2:] == [("text_end", 0, "Hi"), ("done", "stop")]


@pytest.mark.parametrize(
    ("reason", "expected"),
    [("stop", "stop"), ("length", "length"), ("tool_use", "stop"), ("odd", "stop"), (None, "stop")],
)
def test_reasons_become_ours(decode, wire, reason, expected):
    answer = decode([wire(TEXT, HI, DONE | {"reason": reason})])
    assert answer.message.stop_reason == expected


def test_usage_is_read_in_both_spellings(decode, wire):
    usage = {
        "input": 10,
        "output": 5,
        "cacheRead": 3,
        "cache_write": 2,
        "totalTokens": 20,
        "reasoning": True,
        "cost": {"input": 0.5, "cacheRead": 0.25, "total": 0.75, "output": "no"},
    }
    found = decode([wire(TEXT, HI, DONE | {"usage": usage})]).message.usage
    assert (found.input, found.output, found.cache_read, found.cache_write) == (10, 5, 3, 2)
    assert (found.total_tokens, found.reasoning) == (20, 0)
    assert (found.cost.input, found.cost.cache_read, found.cost.total) == (0.5, 0.25, 0.75)
    assert found.cost.output == 0.0


@pytest.mark.parametrize("usage", [None, [], "x", {"input": -1}, {"input": 1e400}, {"input": None}])
def test_odd_usage_counts_as_zero(decode, wire, usage):
    answer = decode([wire(TEXT, HI, DONE | {"usage": usage})])
    assert answer.message.stop_reason == "stop"
    assert answer.message.usage.input == 0


def test_events_after_the_end_are_ignored(decode, told, wire):
    answer = decode([wire(TEXT, HI, DONE), wire(HI, {"type": "error"}, b"data: {\n\n")])
    assert told(answer.events)[-1] == ("done", "stop")
    assert answer.message.content[0].text == "Hi"


def test_unknown_types_are_logged_and_ignored(decode, told, wire, caplog):
    with caplog.at_level(logging.DEBUG, logger="jackfield_proxy"):
        answer = decode([wire(START, {"type": "ping"}, {}, DONE)])
    assert told(answer.events) == ["start", ("done", "stop")]
    assert "'ping'" in caplog.text


@pytest.mark.parametrize(
    ("events", "text"),
    [
        ([HI], "Received text_delta for non-text content"),
        ([THINKING, HI], "Received text_delta for non-text content"),
        (
            [TEXT, {"type": "thinking_delta", "contentIndex": 0, "delta": "x"}],
            "Received thinking_delta for non-thinking content",
        ),
        ([TEXT, call_delta(0, "{}")], "Received tool_call_delta for non-tool_call content"),
        ([THINKING, {"type": "text_end", "contentIndex": 0}], "Received text_end for non-text"),
        ([TEXT, {"type": "text_end", "contentIndex": 0}, HI], "which has ended"),
        ([call(0), call(1), call_end(1), call_delta(1, "x")], "which has ended"),
        ([TEXT | {"contentIndex": 1}], "at contentIndex 1, expected 0"),
        ([TEXT, TEXT], "at contentIndex 0, expected 1"),
        ([TEXT | {"contentIndex": -1}], "with the contentIndex -1"),
        ([TEXT | {"contentIndex": True}], "with the contentIndex True"),
        ([TEXT | {"contentIndex": "0"}], "with the contentIndex '0'"),
        ([{"type": "text_start"}], "with the contentIndex None"),
        ([TEXT, HI | {"delta": 3}], "with the delta 3"),
        ([TEXT, {"type": "text_delta", "contentIndex": 0}], "with the delta None"),
        ([call(0, name="")], "without a tool's name"),
        ([call(0, call_id=None)], "without a tool's name"),
        ([b"data: {nonsense}\n\n"], "no event: '{nonsense}'"),
        ([b"data: [1]\n\n"], "no event: '[1]'"),
        ([b'data: {"type":\n\n', DONE], "no event"),
        ([b'data: {"type":\n\n'], "no event"),
        ([b"data: " + b"[" * 100_000 + b"\n\n"], "no event"),
        ([START, b"data: [DONE]\n\n"], "Stream ended before done"),
        ([START], "Stream ended before done"),
        ([{"error": {"message": "boom"}}], "boom"),
    ],
)
def test_what_breaks_the_protocol_is_one_error(decode, told, wire, events, text):
    answer = decode([wire(*events, DONE if events == [TEXT] else b"")])
    assert told(answer.events)[-1] == ("error", "error")
    assert text in answer.message.error_message
    assert len([event for event in answer.events if event.type == "error"]) == 1


def test_end_before_done_keeps_the_partial_text(decode, told, wire):
    answer = decode([wire(START, TEXT, HI)])
    assert told(answer.events) == [
        "start",
        ("text_start", 0),
        ("text_delta", 0, "Hi"),
        ("error", "error"),
    ]
    assert answer.message.content[0].text == "Hi"
    assert answer.message.error_message == "Stream ended before done"
    assert answer.message.error.kind == "protocol"


_NUMBERS = st.integers(-1, 3)
_WIRE = st.lists(
    st.one_of(
        st.builds(
            lambda kind, index: {"type": kind, "contentIndex": index},
            st.sampled_from(
                ["text_start", "thinking_start", "text_end", "thinking_end", "toolcall_end"]
            ),
            _NUMBERS,
        ),
        st.builds(
            lambda kind, index, delta: {"type": kind, "contentIndex": index, "delta": delta},
            st.sampled_from(["text_delta", "thinking_delta", "toolcall_delta"]),
            _NUMBERS,
            st.text(max_size=2),
        ),
        st.builds(call, _NUMBERS),
        st.just(DONE),
    ),
    max_size=12,
)


@given(events=_WIRE)
def test_whatever_the_server_sends_the_events_are_legal(events):
    from jackfield.answer import Answer
    from jackfield.errors import ProviderError
    from jackfield.models import Model
    from jackfield_proxy.decode import EventDecoder

    answer = Answer(Model(provider="p", id="m", api="a"))
    decoder = EventDecoder(answer)
    try:
        decoder.feed([json.dumps(event).encode() for event in events])
        decoder.close()
    except ProviderError as error:
        answer.fail(error)
    order = EventOrder("proxy")
    for event in answer.events:
        order.check(event)
    assert answer.finished
