"""Compressed bodies are read, and bounded."""

import gzip
import zlib
from contextlib import aclosing

import pytest
from support.http_calls import failure

from jackfield.errors import ProtocolError
from jackfield.http import Request
from jackfield.testing import Hold, Pause, Reply, sse_reply


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate", "raw deflate", "identity"])
async def test_content_encodings(transport, loopback, post, read, encoding):
    text = b"hello " * 1000
    raw = zlib.compressobj(wbits=-15)
    packed = {
        "gzip": gzip.compress(text),
        "x-gzip": gzip.compress(text[:99]) + gzip.compress(text[99:]),
        "deflate": zlib.compress(text),
        "raw deflate": raw.compress(text) + raw.flush(),
        "identity": text,
    }[encoding]
    name = encoding.removeprefix("raw ")
    pieces = [packed[at : at + 7] for at in range(0, len(packed), 7)]
    loopback.add(sse_reply(pieces, headers={"content-encoding": name}))
    assert await read(transport, post()) == (200, text)


async def test_a_compressed_stream_comes_as_it_arrives(transport, loopback, post):
    hold = Hold()
    loopback.add(sse_reply([b"one", hold, b"two"], gzip=True))
    async with transport.stream(post()) as response, aclosing(response.chunks()) as chunks:
        assert await anext(chunks) == b"one"
        hold.release()
        assert await anext(chunks) == b"two"


async def test_streams_ask_for_no_compression_and_others_do(transport, loopback, read):
    loopback.default = Reply()
    await read(transport, Request(url=loopback.url, headers={"accept": "text/event-stream"}))
    await read(transport, Request(url=loopback.url))
    await read(transport, Request(url=loopback.url, headers={"accept-encoding": "gzip"}))
    asked = [request.headers["accept-encoding"] for request in loopback.requests]
    assert asked == ["identity", "gzip, deflate", "gzip"]


async def test_a_gzip_bomb_is_bounded(opened, loopback, post):
    transport = opened(max_decoded_bytes=1_000_000)
    bomb = gzip.compress(bytes(200_000_000))
    loopback.add(Reply(body=bomb, headers={"content-encoding": "gzip"}))
    pieces = []

    async def consume():
        async with transport.stream(post()) as response:
            pieces.extend([piece async for piece in response.chunks()])

    with pytest.raises(ProtocolError, match="larger than 1,000,000 bytes"):
        await consume()
    assert pieces == []


@pytest.mark.parametrize(
    ("encoding", "body"),
    [("br", b"x"), ("gzip, deflate", b"x"), ("gzip", b"no gzip"),
     ("gzip", gzip.compress(b"x" * 99)[:20])],
    ids=["unknown", "several", "broken", "cut"],
)  # fmt: skip
async def test_bad_compression_is_a_protocol_error(transport, loopback, post, encoding, body):
    loopback.add(Reply(body=body, headers={"content-encoding": encoding}))
    assert isinstance(await failure(transport, post(max_retries=0)), ProtocolError)


async def test_a_whole_body_is_bounded(opened, loopback, post):
    transport = opened(max_body_bytes=2000)
    loopback.add(sse_reply([b"x" * 500, Pause(0.001)] * 10))
    error = await failure(transport, post())
    assert isinstance(error, ProtocolError)
    assert "larger than 2,000 bytes" in str(error)
    await loopback.requests[0].over.wait()
    assert loopback.requests[0].outcome in ("client closed", "answered")
