"""The shared streams, however the bytes are cut. Source: spec/openrouter.md, 18."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jackfield import StreamOptions
from jackfield.testing import Reply
from jackfield.testing.sse import recut
from jackfield_openrouter import OpenRouterModel

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


@pytest.mark.parametrize("size", [None, 1], ids=["whole", "byte by byte"])
async def test_body_over_the_wire(stream_case, provider_at, ask, loopback, size):
    """The same through sockets, transport and provider."""
    body = [stream_case.body] if size is None else recut(stream_case.body, size)
    headers = {"content-type": stream_case.content_type}
    loopback.default = Reply(headers=headers, body=body, framing="chunked")
    model = OpenRouterModel(id="m")
    async with provider_at(max_retries=0).stream(model, ask, StreamOptions()) as stream:
        events = [event async for event in stream]
        stream_case.check(events, await stream.result())
