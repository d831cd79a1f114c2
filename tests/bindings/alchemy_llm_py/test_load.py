"""Many streams, much data, long lives. Source: spec/alchemy.md, 8.7 and 11 (17 to 20, 23)."""

import asyncio
import gc
import random
import threading

import alchemy_llm_py
import psutil
import pytest
from support.binding import BODY, HEADERS, all_records

from jackfield.testing import LoopbackServer, Pause, sse, sse_reply

MIB = 1024 * 1024
END = [sse.finish_chunk(), sse.DONE]


def texts(records):
    return "".join(record[2] for record in records if record[0] == alchemy_llm_py.TEXT_DELTA)


async def read(stream):
    """Return the records of a stream, taken as an event loop takes them."""
    loop, there, records = asyncio.get_running_loop(), asyncio.Event(), []
    descriptor = stream.fileno()
    loop.add_reader(descriptor, there.set)
    while True:
        await there.wait()
        there.clear()
        batch = stream.drain()
        records += batch
        if batch and batch[-1][0] >= alchemy_llm_py.DONE:
            loop.remove_reader(descriptor)
            return records


def test_slow_reader_makes_the_server_wait(server, open_stream):
    chunk = sse.text_chunk("x" * 10_000)
    count = 10_000
    server.add(sse_reply([*[chunk] * count, *END]))
    stream = open_stream(keep_message=False)
    stream.next_batch()
    request = server.requests[0]
    settled = sent_at_rest(request)
    # What is on its way: our queue, the buffers of the sockets; they are the system's choice.
    assert settled < len(chunk) * count / 2
    assert request.outcome == ""
    length = 10_000  # of the first, which was taken
    while (batch := stream.next_batch()) is not None:
        length += len(texts(batch))
    assert length >= 10_000 * (count - 200)
    assert request.outcome == "answered"


def sent_at_rest(request):
    """Return how many bytes the server could send before it had to wait."""
    before, same = -1, 0
    while same < 5:
        same = same + 1 if request.sent_bytes == before else 0
        before = request.sent_bytes
        threading.Event().wait(0.05)
    return before


async def test_many_streams_at_once_need_no_executor():
    count = 50
    pieces = [piece for _ in range(20) for piece in (sse.text_chunk("abcd"), Pause(0.01))]
    async with LoopbackServer(default=sse_reply([*pieces, *END])) as server:
        streams = [alchemy_llm_py.open_stream(server.url, HEADERS, BODY) for _ in range(count)]
        threads = threading.active_count()
        found = await asyncio.gather(*map(read, streams))
        assert threading.active_count() == threads
    assert [texts(records) for records in found] == ["abcd" * 20] * count


async def test_descriptors_are_closed_with_their_streams():
    count = 100
    async with LoopbackServer(default=sse_reply([sse.text_chunk("a"), *END])) as server:
        await read(alchemy_llm_py.open_stream(server.url, HEADERS, BODY))
        before = psutil.Process().num_fds()
        for _ in range(count):
            await read(alchemy_llm_py.open_stream(server.url, HEADERS, BODY))
        # A connection more or less in the pool is two descriptors: its other end is here too.
        assert psutil.Process().num_fds() - before < count / 10
        assert server.connections < count / 10


@pytest.mark.slow
def test_memory_stays_small_while_nobody_reads(server, open_stream):
    chunk = sse.text_chunk("x" * 1_000)
    count = 50_000
    server.add(sse_reply([b"".join([chunk] * 100)] * (count // 100) + END))
    stream = open_stream(keep_message=False)
    stream.next_batch()
    sent_at_rest(server.requests[0])
    before = psutil.Process().memory_info().rss
    threading.Event().wait(2)
    assert psutil.Process().memory_info().rss - before < 8 * MIB
    length = 0
    while (batch := stream.next_batch()) is not None:
        length += len(texts(batch))
    assert length >= 1_000 * (count - 5_000)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_ten_thousand_streams_leave_nothing(server, open_stream):
    server.default = sse_reply([b"".join([sse.text_chunk("a"), *END])], framing="length")
    process = psutil.Process()
    seen = []
    for number in range(10_000):
        stream = open_stream()
        stream.fileno()
        all_records(stream)
        server.requests.clear()
        if number % 1_000 == 999:
            seen.append((process.num_fds(), process.num_threads(), process.memory_info().rss))
    descriptors, threads, memory = zip(*seen, strict=True)
    assert max(descriptors) < descriptors[0] + 10
    assert max(threads) <= threads[0]
    assert memory[-1] - memory[0] < 8 * MIB


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("engine", ["own", "crate"])
def test_a_thousand_random_cancels_leave_nothing(server, model, context, engine):
    chance = random.Random(7)
    text = [piece for _ in range(40) for piece in (sse.text_chunk("abcd"), Pause(0.0005))]
    server.default = sse_reply([*text, *END])
    process = psutil.Process()
    seen = []
    for number in range(1_000):
        stream = alchemy_llm_py.openai_completions_stream(model, context, {"engine": engine})
        threading.Event().wait(chance.uniform(0, 0.01))
        chance.choice([stream.cancel, stream.close])()
        del stream
        if number % 100 == 99:
            for request in server.requests:
                assert request.over.wait_blocking()
            server.requests.clear()
            gc.collect()
            now = process.num_fds(), process.num_threads(), process.memory_info().rss
            seen.append(now)
    # The crate's threads end in their own time: what was there at some moment counts.
    early, late = (list(map(min, zip(*half, strict=True))) for half in (seen[:5], seen[5:]))
    for before, after, most in zip(early, late, (8, 8, 16 * MIB), strict=True):
        assert after - before < most
