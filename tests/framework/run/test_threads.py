"""Plain functions in threads."""

import asyncio
import threading

import pytest

import jackfield.run.threads
from jackfield.run.threads import in_thread


def test_idle_thread_is_used_again():
    async def main():
        return [await in_thread(threading.get_ident) for _ in range(20)]

    assert len(set(asyncio.run(main()))) < 20


async def test_thread_that_blocks_holds_up_no_other():
    release = threading.Event()

    def block():
        release.wait()

    stuck = [asyncio.create_task(in_thread(block)) for _ in range(40)]
    await asyncio.sleep(0)
    assert await in_thread(lambda: "free") == "free"
    for task in stuck:
        task.cancel()
    await asyncio.wait(stuck)
    release.set()


async def test_idle_thread_ends_after_a_while(monkeypatch):
    monkeypatch.setattr(jackfield.run.threads, "_IDLE_S", 0.01)
    thread = await in_thread(threading.current_thread)
    await asyncio.to_thread(thread.join, 5)
    assert not thread.is_alive()
    assert thread not in jackfield.run.threads._idle


async def test_exceptions_come_through():
    def fails():
        raise LookupError("here")

    with pytest.raises(LookupError, match="here"):
        await in_thread(fails)
