"""What must grow no faster than the data: decoders, lines in many pieces, arguments of calls."""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from benchmarks.measure import Row, Work, median_cpu_us
from jackfield.answer import Answer
from jackfield.testing import sse
from jackfield_httpx.sse import SseDecoder
from jackfield_openai.body import AnswerBody
from jackfield_openrouter import OpenRouterModel
from jackfield_openrouter.decode import OpenRouterDecoder
from jackfield_openrouter.settings import OpenRouterSettings

PIECE = 100
DETAIL = {"type": "reasoning.text", "text": "word ", "index": 0}


def rows(*, rounds: int) -> Iterator[Row]:
    """Measure the same work on little and on much data, per piece of it."""

    def measured(*works: Work) -> list[float]:
        return median_cpu_us(works, rounds=max(3, rounds // 3))

    small, large = measured(_line(400_000), _line(1_600_000))
    # Copying the line for each piece would give 4; the processor's cache alone gives up to 1.9.
    yield Row("a line in many pieces, per byte: 1.6 MB / 0.4 MB", large / small, "x", 2)
    text = {"content": "word "}
    few, many, parsing = measured(
        _decoding(text, 10_000), _decoding(text, 50_000), _parsing(text, 50_000)
    )
    yield Row("decoder of OpenRouter, per chunk: 50,000 / 10,000", many / few, "x", 1.15)
    yield Row("... / splitting and `orjson.loads` alone", many / parsing, "x", 4)
    thinking = {"reasoning": "word ", "reasoning_details": [DETAIL]}
    few, many = measured(_decoding(thinking, 5_000), _decoding(thinking, 40_000))
    yield Row("... thinking with details: 40,000 / 5,000", many / few, "x", 1.5)
    few, many = measured(_arguments(10_000), _arguments(100_000))
    yield Row("arguments of a call, per delta: 100 KB / 10 KB", many / few, "x", 1.5)


def _line(size: int) -> Work:
    pieces = sse.recut(b"data: " + b"x" * size + b"\n\n", PIECE)

    def run() -> None:
        decoder = SseDecoder()
        for piece in pieces:
            decoder.data_lines(piece)

    return Work(run, per=size)


def _chunks(delta: dict[str, Any], count: int) -> list[bytes]:
    choice = {"index": 0, "delta": delta, "finish_reason": None}
    return [sse.sse({"id": "g1", "model": "m", "choices": [choice]})] * count


def _decoding(delta: dict[str, Any], count: int) -> Work:
    return _reading([*_chunks(delta, count), sse.finish_chunk(), sse.DONE])


def _reading(pieces: Sequence[bytes]) -> Work:
    def run() -> None:
        answer = Answer(OpenRouterModel(id="m"))
        dialect = OpenRouterSettings().dialect()
        body = AnswerBody(OpenRouterDecoder(answer, dialect, provider="openrouter"))
        for piece in pieces:
            body.feed(piece)
        body.close()

    return Work(run, per=len(pieces))


def _parsing(delta: dict[str, Any], count: int) -> Work:
    """Return reading and parsing of chunks by hand, as the raw floor does."""
    pieces = _chunks(delta, count)

    def run() -> None:
        rest = b""
        for piece in pieces:
            *events, rest = (rest + piece).split(b"\n\n")
            for event in events:
                orjson.loads(event[6:])

    return Work(run, per=count)


def _arguments(size: int) -> Work:
    """Return deltas of 4 characters in a call whose arguments have this size."""
    deltas = size // 4

    def run() -> None:
        answer = Answer(OpenRouterModel(id="m"))
        answer.open_call(0, name="write")
        answer.arguments(0, '{"text": "')
        for _ in range(deltas):
            answer.arguments(0, "abcd")
        answer.arguments(0, '"}')
        answer.finish("tool_calls")

    return Work(run, per=deltas)
