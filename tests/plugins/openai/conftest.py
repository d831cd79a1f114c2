"""Decoding bytes without a server."""

from collections.abc import Iterable

import pytest

from jackfield.answer import Answer
from jackfield.errors import ProviderError
from jackfield.models import Model
from jackfield_openai.body import AnswerBody
from jackfield_openai.decode import ChunkDecoder
from jackfield_openai.dialect import Dialect


def decode_pieces(pieces: Iterable[bytes], dialect: Dialect | None = None) -> Answer:
    """Return the finished answer that a body in these pieces makes."""
    answer = Answer(Model(provider="openai", id="m", api="openai-completions"))
    decoder = ChunkDecoder(answer, dialect or Dialect(), provider="openai")
    body = AnswerBody(decoder)
    try:
        for piece in pieces:
            body.feed(piece)
            if decoder.is_over:
                break
        body.close()
    except ProviderError as error:
        decoder.complete(error)
        answer.fail(error)
    return answer


@pytest.fixture
def decode():
    return decode_pieces
