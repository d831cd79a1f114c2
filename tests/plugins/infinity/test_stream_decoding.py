"""Acceptance check 15, and frames that nobody expects. Source: spec/infinity.md, 6.2 and 11."""

import json
import logging
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jackfield_infinity import InfinityAssistantNetworkError
from jackfield_infinity.stream.decoder import EventChunks, answer_chunks

RECORDED = (
    b"\xef\xbb\xbf: hello\r\n\r\n"
    b'event: start\r\ndata: {"conversationId":"c1"}\r\nid: 7\r\nretry: 100\r\n\r\n'
    b'event: chunk\rdata:{"text":\rdata: "\xc3\xa4 \xf0\x9f\x90\x91"}\r\r'
    b": keep-alive\n\n"
    b"data: {not json}\n\n"
    b'data: {"content": " invalid \xff byte", "metadata": {"a": 1}}\n\n'
    b'event: chunk\ndata: {"text":" end "}\n\n'
    b'event: done\r\ndata: {"conversationId":"c1","metadata":{"tokensUsed":3}}\r\n\r\n'
    b'event: chunk\ndata: {"text":"too late"}\n\n'
)
CHUNKS = [
    {"type": "metadata", "metadata": {"conversationId": "c1"}},
    {"type": "text", "content": "ä 🐑"},
    {"type": "text", "content": " invalid \ufffd byte"},
    {"type": "metadata", "metadata": {"a": 1}},
    {"type": "text", "content": " end "},
    {"type": "metadata", "metadata": {"tokensUsed": 3}},
    {"type": "done", "conversationId": "c1", "metadata": {"tokensUsed": 3}},
]


def decoded(*pieces):
    decoder = EventChunks()
    found = [chunk for piece in pieces for chunk in decoder.feed(piece)]
    return [*found, *decoder.close()]


@given(st.lists(st.integers(0, len(RECORDED)), max_size=12).map(sorted))
@example(list(range(len(RECORDED))))
def test_a15_any_cut_gives_the_same_chunks(cuts):
    edges = [0, *cuts, len(RECORDED)]
    pieces = [RECORDED[a:b] for a, b in pairwise(edges)]
    assert decoded(*pieces) == CHUNKS


def frames(*values):
    return "".join(f"data: {json.dumps(value)}\n\n" for value in values).encode()


@pytest.mark.parametrize(
    "strange",
    [
        b"data: {broken\n\n",
        b"data: \xff\xfe\n\n",
        b"data: 7\n\n",
        b'data: ["a"]\n\n',
        b"data: {}\n\n",
        b"data\n\n",
        b'event: news\ndata: {"text": "of another kind", "content": "x"}\n\n',
        b"event: chunk\ndata: {}\n\n",
        b'event: chunk\ndata: {"text": 7}\n\n',
        b'data: {"content": "", "metadata": "none"}\n\n',
        b'data: {"type": "later", "version": 2}\n\n',
        b"retry: soon\n\n",
    ],
)
def test_what_is_unknown_is_passed_over(strange):
    assert decoded(
        frames({"content": "a"}), strange, frames({"content": "b"}), b"data: [DONE]\n\n"
    ) == [
        {"type": "text", "content": "a"},
        {"type": "text", "content": "b"},
        {"type": "done"},
    ]


def test_a_frame_that_is_no_json_is_told_of_in_the_debug_log(caplog):
    with caplog.at_level(logging.DEBUG, "jackfield_infinity"):
        decoded(b"data: {broken\n\ndata: [DONE]\n\n")
    assert [record.levelname for record in caplog.records] == ["DEBUG"]
    assert "{broken" in caplog.text


@pytest.mark.parametrize(
    ("data", "chunks"),
    [
        (b"data:[DONE]\n\n", [{"type": "done"}]),
        (b"data: [DONE]", [{"type": "done"}]),
        (b"event: done\ndata: {}\n\n", [{"type": "done"}]),
        (frames({"type": "done"}), [{"type": "done"}]),
        (b'event: message\ndata: {"type": "done"}\n\n', [{"type": "done"}]),
        (
            frames({"type": "complete", "conversation_id": "c", "tokens": 1}),
            [
                {"type": "metadata", "metadata": {"conversation_id": "c", "tokens": 1}},
                {"type": "done", "conversationId": "c"},
            ],
        ),
        (
            frames({"content": "a", "metadata": {"conversationId": "c"}}) + b"data: [DONE]\n\n",
            [
                {"type": "text", "content": "a"},
                {"type": "metadata", "metadata": {"conversationId": "c"}},
                {"type": "done", "conversationId": "c"},
            ],
        ),
    ],
)
def test_every_dialect_has_its_end(data, chunks):
    assert decoded(data) == chunks


def test_after_the_last_chunk_nothing_comes():
    decoder = EventChunks()
    assert decoder.feed(frames({"type": "error", "error": "x"}, {"content": "late"})) == [
        {"type": "error", "error": "x"}
    ]
    assert decoder.is_done
    assert decoder.close() == []


@pytest.mark.parametrize("data", [b"", b": only a comment\n\n", b'data: {"content": "a"}\n\n'])
def test_an_end_without_a_last_chunk_is_an_error(data):
    decoder = EventChunks()
    decoder.feed(data)
    with pytest.raises(InfinityAssistantNetworkError, match="stream ended early"):
        decoder.close()


@pytest.mark.parametrize(
    ("body", "chunks"),
    [
        ({}, [{"type": "done"}]),
        ({"response": ""}, [{"type": "done"}]),
        (
            {"data": {"response": "a", "conversation_id": "c", "model": "m"}},
            [
                {"type": "text", "content": "a"},
                {"type": "metadata", "metadata": {"model": "m", "conversationId": "c"}},
                {"type": "done", "conversationId": "c"},
            ],
        ),
    ],
)
def test_a_whole_answer_gives_the_same_chunks_as_a_stream(body, chunks):
    assert answer_chunks(body) == chunks
