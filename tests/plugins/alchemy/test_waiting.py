"""Waiting for records: by descriptor, by waker, and not at all while nobody asks."""

import asyncio

import pytest
from support.scripted_handle import ScriptedHandle

from jackfield_alchemy.binding import DONE, TEXT_DELTA
from jackfield_alchemy.waiting import RecordQueue

PIECE = (TEXT_DELTA, 0, "x")
LAST = (DONE, "stop", {})


class ReaderlessLoop(asyncio.SelectorEventLoop):
    """As Windows' loop for subprocesses."""

    def add_reader(self, *args):
        raise NotImplementedError


@pytest.fixture
def handle():
    made = ScriptedHandle()
    yield made
    made.close()


def in_both_loops(scenario):
    for factory in (asyncio.SelectorEventLoop, ReaderlessLoop):
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(asyncio.wait_for(scenario(), 5))


def test_batches_come_as_they_are_drained():
    async def scenario():
        handle = ScriptedHandle()
        queue = RecordQueue(handle)
        handle.put(PIECE, PIECE)
        assert await queue.get() == [PIECE, PIECE]
        asyncio.get_running_loop().call_soon(handle.put, PIECE)
        assert await queue.get() == [PIECE]
        handle.put(PIECE)
        handle.put(LAST)
        assert await queue.get() == [PIECE, LAST]
        assert await queue.get() is None
        queue.close()
        assert handle.is_closed
        assert handle.waker is None

    in_both_loops(scenario)


def test_records_of_another_thread_wake_the_loop():
    async def scenario():
        handle = ScriptedHandle()
        queue = RecordQueue(handle)
        waiting = asyncio.ensure_future(queue.get())
        await asyncio.sleep(0)
        await asyncio.to_thread(handle.put, LAST)
        assert await waiting == [LAST]
        queue.close()

    in_both_loops(scenario)


async def test_loop_does_not_spin_while_nobody_asks(handle):
    queue = RecordQueue(handle)
    handle.put(PIECE)
    await queue.get()
    handle.put(PIECE)
    drains = handle.drains
    for _ in range(20):
        await asyncio.sleep(0)
    assert handle.drains == drains
    assert asyncio.get_running_loop()._selector.get_map().get(handle.fileno()) is None
    assert await queue.get() == [PIECE]
    queue.close()


async def test_cancelled_wait_loses_no_record(handle):
    queue = RecordQueue(handle)
    waiting = asyncio.ensure_future(queue.get())
    await asyncio.sleep(0)
    waiting.cancel()
    handle.put(PIECE)
    await asyncio.wait([waiting])
    assert waiting.cancelled()
    assert await queue.get() == [PIECE]
    queue.close()


@pytest.mark.parametrize("is_over", [True, False])
async def test_closed_queue_leaves_no_reader_in_the_loop(handle, is_over):
    before = set(asyncio.get_running_loop()._selector.get_map())
    queue = RecordQueue(handle)
    handle.put(LAST if is_over else PIECE)
    await queue.get()
    queue.close()
    queue.close()
    assert set(asyncio.get_running_loop()._selector.get_map()) == before


def test_waker_of_a_closed_loop_wakes_nobody():
    handle = ScriptedHandle()

    async def ask():
        queue = RecordQueue(handle)
        waiting = asyncio.ensure_future(queue.get())
        await asyncio.sleep(0)
        waiting.cancel()

    with asyncio.Runner(loop_factory=ReaderlessLoop) as runner:
        runner.run(ask())
    handle.put(PIECE)
    handle.close()
