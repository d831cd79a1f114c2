"""Waiting for records: by descriptor, by waker, and not at all while nobody asks."""

import asyncio
import os

import pytest

from jackfield_alchemy.binding import DONE, TEXT_DELTA
from jackfield_alchemy.waiting import RecordQueue

PIECE = (TEXT_DELTA, 0, "x")
LAST = (DONE, "stop", {})


class ScriptedHandle:
    """A handle over a pipe, filled by the test."""

    def __init__(self):
        self._reader, self._writer = os.pipe()
        self.records = []
        self.drains = 0
        self.waker = None
        self.is_over = self.is_closed = False

    def put(self, *records):
        was_empty = not self.records
        self.records += records
        if was_empty:
            os.write(self._writer, b"x")
            if self.waker is not None:
                self.waker()

    def drain(self):
        self.drains += 1
        if self.is_over:
            return None
        found, self.records = self.records, []
        if found:
            os.read(self._reader, 1)
            self.is_over = found[-1][0] >= DONE
        if self.is_over:
            self.shut()
        return found

    def fileno(self):
        if self._reader < 0:
            raise OSError("the stream is over")
        return self._reader

    def set_waker(self, waker):
        self.waker = waker

    def close(self):
        self.is_closed = True
        self.shut()

    def shut(self):
        if self._reader >= 0:
            os.close(self._reader)
            os.close(self._writer)
            self._reader = self._writer = -1


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
