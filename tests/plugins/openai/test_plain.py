"""Chunks that are known by their bytes say what they would say if they were read in full."""

import json

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jackfield.answer import Answer
from jackfield.models import Model
from jackfield_openai.decode import ChunkDecoder
from jackfield_openai.dialect import Dialect
from jackfield_openai.plain import NO_PATTERN, PatternTrials, make_pattern

TEXTS = st.text(max_size=6) | st.sampled_from(
    ['"', "\\", '"},"finish_reason":', '"content":"', "\u2028", "\x00", "😀", '\\"', "}]}"]
)
DELTAS = st.one_of(
    st.builds(lambda text: {"content": text}, TEXTS),
    st.builds(lambda text: {"role": "assistant", "content": text}, TEXTS),
    st.builds(lambda text: {"reasoning_content": text}, TEXTS),
    st.builds(lambda text: {"content": None, "reasoning": text}, TEXTS),
    st.builds(lambda one, two: {"reasoning": one, "content": two}, TEXTS, TEXTS),
    st.builds(lambda text: {"refusal": text}, TEXTS),
    st.builds(lambda text: {"content": text, "annotations": [1]}, TEXTS),
    st.just({"content": ["no", "parts"]}) | st.just({"content": None}) | st.just({}),
)
ENVELOPES = st.sampled_from(
    [
        {"id": "a", "model": "m"},
        {"id": "b", "model": "m2", "provider": "P"},
        {"model": "m", "usage": {"prompt_tokens": 1, "completion_tokens": 2}},
        {"usage": None, "note": '"content":"x"'},
    ]
)
REASONS = st.sampled_from([None] * 8 + ["stop", "length"])


@st.composite
def chunks(draw):
    envelope, delta, reason = draw(ENVELOPES), draw(DELTAS), draw(REASONS)
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    body = {**envelope, "choices": [choice]} if draw(st.booleans()) else {"choices": [choice]}
    separators = draw(st.sampled_from([(",", ":"), (", ", ": ")]))
    return json.dumps(body, ensure_ascii=draw(st.booleans()), separators=separators).encode()


def decoder():
    answer = Answer(Model(provider="p", id="m", api="a"))
    return ChunkDecoder(answer, Dialect(), provider="p")


def told(reader):
    message = reader.answer.message
    return (
        [event.to_dict() for event in reader.answer.events],
        message.usage,
        message.response_id,
        message.response_model,
        message.metadata,
    )


def said(model="m", text: object = "x", reason=None, delta=None, **envelope):
    choice = {
        "index": 0,
        "delta": {"content": text} if delta is None else delta,
        "finish_reason": reason,
    }
    return json.dumps({"model": model, **envelope, "choices": [choice]}).encode()


CALL = {"tool_calls": [{"index": 0, "id": "c", "function": {"name": "f", "arguments": "{}"}}]}
USAGE = {"prompt_tokens": 1, "completion_tokens": 2}


@given(st.lists(chunks(), max_size=30), st.integers(1, 30))
@example([said(), said("m2", id="b"), said()], 30)
@example([said(), said("m2", None, id="b"), said()], 30)
@example([said(), said("m2", None, id="b"), said()], 1)
@example([said(), said(), said("m2", id="b"), said("m2", id="b"), said(), said()], 2)
@example([said(), said("m2", delta={}), said()], 30)
@example([said(usage=USAGE), said(usage=USAGE | {"prompt_tokens": 9}), said(usage=USAGE)], 30)
@example([said(usage=USAGE), said(text=None, usage={"prompt_tokens": 9}), said(usage=USAGE)], 30)
@example([said(), said(usage=USAGE, text=None), said()], 30)
@example([said(), said("m2", reason="stop", id="b"), said()], 30)
@example([said(), said(reason="stop"), said(), said()], 30)
@example([said(), said("m2", delta=CALL, id="b"), said()], 30)
@example([said(), said(delta=CALL), said(), said(delta={"reasoning": "hm"}), said()], 30)
@example([said(delta={"reasoning": "hm"}), said("m2"), said(delta={"reasoning": "hm"})], 30)
@example([said(provider="P"), said(provider="Q", text=None), said(provider="P")], 30)
def test_patterns_change_nothing(stream, size):
    fast, slow = decoder(), decoder()
    errors = [None, None]
    for at in range(0, len(stream), size):
        try:
            fast.feed(stream[at : at + size])
        except Exception as error:  # noqa: BLE001 - compared
            errors[0] = type(error)
            break
    for raw in stream:
        try:
            slow.chunk(json.loads(raw))
        except Exception as error:  # noqa: BLE001 - compared
            errors[1] = type(error)
            break
    assert errors[0] == errors[1]
    assert told(fast) == told(slow)


def made(raw, field="content", add=print):
    return make_pattern(raw, orjson.loads(raw), field, add)


def test_pattern_is_what_stands_around_the_text():
    pattern = made(b'{"choices": [{"delta": {"content" : "a\\"b"}}]}')
    assert pattern.prefix == b'{"choices": [{"delta": {"content" : '
    assert pattern.suffix == b"}}]}"


@pytest.mark.parametrize(
    "raw",
    [
        b'{"choices":[{"delta":{"content":"a"},"x":{"content":"b"}}]}',  # the last is another
        b'{"choices":[{"delta":{"content":"a","content":null}}]}',
        b'{"choices":[{"delta":{"content":5}}]}',
    ],
)
def test_no_pattern_without_proof(raw):
    assert made(raw) is NO_PATTERN


def test_pattern_holds_until_something_else_was_said():
    reader = decoder()
    own = b'{"model":"m","choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]}'
    reader.feed([own, own.replace(b'"m"', b'"other"').replace(b'"a"', b"null"), own])
    assert reader.answer.message.response_model is None


def test_no_json_fits_no_pattern():
    assert not b'{"a":1}'.startswith(NO_PATTERN.prefix)


def test_patterns_that_never_fit_are_given_up():
    trials = PatternTrials()
    assert sum(trials.may_pay(count) for count in range(1, 1000)) < 80


def test_hot_path_reads_no_chunk_twice(monkeypatch):
    reader = decoder()
    seen = []
    whole = reader.chunk
    monkeypatch.setattr(reader, "chunk", lambda chunk: seen.append(chunk) or whole(chunk))
    text = b'{"id":"x","choices":[{"index":0,"delta":{"content":"%d"},"finish_reason":null}]}'
    reader.feed([text % number for number in range(100)])
    assert len(seen) == 1
    assert len(reader.answer.events) == 102
