"""The shared streams through the whole module, by both engines. Source: spec/alchemy.md, 11."""

import json

import alchemy_llm_py
import pytest
from support.binding import all_events, compact
from support.chat_streams import masked, pieces, stream_cases

from jackfield.testing import Pause, Reply, sse, sse_reply

WELL_FORMED = [
    ["Hello, ", "world"],
    [sse.thinking_chunk("hm"), sse.text_chunk("é😀")],
    [
        sse.text_chunk("x"),
        sse.call_chunk(0, id="c1", name="add", arguments=""),
        sse.call_chunk(0, arguments='{"a":'),
        sse.call_chunk(0, arguments="1}"),
    ],
    [
        sse.call_chunk(0, id="c1", name="f", arguments="{}"),
        sse.call_chunk(1, id="c2", name="g", arguments='{"b":2}'),
    ],
]
INTERLEAVED = [
    sse.call_chunk(0, id="c1", name="f", arguments='{"a":'),
    sse.call_chunk(1, id="c2", name="g", arguments='{"b":'),
    sse.call_chunk(0, arguments="1}"),
    sse.call_chunk(1, arguments="2}"),
]


def cases():
    return [pytest.param(case, id=case.name) for case in stream_cases("alchemy")]


@pytest.mark.parametrize("case", cases())
def test_stream_becomes_the_events_of_the_other_providers(server, model, context, case):
    cut = pieces(case.body, [7, 1, 50, 3])
    headers = {"content-type": case.content_type}
    server.add(Reply(body=[piece for piece in cut if piece], headers=headers, framing="chunked"))
    events = all_events(alchemy_llm_py.openai_completions_stream(model, context))
    assert masked([compact(event) for event in events], case.events) == case.events
    message = events[-1].get("message") or events[-1]["error"]
    for key, expected in case.message.items():
        assert told(message, events[-1].get("info"), key, expected) == expected, key


def told(message, info, key, expected):
    """Return what a message says under a key of the fixtures."""
    if key == "text":
        return "".join(part.get("text", "") for part in message["content"])
    if key in ("usage", "metadata"):
        return {name: message[key].get(name) for name in expected}
    if key == "error":
        return {name: info[name] for name in expected}
    if key == "error_has":
        return expected if expected in message["error_message"] else message["error_message"]
    if key == "thinking_signatures":
        parts = [part for part in message["content"] if part["type"] == "thinking"]
        return [part["thinking_signature"] for part in parts]
    return message[key]


@pytest.mark.parametrize("at", range(1, len("é😀".encode())))
def test_character_cut_by_the_network_stays_whole(server, model, context, at):
    body = sse.text_chunk("é😀")
    start = body.index("é".encode()) + at
    rest = [sse.finish_chunk(), sse.DONE]
    server.add(sse_reply([body[:start], Pause(0.02), body[start:], *rest]))
    message = alchemy_llm_py.openai_completions_stream(model, context).result()
    assert message["content"][0]["text"] == "é😀"


@pytest.mark.parametrize("chunks", WELL_FORMED)
def test_both_engines_tell_the_same_of_a_proper_stream(server, model, context, chunks):
    events = [sse.text_chunk(each) if isinstance(each, str) else each for each in chunks]
    calls = b"tool_calls" in b"".join(events)
    end = [sse.finish_chunk("tool_calls" if calls else "stop"), sse.usage_chunk(), sse.DONE]
    server.default = sse_reply([*events, *end])
    own, other = (
        all_events(alchemy_llm_py.openai_completions_stream(model, context, {"engine": engine}))
        for engine in ("own", "crate")
    )
    # The crate ends a call when the next one begins, we at the end of all: same calls, other order.
    assert sorted(map(shown, own)) == sorted(map(shown, other))
    assert own[-1]["message"]["content"] == other[-1]["message"]["content"]
    assert own[-1]["message"]["usage"] == other[-1]["message"]["usage"]


def shown(event):
    return json.dumps([part for part in compact(event) if part != ""])


def test_interleaved_calls_stay_apart(server, model, context):
    server.add(sse_reply([*INTERLEAVED, sse.finish_chunk("tool_calls"), sse.DONE]))
    message = alchemy_llm_py.openai_completions_stream(model, context).result()
    assert [call["arguments"] for call in message["content"]] == [{"a": 1}, {"b": 2}]


@pytest.mark.xfail(reason="spec/alchemy.md, 5.5: the crate does not know the field `index`")
def test_interleaved_calls_stay_apart_in_the_crates_engine(server, model, context):
    server.add(sse_reply([*INTERLEAVED, sse.finish_chunk("tool_calls"), sse.DONE]))
    options = {"engine": "crate"}
    message = alchemy_llm_py.openai_completions_stream(model, context, options).result()
    assert [call["arguments"] for call in message["content"]] == [{"a": 1}, {"b": 2}]


def test_thinking_of_the_crates_engine_is_signed_with_its_field(server, model, context):
    server.add(sse_reply(sse.chat_stream("ok")))
    message = alchemy_llm_py.openai_completions_stream(model, context, {"engine": "crate"}).result()
    assert message["content"] == [{"type": "text", "text": "ok", "text_signature": None}]
