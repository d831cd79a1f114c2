"""The shared streams through the whole module, by both engines. Source: spec/alchemy.md, 11."""

import json
import re

import alchemy_llm_py
import pytest
from support.binding import all_events, compact
from support.chat_streams import masked, pieces, stream_cases

from jackfield.testing import Pause, Reply, sse, sse_reply

THE_CRATE_DIFFERS = """
bad-json call-arguments-object call-arguments-repeated call-bad-type call-empty-id call-id-changes
call-id-reused call-legacy call-name-in-pieces call-other-name call-repeated-elsewhere
call-repeated-whole calls-interleaved calls-one-id calls-twins comments-only content-number
control-characters cut data-null done-alone empty-answer error-after-role error-detail-form
error-event error-first error-in-choice error-in-stream error-object-form error-text
error-with-content finish-error finish-then-error finish-twice html json-all json-calls-without-ids
json-error json-error-list json-text json-without-choices late-content lone-surrogates
object-on-lines other-choices parts-list parts-thinking refusal text-cr thinking-and-text
thinking-summaries usage-on-error
"""
"""Streams with something that the crate does not know or does not notice: spec/alchemy.md, 5.5."""

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


@pytest.mark.parametrize("case", cases())
def test_both_engines_tell_the_same_of_a_proper_stream(server, model, context, case):
    headers = {"content-type": case.content_type}
    server.default = Reply(body=case.body, headers=headers, framing="chunked")
    own, other = (
        all_events(alchemy_llm_py.openai_completions_stream(model, context, {"engine": engine}))
        for engine in ("own", "crate")
    )
    # The crate ends a call when the next one begins, we at the end of all: same calls, other order.
    are_equal = sorted(map(shown, own)) == sorted(map(shown, other))
    assert are_equal is (case.name not in THE_CRATE_DIFFERS.split())


def shown(event):
    text = json.dumps([part for part in compact(event) if part != ""])
    return re.sub(r"call_[A-Za-z0-9]{24}", "call_*", text)


def test_interleaved_calls_stay_apart(server, model, context):
    server.add(sse_reply([*INTERLEAVED, sse.finish_chunk("tool_calls"), sse.DONE]))
    message = alchemy_llm_py.openai_completions_stream(model, context).result()
    assert [call["arguments"] for call in message["content"]] == [{"a": 1}, {"b": 2}]


def test_thinking_of_the_crates_engine_is_signed_with_its_field(server, model, context):
    server.add(sse_reply(sse.chat_stream("ok")))
    message = alchemy_llm_py.openai_completions_stream(model, context, {"engine": "crate"}).result()
    assert message["content"] == [{"type": "text", "text": "ok", "text_signature": None}]
