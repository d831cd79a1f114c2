"""How a call of the transport `httpx` ends: left early, cancelled, closed."""

import asyncio

import pytest
from support.http_calls import failure

from jackfield.errors import StateError
from jackfield.http import Request
from jackfield.testing import Hold, Pause, Reply, json_reply, sse_reply
from jackfield.testing.sse import DONE, text_chunk


async def test_leaving_early_closes_the_connection_at_once(transport, loopback, post, connections):
    loopback.add(sse_reply([text_chunk("x"), Hold()]))
    async with transport.stream(post()) as response:
        async for _ in response.chunks():
            break
    assert "busy" not in connections(transport)
    async with asyncio.timeout(0.1):
        await loopback.requests[0].over.wait()
    assert loopback.requests[0].outcome == "client closed"


async def test_an_error_in_the_block_closes_the_connection(transport, loopback, post, connections):
    loopback.add(sse_reply([text_chunk("x"), Hold()]))
    with pytest.raises(KeyError):
        async with transport.stream(post()):
            raise KeyError
    assert "busy" not in connections(transport)
    async with asyncio.timeout(0.1):
        await loopback.requests[0].over.wait()


@pytest.mark.parametrize("where", ["head", "body"])
async def test_cancellation_closes_the_connection(transport, loopback, post, connections, where):
    hold = Hold()
    head = [hold] if where == "head" else [text_chunk("x"), hold]
    loopback.add(Reply(framing="raw", body=[hold]) if where == "head" else sse_reply(head))

    async def consume():
        async with transport.stream(post()) as response:
            async for _ in response.chunks():
                pass

    reading = asyncio.create_task(consume())
    await hold.reached.wait()
    await asyncio.sleep(0.01)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert "busy" not in connections(transport)
    async with asyncio.timeout(0.1):
        await loopback.requests[0].over.wait()
    assert loopback.requests[0].outcome == "client closed"


async def test_cancellation_while_connecting_leaves_nothing(transport, connections, silent):
    request = Request(url=f"https://{silent}/")
    opening = asyncio.create_task(failure(transport, request))
    await asyncio.sleep(0.02)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert "busy" not in connections(transport)


async def test_aborts_at_random_points_close_quickly_and_leak_nothing(
    transport, loopback, post, connections
):
    loopback.default = sse_reply([part for _ in range(30) for part in (text_chunk("x"), Pause(0))])

    async def consume():
        async with transport.stream(post()) as response:
            async for _ in response.chunks():
                pass

    for number in range(100):
        reading = asyncio.create_task(consume())
        for _ in range(number % 37):
            await asyncio.sleep(0)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    assert "busy" not in connections(transport)
    async with asyncio.timeout(1):
        for received in loopback.requests:
            await received.over.wait()


async def test_lingering_gives_the_connection_back(transport, loopback, post, connections, until):
    hold = Hold()
    loopback.add(sse_reply([DONE, hold]), json_reply({}))
    async with transport.stream(post()) as response:
        async for _ in response.chunks():
            break
        await response.linger()
    assert connections(transport) == ["busy"]
    hold.release()
    await until(lambda: connections(transport) == ["idle"])
    async with transport.stream(post()) as response:
        await response.read()
    assert loopback.connections == 1


async def test_next_request_waits_a_moment_for_the_connection(transport, loopback, post):
    """A fast tool asks again between `[DONE]` and the end of the body."""
    loopback.add(sse_reply([DONE, Pause(0.001)]), json_reply({}))
    async with transport.stream(post()) as response:
        async for _ in response.chunks():
            break
        await response.linger()
    async with transport.stream(post()) as response:
        await response.read()
    assert loopback.connections == 1


async def test_next_request_waits_for_no_end_that_does_not_come(transport, loopback, post):
    loopback.add(sse_reply([DONE, Hold()]), json_reply({"ok": True}))
    async with transport.stream(post()) as response:
        async for _ in response.chunks():
            break
        await response.linger()
    async with transport.stream(post()) as response:
        assert response.status == 200
    assert loopback.connections == 2


async def test_lingering_ends_with_a_server_that_goes_on(transport, loopback, post, connections):
    loopback.add(sse_reply([DONE, *[b"x" * 20_000, Pause(0.001)] * 10, Hold()]))
    async with transport.stream(post()) as response:
        async for _ in response.chunks():
            break
        await response.linger()
    async with asyncio.timeout(1):
        await loopback.requests[0].over.wait()
    assert loopback.requests[0].outcome == "client closed"


async def test_closing_the_transport_ends_its_lingering(opened, loopback, post):
    loopback.add(sse_reply([DONE, Hold()]))
    transport = opened()
    async with transport.stream(post()) as response:
        async for _ in response.chunks():
            break
        await response.linger()
    await transport.aclose()
    assert len(asyncio.all_tasks() - {asyncio.current_task()}) <= len(loopback._tasks) + 2
    async with asyncio.timeout(0.2):
        await loopback.requests[0].over.wait()


async def test_a_closed_transport_refuses(opened, post):
    transport = opened()
    await transport.aclose()
    await transport.aclose()
    with pytest.raises(StateError, match="closed"):
        async with transport.stream(post()):
            pass
