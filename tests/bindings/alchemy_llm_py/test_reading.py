"""Records in batches, the descriptor, the waker, threads. Source: spec/alchemy.md, 8.3 and 8.4."""

import gc
import select
import threading
import weakref

import alchemy_llm_py
import pytest
from support.binding import all_events, all_records

from jackfield.testing import Hold, sse, sse_reply

TEXT = [sse.text_chunk("Hel"), sse.text_chunk("lo"), sse.finish_chunk("stop"), sse.DONE]
CALL = [
    sse.thinking_chunk("hm"),
    sse.call_chunk(0, id="c1", name="add", arguments=""),
    sse.call_chunk(0, arguments='{"a":'),
    sse.call_chunk(0, arguments="1}"),
    sse.finish_chunk("tool_calls"),
    sse.usage_chunk(),
    sse.DONE,
]
PATIENCE_MS = 10_000


def one_read(pieces):
    """Return a reply that comes in one piece."""
    return sse_reply([b"".join(pieces)], framing="length")


def is_readable(descriptor, wait_ms=0):
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(wait_ms))


def drained(stream):
    """Return all records of a stream as an event loop takes them, and the number of wake-ups."""
    records, wakes, descriptor = [], 0, stream.fileno()
    while True:
        assert is_readable(descriptor, PATIENCE_MS)
        wakes += 1
        batch = stream.drain()
        assert batch
        records += batch
        if batch[-1][0] >= alchemy_llm_py.DONE:
            assert stream.drain() is None
            return records, wakes


def test_records_are_tuples_of_the_table(server, open_stream):
    server.add(one_read(CALL))
    [*records, done] = all_records(open_stream())
    assert records == [
        (alchemy_llm_py.START, "chatcmpl-1"),
        (alchemy_llm_py.THINKING_START, 0),
        (alchemy_llm_py.THINKING_DELTA, 0, "hm"),
        (alchemy_llm_py.THINKING_END, 0),
        (alchemy_llm_py.TOOL_CALL_START, 1, "c1", "add"),
        (alchemy_llm_py.TOOL_CALL_DELTA, 1, '{"a":'),
        (alchemy_llm_py.TOOL_CALL_DELTA, 1, "1}"),
        (alchemy_llm_py.TOOL_CALL_END, 1, "c1", "add", '{"a":1}'),
    ]
    assert done[:2] == (alchemy_llm_py.DONE, "tool_calls")
    meta = done[2]
    assert meta["response_id"] == "chatcmpl-1"
    assert meta["raw_stop_reason"] == "tool_calls"
    assert meta["thinking_signature"] == "reasoning_content"
    assert meta["usage"]["total_tokens"] == 15


def test_names_of_the_table_stand_in_its_order():
    names = [name.upper() for name in alchemy_llm_py.RECORD_TYPES]
    assert [getattr(alchemy_llm_py, name) for name in names] == list(range(12))


def test_descriptor_is_readable_while_records_wait(server, open_stream):
    hold = Hold()
    server.add(sse_reply([TEXT[0], hold, *TEXT[1:]]))
    stream = open_stream()
    descriptor = stream.fileno()
    assert stream.fileno() == descriptor
    assert is_readable(descriptor, PATIENCE_MS)
    first = stream.drain()
    assert first[-1] == (alchemy_llm_py.TEXT_DELTA, 0, "Hel")
    assert not is_readable(descriptor)
    assert stream.drain() == []
    hold.release()
    assert is_readable(descriptor, PATIENCE_MS)


def test_one_network_read_is_one_wake_up_at_most(server, open_stream):
    hold = Hold()
    chunks = [sse.text_chunk(f"{number:04}") for number in range(64)]
    server.add(sse_reply([TEXT[0], hold, b"".join(chunks), *TEXT[2:]]))
    stream = open_stream()
    assert is_readable(stream.fileno(), PATIENCE_MS)
    stream.drain()
    hold.release()
    records, wakes = drained(stream)
    assert len(records) == 64 + 2
    assert wakes <= 4  # one for the piece, and at most one for each of the three writes after it


def test_chunks_of_http_that_came_together_are_one_batch(server, open_stream):
    chunks = [sse.text_chunk(f"{number:04}") for number in range(64)]
    framed = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in [*chunks, *TEXT[2:]])
    head = (
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    server.add(sse_reply([head + framed + b"0\r\n\r\n"], framing="raw"))
    _, wakes = drained(open_stream())
    assert wakes < len(chunks) / 2  # how often the system lets us read is its choice


def test_waker_is_called_once_per_change_from_empty(server, open_stream):
    hold, called = Hold(), threading.Semaphore(0)
    server.add(sse_reply([TEXT[0], hold, *TEXT[1:]]))
    stream = open_stream()
    stream.set_waker(called.release)
    assert called.acquire(timeout=10)
    assert stream.drain()
    assert not called.acquire(blocking=False)
    hold.release()
    assert called.acquire(timeout=10)


def test_waker_set_late_is_called_at_once(server, open_stream):
    server.add(one_read(TEXT))
    stream = open_stream()
    assert is_readable(stream.fileno(), PATIENCE_MS)
    calls = []
    stream.set_waker(lambda: calls.append(threading.current_thread()))
    assert calls == [threading.main_thread()]
    stream.set_waker(None)


class Owner:
    """Holds a stream that holds it."""

    def __init__(self, stream):
        self.stream = stream
        stream.set_waker(self.wake)

    def wake(self):
        """Do nothing."""


def test_waker_that_holds_its_stream_keeps_nobody_alive(server, open_stream):
    server.add(sse_reply([TEXT[0], Hold()]))
    stream = open_stream()

    owner = Owner(stream)
    seen = weakref.ref(owner)
    stream.next_event()
    del owner, stream
    gc.collect()
    assert seen() is None
    assert server.requests[0].over.wait_blocking()
    assert server.requests[0].outcome == "client closed"


def test_next_batch_gives_nothing_when_the_time_is_over(server, open_stream):
    hold = Hold()
    server.add(sse_reply([hold, *TEXT]))
    stream = open_stream()
    assert stream.next_batch(timeout=0.02) == []
    hold.release()
    assert stream.next_batch(timeout=10)


def test_drain_takes_no_more_than_it_is_told(server, open_stream):
    server.add(one_read(TEXT))
    stream = open_stream()
    descriptor = stream.fileno()
    assert is_readable(descriptor, PATIENCE_MS)
    batches = []
    while (batch := stream.drain(2)) is not None:
        batches.append(len(batch))
        assert batch[-1][0] == alchemy_llm_py.DONE or is_readable(descriptor, PATIENCE_MS)
    assert sum(batches) == 6
    assert max(batches) <= 2


def test_neighbouring_deltas_are_joined_on_demand(server, open_stream):
    server.add(one_read([*TEXT[:2], sse.thinking_chunk("hm"), *TEXT]))
    records = all_records(open_stream(coalesce=True))
    texts = [record[2] for record in records if record[0] == alchemy_llm_py.TEXT_DELTA]
    assert texts == ["Hello", "Hello"]


def test_ways_of_reading_can_be_mixed(server, open_stream):
    server.add(one_read(TEXT))
    stream = open_stream()
    assert stream.next_event()["type"] == "start"
    assert stream.next_batch()[0] == (alchemy_llm_py.TEXT_START, 0)
    assert stream.result()["content"][0]["text"] == "Hello"


def test_stream_that_builds_no_message_says_so(server, open_stream):
    server.add(one_read(TEXT))
    stream = open_stream(keep_message=False)
    for read in (stream.result, stream.snapshot):
        with pytest.raises(RuntimeError, match="keep_message"):
            read()
    events = all_events(stream)
    assert [event.get("delta") for event in events][2:4] == ["Hel", "lo"]
    assert "partial" not in events[2]


def test_four_threads_share_the_events_of_one_stream(server, open_stream):
    count = 2_000
    chunks = [sse.text_chunk(f"{number};") for number in range(count)]
    server.add(sse_reply([*chunks, sse.finish_chunk("stop"), sse.DONE]))
    stream, found, failures = open_stream(), [], []

    def read():
        try:
            found.extend(all_events(stream, partial=False))
        except BaseException as error:  # noqa: BLE001 - shown by the test
            failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    result = stream.result()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(found) == count + 4
    deltas = sorted(int(event["delta"][:-1]) for event in found if "delta" in event)
    assert deltas == list(range(count))
    assert len(result["content"][0]["text"]) == len(
        "".join(f"{number};" for number in range(count))
    )


def test_second_result_waits_beside_the_first(server, open_stream):
    hold = Hold()
    server.add(sse_reply([hold, *TEXT]))
    stream, results = open_stream(), []
    threads = [threading.Thread(target=lambda: results.append(stream.result())) for _ in range(3)]
    for thread in threads:
        thread.start()
    hold.release()
    for thread in threads:
        thread.join()
    assert [result["content"][0]["text"] for result in results] == ["Hello"] * 3


def test_key_in_the_headers_takes_any_case(server):
    server.add(one_read(TEXT))
    headers = [("Authorization", "Bearer sk-one"), ("authorization", "Bearer sk-two")]
    all_records(alchemy_llm_py.open_stream(server.url, headers, b'{"model":"m"}'))
    assert server.requests[0].headers["authorization"] == "Bearer sk-two"
