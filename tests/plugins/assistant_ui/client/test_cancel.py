"""Ending calls. Source: spec/assistant-ui.md, a.5; acceptance check 5."""

import asyncio

import pytest

from jackfield.testing import Hold, Reply, json_reply
from jackfield_assistant_ui import AssistantCancelledError, AssistantClient
from jackfield_assistant_ui.wire.events import Text

EMPTY = Reply(status=204)


def held():
    """Return a reply that never ends, and what is told once its first event was sent."""
    hold = Hold()
    reply = Reply(
        headers={"content-type": "text/plain", "x-vercel-ai-data-stream": "v1"},
        framing="chunked",
        body=['0:"Hel"\n', hold],
    )
    return reply, hold


async def test_cancel_sends_the_thread_and_nothing_else(either):
    either.server.add(json_reply({"threadId": "a/b", "cancelled": False}), EMPTY)
    reply = await either.cancel("a/b")
    [request] = either.server.requests
    assert (request.method, request.path, request.body) == (
        "POST",
        "/api/cancel",
        b'{"threadId":"a/b"}',
    )
    assert reply.json()["cancelled"] is False
    assert (await either.cancel("a/b")).status_code == 204


async def test_cancel_ends_the_streams_of_its_thread_and_no_others(either):
    first, one = held()
    second, two = held()
    either.server.add(first)
    mine, other = [], []
    ending = asyncio.ensure_future(either.read(mine, "t1"))
    await one.reached.wait()
    either.server.add(second)
    going_on = asyncio.ensure_future(either.read(other, "t2"))
    await two.reached.wait()
    either.server.add(EMPTY)
    async with asyncio.timeout(5):
        await either.cancel("t1")
        with pytest.raises(AssistantCancelledError, match="t1"):
            await ending
        await either.server.requests[0].over.wait()
    assert either.server.requests[0].outcome == "client closed"
    assert mine == [Text("Hel")]
    two.release()
    async with asyncio.timeout(5):
        await going_on
    assert other == [Text("Hel")]


async def test_a_task_that_awaits_chat_is_cancelled(server):
    reply, hold = held()
    server.add(reply, EMPTY)
    async with AssistantClient(server.url) as client:
        thread = client.threads("t1")
        task = asyncio.create_task(thread.chat())
        async with asyncio.timeout(5):
            await hold.reached.wait()
            await client.threads("t1").cancel()
            await asyncio.wait({task})
            await server.requests[0].over.wait()
    assert task.cancelled()
    assert server.requests[0].outcome == "client closed"


async def test_a_task_that_has_not_begun_is_cancelled_too(server):
    server.default = EMPTY
    async with AssistantClient(server.url) as client, asyncio.timeout(5):
        thread = client.threads("t1")
        task = asyncio.create_task(thread.chat())
        await thread.cancel()
        await asyncio.wait({task})
        assert task.cancelled()
        assert (await thread.chat()).status_code == 204  # what comes later is not meant


async def test_chat_sync_is_ended_from_another_thread(server):
    reply, hold = held()
    server.add(reply, EMPTY)
    with AssistantClient(server.url) as client:
        chatting = asyncio.ensure_future(asyncio.to_thread(client.threads("t1").chat_sync))
        async with asyncio.timeout(5):
            await hold.reached.wait()
            await asyncio.to_thread(client.threads("t1").cancel_sync)
            with pytest.raises(AssistantCancelledError):
                await chatting


async def test_leaving_the_loop_closes_the_connection(server):
    reply, _ = held()
    server.add(reply)
    async with AssistantClient(server.url) as client, client.threads("t1").stream() as events:
        async for event in events:
            assert event == Text("Hel")
            break
    async with asyncio.timeout(5):
        await server.requests[0].over.wait()
    assert server.requests[0].outcome == "client closed"
