"""Waiting for records: by descriptor, by waker, and not at all while nobody asks."""

import asyncio
import gc
import weakref

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
    assert asyncio.get_running_loop()._selector.select(0) == []
    assert await queue.get() == [PIECE]
    queue.close()


async def test_answer_that_always_has_something_lets_others_have_their_turn(handle):
    queue = RecordQueue(handle)
    others = []

    async def other():
        while True:
            others.append(1)
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    for _ in range(10):
        handle.put(PIECE)
        await queue.get()
    assert len(others) >= 9
    task.cancel()
    queue.close()


async def test_many_records_come_in_batches_of_bounded_length(handle):
    queue = RecordQueue(handle)
    handle.put(*[PIECE] * 1000, LAST)
    found = []
    while (records := await queue.get()) is not None:
        assert 0 < len(records) <= 256
        found += records
    assert found == [*[PIECE] * 1000, LAST]
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


def watched():
    """Return the descriptors that the running loop watches."""
    return set(asyncio.get_running_loop()._selector.get_map())


@pytest.mark.parametrize("is_over", [True, False])
async def test_loop_watches_one_descriptor_whatever_the_number_of_answers(is_over):
    nobody = watched()
    first = RecordQueue(ScriptedHandle())
    one = watched()
    assert len(one - nobody) == 1
    queues = [RecordQueue(ScriptedHandle(LAST if is_over else PIECE)) for _ in range(20)]
    for queue in queues:
        await queue.get()
    assert watched() == one
    for queue in [first, *queues]:
        queue.close()
        queue.close()
    assert watched() == one


async def test_each_answer_wakes_its_own_reader_only():
    handles = [ScriptedHandle() for _ in range(5)]
    queues = [RecordQueue(handle) for handle in handles]
    waiting = [asyncio.ensure_future(queue.get()) for queue in queues]
    await asyncio.sleep(0)
    handles[3].put(PIECE)
    assert await waiting[3] == [PIECE]
    assert [task.done() for task in waiting] == [False, False, False, True, False]
    for handle in handles:
        handle.put(LAST)
    del waiting[3]
    assert await asyncio.gather(*waiting) == [[LAST]] * 4
    for queue in queues:
        queue.close()


@pytest.mark.parametrize("factory", [asyncio.SelectorEventLoop, ReaderlessLoop])
def test_loop_is_not_kept_when_it_is_over(factory):
    async def scenario(is_abandoned):
        queue = RecordQueue(ScriptedHandle())
        task = asyncio.ensure_future(queue.get())
        await asyncio.sleep(0)
        if not is_abandoned:
            task.cancel()
            queue.close()

    def loop_with(*, is_abandoned):
        loop = factory()
        loop.set_exception_handler(lambda *_: None)  # what is abandoned is complained about
        loop.run_until_complete(scenario(is_abandoned))
        loop.close()
        return weakref.ref(loop)

    gone = loop_with(is_abandoned=False)
    gc.collect()
    assert gone() is None
    gone = loop_with(is_abandoned=True)
    loop_with(is_abandoned=False)  # the next loop looks after those that are closed
    gc.collect()
    assert gone() is None


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
