"""Bodies that never end: bounded in time and memory."""

import json

import pytest

from jackfield import ProviderError
from jackfield.answer import Answer
from jackfield.models import Model
from jackfield_openai.body import AnswerBody
from jackfield_openai.decode import ChunkDecoder
from jackfield_openai.dialect import Dialect

CHUNK = {"choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": "stop"}]}


def body(**limits):
    answer = Answer(Model(provider="p", id="m", api="a"))
    return AnswerBody(ChunkDecoder(answer, Dialect(), provider="p"), **limits), answer


def test_blank_lines_before_an_answer_are_not_kept():
    made, answer = body()
    for _ in range(1000):
        made.feed(b"\r\n \n")
    made.feed(json.dumps(CHUNK).encode())
    made.close()
    assert [event.type for event in answer.events][-1] == "done"


def test_blank_lines_alone_stall():
    made, _ = body(stall_s=-1.0)
    with pytest.raises(ProviderError, match="only signs of life") as caught:
        made.feed(b"\n")
    assert caught.value.kind == "timeout"


def test_comments_alone_stall():
    made, _ = body(stall_s=-1.0)
    with pytest.raises(ProviderError, match="only signs of life"):
        made.feed(b": hi\n\n")


def test_object_that_is_never_complete_is_refused_at_the_end():
    made, _ = body()
    made.feed(b'data: {"choices":\n\n')
    with pytest.raises(ProviderError, match="no chunk"):
        made.close()
