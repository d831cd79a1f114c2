"""The stream that providers get for nothing. Source: spec/agent.md, 4.2."""

import asyncio
from itertools import chain

import pytest

from jackfield.contracts import AssistantStream
from jackfield.models import Model
from jackfield.stream import AnswerStream

MODEL = Model(provider="p", id="m")


async def two_reads(answer):
    answer.text("hel")
    yield
    answer.text("lo")
    answer.finish()
    yield


def stream_of(source=two_reads):
    return AnswerStream(MODEL, source)


class Blocking:
    """A source that waits for ever after its first read, and notes when it is closed."""

    def __init__(self):
        self.waits = asyncio.Event()
        self.closed = asyncio.Event()

    async def __call__(self, answer):
        try:
            answer.text("so far")
            yield
            self.waits.set()
            await asyncio.Event().wait()
        finally:
            self.closed.set()


async def test_it_is_what_the_contract_asks_for():
    stream = stream_of()
    assert isinstance(stream, AssistantStream)
    await stream.aclose()


async def test_one_batch_per_read_and_the_same_events_one_by_one():
    batches = [[event.type for event in batch] async for batch in stream_of().batches()]
    assert batches == [
        ["start", "text_start", "text_delta"],
        ["text_delta", "text_end", "done"],
    ]
    assert [event.type async for event in stream_of()] == list(chain(*batches))


async def test_result_before_and_after_iteration_is_the_same_message():
    stream = stream_of()
    message = await stream.result()
    assert message.content[0].text == "hello"
    assert await stream.result() is message


async def test_result_waits_while_another_task_reads():
    waits, go = asyncio.Event(), asyncio.Event()

    async def source(answer):
        answer.text("x")
        yield
        waits.set()
        await go.wait()
        answer.finish()

    stream = stream_of(source)
    seen = []

    async def read():
        seen.extend([event.type async for event in stream])

    reading = asyncio.create_task(read())
    await waits.wait()
    waiting = asyncio.create_task(stream.result())
    await asyncio.sleep(0)  # let it begin to wait
    go.set()
    assert (await waiting).stop_reason == "stop"
    await reading
    assert seen[-1] == "done"


async def test_an_exception_becomes_the_last_event():
    async def source(answer):
        answer.text("hel")
        yield
        raise OSError("cable cut")

    events = [event async for event in stream_of(source)]
    assert events[-1].type == "error"
    assert events[-1].error.error_message == "cable cut"
    assert events[-1].error.content[0].text == "hel"


async def test_an_exception_before_the_first_read_is_a_bare_error():
    async def source(answer):
        raise OSError("no route")
        yield

    assert [event.type async for event in stream_of(source)] == ["error"]


async def test_ending_without_a_terminal_event_is_a_protocol_error():
    async def source(answer):
        answer.text("x")
        yield

    message = await stream_of(source).result()
    assert message.stop_reason == "error"
    assert message.error.kind == "protocol"


async def test_reads_without_events_give_no_empty_batches():
    async def source(answer):
        yield
        answer.finish()
        yield
        yield

    batches = [batch async for batch in stream_of(source).batches()]
    assert [[event.type for event in batch] for batch in batches] == [["start", "done"]]


async def test_leaving_early_closes_the_source_and_aborts_the_answer():
    source = Blocking()
    async with stream_of(source) as stream:
        async for event in stream:
            if event.type == "text_delta":
                break
    assert source.closed.is_set()
    assert (await stream.result()).stop_reason == "aborted"
    await stream.aclose()


async def test_closing_before_reading_never_runs_the_source():
    async def source(answer):
        raise AssertionError("it ran")
        yield

    stream = stream_of(source)
    await stream.aclose()
    assert (await stream.result()).stop_reason == "aborted"
    assert [event.type async for event in stream] == []


async def test_a_cancelled_read_leaves_a_final_message():
    source = Blocking()
    stream = stream_of(source)
    reading = asyncio.create_task(stream.result())
    await source.waits.wait()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert source.closed.is_set()
    message = await stream.result()
    assert (message.stop_reason, message.content[0].text) == ("aborted", "so far")


async def test_closing_while_another_task_reads_ends_both():
    source = Blocking()
    stream = stream_of(source)
    reading = asyncio.create_task(stream.result())
    await source.waits.wait()
    await stream.aclose()
    assert source.closed.is_set()
    assert (await reading).stop_reason == "aborted"


async def test_a_task_that_reads_survives_the_close_by_another():
    source = Blocking()
    stream = stream_of(source)
    seen = []

    async def read():
        seen.extend([event.type async for event in stream])
        return asyncio.current_task().cancelling()

    reading = asyncio.create_task(read())
    await source.waits.wait()
    await asyncio.gather(stream.aclose(), stream.aclose())
    assert await reading == 0
    assert seen == ["start", "text_start", "text_delta"]
