"""The decoder of server-sent events: spec/openrouter.md, 9."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jackfield.errors import ProtocolError, ProviderError
from jackfield.testing import LoopbackServer, Pause, sse_reply
from jackfield.testing.sse import comment, recut, sse
from jackfield_httpx.sse import SseDecoder, SseEvent, read_sse


def fed(*chunks: bytes, **limits: int) -> list[SseEvent]:
    decoder = SseDecoder(**limits)
    return [event for chunk in chunks for event in decoder.feed(chunk)] + decoder.close()


def lines(*chunks: bytes) -> list[bytes]:
    decoder = SseDecoder()
    return [line for chunk in chunks for line in decoder.data_lines(chunk)] + decoder.close_lines()


def datas(*chunks: bytes) -> list[str]:
    return [event.data for event in fed(*chunks)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
def test_every_line_ending_ends_a_line(end):
    text = "".join(line + end for line in ["data: one", "", "event: x", "data: two", ""]).encode()
    assert fed(text) == [SseEvent(data="one"), SseEvent(data="two", event="x")]
    assert lines(text) == [b"one", b"two"]


def test_mixed_line_endings_in_one_stream():
    text = b"data: a\r\n\r\ndata: b\r\rdata: c\n\n"
    assert datas(text) == ["a", "b", "c"]
    assert lines(text) == [b"a", b"b", b"c"]


@pytest.mark.parametrize("character", ["\u2028", "\u2029", "\x85", "\v", "\f", "\x1c"])
def test_no_other_character_ends_a_line(character):
    text = f"data: a{character}b\n\n"
    assert datas(text.encode()) == [f"a{character}b"]
    assert lines(text.encode()) == [f"a{character}b".encode()]


def test_text_is_decoded_per_event_never_per_chunk():
    whole = "data: é😀\n\n".encode()
    for at in range(len(whole)):
        assert datas(whole[:at], whole[at:]) == ["é😀"]


def test_invalid_utf_8_becomes_the_replacement_character():
    assert datas(b"data: a\xffb\n\n") == ["a\ufffdb"]


def test_a_bom_at_the_start_is_dropped_and_only_there():
    bom = b"\xef\xbb\xbf"
    text = bom + b"data: a\n\n" + bom + b"data: b\n\n"
    for at in range(len(text)):
        assert datas(text[:at], text[at:]) == ["a"]
        assert lines(text[:at], text[at:]) == [b"a"]


def test_comments_and_unknown_fields_are_passed_over():
    text = b": OPENROUTER PROCESSING\n\n:\nwhatever: 1\ndata: a\nid\n\n"
    assert fed(text) == [SseEvent(data="a", id="")]
    assert lines(text) == [b"a"]


def test_one_space_after_the_colon_is_dropped():
    text = b"data:a\n\ndata: b\n\ndata:  c\n\n"
    assert datas(text) == ["a", "b", " c"]
    assert lines(text) == [b"a", b"b", b" c"]


def test_data_lines_of_one_event_are_joined():
    text = b"data: a\ndata\ndata: b\n\n"
    assert datas(text) == ["a\n\nb"]


def test_all_fields_are_kept():
    event = SseEvent(data="x", event="error", id="7", retry_ms=1500)
    assert fed(b"id: 7\nevent: error\nretry: 1500\ndata: x\n\n") == [event]
    assert fed(b"retry: soon\nid: a\x00b\ndata: x\n\n") == [SseEvent(data="x")]


def test_fields_do_not_outlive_their_event():
    assert fed(b"event: a\nid: 1\n\ndata: x\n\n") == [SseEvent(data="x")]


def test_a_blank_line_without_data_is_nothing():
    assert fed(b"\n\nevent: a\n\n\n") == []


def test_a_pending_event_is_dispatched_at_the_end():
    assert datas(b"data: a\n\ndata: b") == ["a", "b"]
    assert lines(b"data: a\n\ndata: b") == [b"a", b"b"]
    assert datas(b"data: a\nda") == ["a"]


def test_a_line_and_an_event_are_bounded():
    with pytest.raises(ProtocolError, match="line of more than 100 bytes"):
        fed(*[b"x" * 10] * 11, max_line_bytes=100)
    with pytest.raises(ProtocolError, match="line of more than 100 bytes"):
        fed(b"data: " + b"x" * 200 + b"\n\n", max_line_bytes=100)
    with pytest.raises(ProtocolError, match="event of more than 100 bytes"):
        fed(*[b"data: xxxxxxxxxxxxxxx\n"] * 11, max_event_bytes=100)
    decoder = SseDecoder(max_line_bytes=100)
    with pytest.raises(ProtocolError):
        decoder.data_lines(b"data: " + b"x" * 200 + b"\n")


def test_long_streams_of_short_lines_are_not_bounded():
    assert len(fed(b"data: xxxxxxxxxxxxxxx\n\n" * 100, max_line_bytes=30)) == 100


PIECES = st.sampled_from(
    [b"data: ", b"data:", b"data", b"event: e", b"id: 1", b"retry: 5", b": c", b"{}", b"[DONE]",
     b"\n", b"\n\n", b"\r\n", b"\r", b"\xef\xbb\xbf", "é\u2028".encode(), b"\xff", b" ", b":", b"x"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=40).map(b"".join), st.lists(st.integers(0, 9), max_size=60))
@example(b"data: a\r\n\r\ndata: b\r\n\r\n", [8, 1, 1, 1])
@example(b"\xef\xbb\xbfdata: a\n\n", [1, 1, 1])
def test_any_split_gives_the_same_events(text, sizes):
    chunks = recut(text, sizes)
    assert fed(*chunks) == fed(text)
    assert lines(*chunks) == lines(text)


@given(st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]))))
def test_what_was_sent_is_what_is_read(texts):
    stream = b"".join(sse(text) for text in texts)
    assert datas(stream) == texts
    assert lines(stream) == [text.encode() for text in texts]


def test_both_ways_of_reading_agree_on_streams_of_json():
    stream = sse({"a": 1}) + comment() + sse({"b": 2}, event="x") + sse("[DONE]")
    assert [line.decode() for line in lines(stream)] == datas(stream)


def test_the_cost_of_a_line_in_many_pieces_is_linear(calls_in):
    """In calls; what they copy is a row of benchmarks/growth.py."""

    def decode(size):
        decoder = SseDecoder()
        for piece in recut(b"data: " + b"x" * size + b"\n\n", 100):
            decoder.data_lines(piece)

    assert calls_in(lambda: decode(160_000)) < 4.1 * calls_in(lambda: decode(40_000))


def reads_of(*pieces, **rest):
    return sse_reply([*pieces], **rest)


async def test_a_read_gives_the_lines_that_it_completed(transport, loopback, post):
    loopback.add(reads_of(sse({"a": 1}) + sse({"b": 2}) + b'data: {"c"', b": 3}"))
    async with transport.stream(post()) as response:
        found = [each async for each in read_sse(response)]
    assert [line for each in found for line in each] == [b'{"a": 1}', b'{"b": 2}', b'{"c": 3}']
    assert all(found)


async def test_comments_alone_end_in_a_stall(transport, loopback, post):
    loopback.add(reads_of(*[comment(), Pause(0.03)] * 50))
    async with transport.stream(post()) as response:
        with pytest.raises(ProviderError, match=r"no event for 0\.1 s") as caught:
            async for _ in read_sse(response, stall_s=0.1):
                pass
    assert (caught.value.kind, caught.value.retryable) == ("timeout", True)


async def test_comments_do_not_hurt_while_data_comes(transport, loopback, post):
    loopback.add(reads_of(*[comment(), Pause(0.03), sse({})] * 10))
    async with transport.stream(post()) as response:
        found = [line async for each in read_sse(response, stall_s=0.2) for line in each]
    assert len(found) == 10


async def test_a_line_without_end_closes_the_connection(transport, post, loopback: LoopbackServer):
    loopback.add(reads_of(b"data: ", *[b"x" * 65536] * 400))
    decoder = SseDecoder(max_line_bytes=1_000_000)

    async def consume():
        async with transport.stream(post()) as response:
            async for _ in read_sse(response, decoder=decoder):
                pass

    with pytest.raises(ProtocolError):
        await consume()
    await loopback.requests[0].over.wait()
    assert loopback.requests[0].outcome == "client closed"
