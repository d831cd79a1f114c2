"""The shared streams, however the bytes are cut. Source: spec/openrouter.md, 18."""

import pytest
from support.chat_streams import ChatStreamTests

from jackfield import StreamOptions
from jackfield.testing import Reply
from jackfield.testing.sse import recut
from jackfield_openrouter import OpenRouterModel


class TestStreams(ChatStreamTests):
    """With the decoder of this provider."""


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
