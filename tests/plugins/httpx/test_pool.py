"""The pool of HTTP/1.1 connections: who gets one, who waits, what is closed, and cancellation."""

import asyncio
import random
from collections.abc import AsyncIterator

import psutil
import pytest
import pytest_asyncio

from jackfield.http import Request, Timeouts
from jackfield.testing import Hold, LoopbackServer, Pause, Reply, json_reply, sse_reply
from jackfield_httpx.http1_answer import Answer
from jackfield_httpx.pool import Pool
from jackfield_httpx.targets import read_url
from jackfield_httpx.transfer_errors import (
    ConnectError,
    CutError,
    PoolTimeoutError,
    TransferError,
)

CANCELLATIONS = 1000


@pytest_asyncio.fixture
async def other() -> AsyncIterator[LoopbackServer]:
    async with LoopbackServer(default=json_reply("other")) as server:
        yield server


@pytest_asyncio.fixture
async def pooled():
    """Give a function that makes a pool; all are closed at the end."""
    made: list[Pool] = []

    def make(**options) -> Pool:
        made.append(Pool(**options))
        return made[-1]

    yield make
    for pool in made:
        await pool.aclose()


def ask(pool: Pool, server: LoopbackServer, *, pool_s: float = 5, **options):
    """Send a request and return the coroutine of its answer."""
    request = Request(method="POST", url=server.url, body=b"{}")
    timeouts = Timeouts(connect_s=5, read_s=5, write_s=5, pool_s=pool_s)
    return pool.send(request, read_url(request.url), timeouts, **options)


async def body_of(answer: Answer) -> bytes:
    found = b""
    try:
        while part := await answer.next():
            found += part
    finally:
        await answer.aclose()
    return found


async def asked(pool: Pool, server: LoopbackServer, **options) -> bytes:
    return await body_of(await ask(pool, server, **options))


def states(pool: Pool) -> list[str]:
    return sorted("idle" if each.is_idle() else "busy" for each in pool.connections)


async def test_requests_in_turn_use_one_connection(pooled, loopback):
    pool = pooled()
    loopback.default = json_reply({})
    for _ in range(5):
        assert await asked(pool, loopback) == b"{}"
    assert (loopback.connections, states(pool)) == (1, ["idle"])


async def test_a_connection_comes_back_before_its_answer_is_closed(pooled, loopback):
    pool = pooled()
    loopback.default = sse_reply(["a", "b"])
    answer = await ask(pool, loopback)
    await answer.next()
    while not answer.is_over:
        await answer.next()
    assert states(pool) == ["idle"]
    assert await asked(pool, loopback) == b"ab"
    await answer.aclose()
    assert (loopback.connections, states(pool)) == (1, ["idle"])


async def test_an_answer_that_nobody_reads_costs_its_connection(pooled, loopback):
    pool = pooled()
    loopback.default = json_reply({})
    await (await ask(pool, loopback)).aclose()
    assert states(pool) == []


async def test_the_last_used_is_used_first_and_the_longest_idle_goes_first(pooled, loopback):
    pool = pooled(max_idle=2)
    loopback.default = json_reply({})
    answers = [await ask(pool, loopback) for _ in range(3)]
    assert states(pool) == ["busy"] * 3
    for answer in answers:
        await body_of(answer)
    order = pool.connections
    assert states(pool) == ["idle", "idle"]
    await asked(pool, loopback)
    assert pool.connections == order
    assert loopback.requests[-1].connection == 2


async def test_a_pool_can_keep_nothing(pooled, loopback):
    pool = pooled(max_idle=0)
    loopback.default = json_reply({})
    for _ in range(2):
        await asked(pool, loopback)
    assert (loopback.connections, states(pool)) == (2, [])


async def test_what_is_idle_for_too_long_is_closed(pooled, loopback, until):
    pool = pooled(idle_s=0.02)
    loopback.default = json_reply({})
    answers = [await ask(pool, loopback) for _ in range(2)]
    for answer in answers:
        await body_of(answer)
        await asyncio.sleep(0.01)
    await until(lambda: not pool.connections)
    assert pool._expiry is None
    await asked(pool, loopback)
    assert loopback.connections == 3


# --- waiting ---------------------------------------------------------------------------------


async def test_no_more_connections_than_allowed_and_each_for_one_request(pooled, loopback):
    pool = pooled(max_connections=3)
    open_now: dict[int, int] = {}

    def reply(request):
        running = [each for each in loopback.requests if not each.outcome]
        counted = [each.connection for each in running]
        assert len(counted) == len(set(counted)) <= 3
        open_now[request.connection] = open_now.get(request.connection, 0) + 1
        return sse_reply([request.body, Pause(0)])

    loopback.default = reply
    found = await asyncio.gather(*(asked(pool, loopback) for _ in range(40)))
    assert found == [b"{}"] * 40
    assert (loopback.connections, states(pool)) == (3, ["idle"] * 3)
    assert sum(open_now.values()) == 40


async def test_who_waits_longest_is_first(pooled, loopback, until):
    pool = pooled(max_connections=1)
    hold = Hold()
    loopback.default = lambda request: sse_reply([hold, b"x"])
    served = []

    async def one(number):
        await asked(pool, loopback)
        served.append(number)

    async with asyncio.TaskGroup() as group:
        for number in range(5):
            group.create_task(one(number))
        await until(lambda: len(pool._waiting) == 4)
        hold.release()
    assert served == [0, 1, 2, 3, 4]
    assert loopback.connections == 1


async def test_a_connection_to_another_server_makes_room(pooled, loopback, other):
    pool = pooled(max_connections=1)
    loopback.default = json_reply({})
    assert await asked(pool, loopback) == b"{}"
    assert await asked(pool, other) == b'"other"'  # the idle one had to go
    first = await ask(pool, other)
    second = asyncio.create_task(asked(pool, loopback))
    await asyncio.sleep(0)
    await body_of(first)  # handed on: as room, not as a connection
    assert await second == b"{}"
    assert states(pool) == ["idle"]


async def test_a_broken_connection_makes_room_for_who_waits(pooled, loopback, until):
    pool = pooled(max_connections=1)
    loopback.default = json_reply({})
    first = await ask(pool, loopback)
    second = asyncio.create_task(asked(pool, loopback))
    await until(lambda: pool._waiting)
    await first.aclose()
    assert await second == b"{}"
    assert loopback.connections == 2


async def test_waiting_has_an_end(pooled, loopback):
    pool = pooled(max_connections=1)
    loopback.default = json_reply({})
    first = await ask(pool, loopback)
    with pytest.raises(PoolTimeoutError):
        await ask(pool, loopback, pool_s=0.01)
    assert not pool._waiting
    assert await body_of(first) == b"{}"
    assert await asked(pool, loopback) == b"{}"
    assert states(pool) == ["idle"]


async def test_who_gives_up_while_a_connection_is_handed_over_hands_it_on(pooled, loopback, until):
    pool = pooled(max_connections=1)
    loopback.default = json_reply({})
    first = await ask(pool, loopback)
    second = asyncio.create_task(ask(pool, loopback))
    third = asyncio.create_task(asked(pool, loopback))
    await until(lambda: len(pool._waiting) == 2)
    while await first.next():
        pass  # the connection belongs to the second now, which does not know yet
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    assert await third == b"{}"
    assert states(pool) == ["idle"]


async def test_no_room_is_lost_where_nobody_answers(pooled, loopback):
    pool = pooled(max_connections=1)
    async with LoopbackServer() as gone:
        pass
    for _ in range(3):
        with pytest.raises(ConnectError):
            await ask(pool, gone)
    loopback.default = json_reply({})
    assert await asked(pool, loopback) == b"{}"


# --- servers that leave or speak -------------------------------------------------------------


async def test_a_connection_that_the_server_closed_is_not_used(pooled, loopback, until):
    pool = pooled()
    loopback.default = Reply(body=b"x", hang_up=True)
    for _ in range(4):
        assert await asked(pool, loopback) == b"x"
        await until(lambda: not pool.connections[0].is_usable())
    assert loopback.connections == 4


async def test_a_connection_on_which_the_server_spoke_is_not_used(pooled, until):
    writers = []

    async def serve(reader, writer):
        writers.append(writer)
        await reader.readuntil(b"\r\n\r\n{}")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx")
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    pool = pooled()
    request = Request(
        method="POST", url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", body=b"{}"
    )

    async def answered():
        return await body_of(await pool.send(request, read_url(request.url), Timeouts()))

    assert await answered() == b"x"
    writers[0].write(b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n")
    await writers[0].drain()
    await until(lambda: not pool.connections[0].is_usable())
    assert await answered() == b"x"
    assert len(writers) == 2
    await pool.aclose()
    server.close()
    await until(lambda: all(writer.transport.is_closing() for writer in writers))


async def test_an_error_tells_whether_its_connection_had_served_before(pooled, loopback):
    pool = pooled()
    loopback.add(json_reply({}), Reply(framing="raw"), Reply(framing="raw"))
    await asked(pool, loopback)
    for expected in (True, False):
        with pytest.raises(CutError) as caught:
            await ask(pool, loopback)
        assert caught.value.is_pooled is expected
    assert states(pool) == []


async def test_a_new_connection_can_be_asked_for(pooled, loopback):
    pool = pooled()
    loopback.default = json_reply({})
    await asked(pool, loopback)
    await asked(pool, loopback, anew=True)
    assert (loopback.connections, states(pool)) == (2, ["idle", "idle"])


# --- closing and cancelling ------------------------------------------------------------------


async def test_closing_ends_what_is_open_and_what_waits(pooled, loopback, silent, until):
    pool = pooled(max_connections=2)
    loopback.default = sse_reply(["x", Hold()])
    reading = asyncio.create_task(asked(pool, loopback))
    hanging = Request(url=f"http://{silent}/")
    asking = asyncio.create_task(pool.send(hanging, read_url(hanging.url), Timeouts()))
    waiting = asyncio.create_task(asked(pool, loopback))
    await until(lambda: loopback.requests and pool._waiting)
    await pool.aclose()
    found = await asyncio.gather(reading, asking, waiting, return_exceptions=True)
    assert all(isinstance(each, TransferError) for each in found), found
    assert pool.connections == []
    await loopback.requests[0].over.wait()


async def test_a_connection_that_opens_after_the_end_is_closed(pooled, loopback, monkeypatch):
    from jackfield_httpx import connecting

    really, go = connecting._connect, asyncio.Event()

    async def slowly(*arguments):
        await go.wait()
        return await really(*arguments)

    monkeypatch.setattr(connecting, "_connect", slowly)
    pool = pooled()
    asking = asyncio.create_task(ask(pool, loopback))
    await asyncio.sleep(0)
    await pool.aclose()
    go.set()
    with pytest.raises(TransferError, match="closed"):
        await asking
    assert pool.connections == []


@pytest.mark.parametrize("seed", [1, 2])
async def test_cancelling_anywhere_leaves_no_connection_busy(pooled, loopback, other, seed):
    chance = random.Random(seed)
    pool = pooled(max_connections=3, max_idle=2)
    loopback.default = lambda _: sse_reply(["a", Pause(0), "b", Pause(0)])
    plugs = psutil.Process().num_fds()
    tasks: list[asyncio.Task[bytes]] = []
    for _ in range(CANCELLATIONS // 2):
        tasks.append(asyncio.create_task(asked(pool, chance.choice([loopback, other]))))
        for _ in range(chance.randrange(12)):
            await asyncio.sleep(0)
        chance.choice(tasks[-8:]).cancel()
        assert len(pool.connections) <= 3
    found = await asyncio.gather(*tasks, return_exceptions=True)
    good = [each for each in found if not isinstance(each, BaseException)]
    assert set(good) <= {b"ab", b'"other"'}
    assert all(isinstance(each, bytes | asyncio.CancelledError) for each in found)
    assert "busy" not in states(pool)
    assert not pool._waiting
    assert (await asked(pool, loopback), await asked(pool, other)) == (b"ab", b'"other"')
    assert len(pool.connections) <= 2
    await pool.aclose()
    async with asyncio.timeout(5):
        for request in [*loopback.requests, *other.requests]:
            await request.over.wait()
        while psutil.Process().num_fds() > plugs:  # noqa: ASYNC110 - the server's close a step later
            await asyncio.sleep(0.001)
