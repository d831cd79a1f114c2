"""Between a run and its readers."""

import asyncio

from jackfield_assistant_ui.serve.rate import RateLimit
from jackfield_assistant_ui.serve.tape import HIGH_WATER_BYTES, Tape


async def read_all(reader):
    pieces = []
    while (data := await reader.read()) is not None:
        pieces.append(data)
    return b"".join(pieces)


async def test_first_reader_gets_what_was_written_before_it_came():
    tape = Tape()
    tape.write(b"a")
    first, second = tape.open_reader(), tape.open_reader()
    tape.write(b"b")
    tape.end()
    assert await read_all(first) == b"ab"
    assert await read_all(second) == b"b"


async def test_what_waits_is_read_in_one_piece():
    tape = Tape()
    reader = tape.open_reader()
    for _ in range(10):
        tape.write(b"x")
    assert await reader.read() == b"x" * 10


async def test_tape_that_keeps_gives_everyone_all():
    tape = Tape(keep_bytes=10)
    tape.write(b"12345")
    reader = tape.open_reader()
    tape.write(b"67890")
    tape.end()
    assert await read_all(reader) == b"1234567890"
    assert await read_all(tape.open_reader()) == b"1234567890"


async def test_tape_that_is_too_long_keeps_nothing_but_the_first_reader_misses_nothing():
    tape = Tape(keep_bytes=4)
    tape.write(b"123")
    tape.write(b"456")
    assert not tape.from_start
    tape.end()
    assert await read_all(tape.open_reader()) == b"123456"


async def test_run_waits_for_room_and_goes_on_when_the_reader_leaves():
    tape = Tape()
    reader = tape.open_reader()
    tape.write(b"x" * (HIGH_WATER_BYTES + 1))
    waiting = asyncio.create_task(tape.room())
    await asyncio.sleep(0)
    assert not waiting.done()
    reader.close()
    await waiting
    assert not tape.is_full


async def test_run_that_is_to_end_waits_for_nobody():
    tape = Tape()
    tape.open_reader()
    tape.write(b"x" * (HIGH_WATER_BYTES + 1))
    waiting = asyncio.create_task(tape.room())
    await asyncio.sleep(0)
    tape.release()
    await waiting


async def test_reader_that_waits_is_roused_for_a_sign_of_life():
    tape = Tape()
    reader = tape.open_reader()
    reader.beat()  # nobody waits: no sign is due
    reading = asyncio.create_task(reader.read())
    await asyncio.sleep(0)
    assert not reading.done()
    reader.beat()
    assert await reading == b""
    reading = asyncio.create_task(reader.read())
    await asyncio.sleep(0)
    reader.stop()
    assert await reading is None


def test_rate_fills_in_a_minute_and_forgets_the_silent():
    now = [0.0]
    rate = RateLimit(60, clock=lambda: now[0])
    assert [rate.wait_s("a") for _ in range(60)] == [0.0] * 60
    assert rate.wait_s("a") == 1.0
    assert rate.wait_s("b") == 0.0
    now[0] = 1.0
    assert rate.wait_s("a") == 0.0
    for number in range(10_002):
        rate.wait_s(str(number))
    now[0] = 100.0
    rate.wait_s("c")
    assert len(rate._buckets) == 1
