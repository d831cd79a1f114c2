"""The shared streams, however the bytes are cut. Source: spec/openrouter.md, 18."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SIZES = st.lists(st.integers(1, 60), max_size=40)


def test_body_in_one_piece(stream_case, decode):
    answer = decode([stream_case.body])
    stream_case.check(answer.events, answer.message)


def test_body_byte_by_byte(stream_case, decode):
    answer = decode(bytes([byte]) for byte in stream_case.body)
    stream_case.check(answer.events, answer.message)


def test_body_cut_once_anywhere(stream_case, decode):
    for at in range(len(stream_case.body)):
        answer = decode([stream_case.body[:at], stream_case.body[at:]])
        stream_case.check(answer.events, answer.message)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(sizes=SIZES)
def test_body_in_any_pieces(stream_case, decode, sizes):
    answer = decode(pieces(stream_case.body, sizes))
    stream_case.check(answer.events, answer.message)


def pieces(body, sizes):
    for size in sizes:
        yield body[:size]
        body = body[size:]
    yield body
