"""A chat decoder fed without a server."""

from collections.abc import Iterable

from jackfield.answer import Answer
from jackfield.errors import ProviderError
from jackfield_openai.body import AnswerBody
from jackfield_openai.decode import ChunkDecoder


def decode_pieces(answer: Answer, decoder: ChunkDecoder, pieces: Iterable[bytes]) -> Answer:
    """Return the answer of a decoder, finished by a body in these pieces."""
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
