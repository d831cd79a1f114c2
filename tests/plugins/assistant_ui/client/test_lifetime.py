"""What is open, and when. Source: spec/assistant-ui.md, a.1; acceptance check 7."""

import asyncio
import gc
import subprocess
import sys
import threading

import pytest

from jackfield.testing import json_reply
from jackfield_assistant_ui import AssistantClient


@pytest.fixture(autouse=True)
def _answers(server):
    server.default = json_reply({"ok": True})


def test_nothing_is_imported_or_opened_before_the_first_request():
    code = (
        "import sys; from jackfield_assistant_ui import AssistantClient;"
        "client = AssistantClient('http://127.0.0.1:9'); client.threads('t1'); client.close_sync();"
        "print(sorted({'httpx2', 'httpcore2', 'httptools'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout == "[]\n"


def test_the_blocking_side_needs_no_event_loop(server):
    with AssistantClient(server.url) as client:
        assert client.threads("t1").chat_sync().json() == {"ok": True}


async def test_the_blocking_side_works_in_a_running_loop(server):
    async with AssistantClient(server.url) as client:
        assert client.threads("t1").chat_sync().json() == {"ok": True}


def connections(server):
    """Return the numbers of the connections that were used, by request."""
    return [request.connection for request in server.requests]


async def use(client):
    await client.threads("t1").chat()
    await asyncio.to_thread(client.threads("t1").chat_sync)


async def test_connections_are_kept_for_later_requests(server):
    async with AssistantClient(server.url) as client:
        await use(client)
        await use(client)
    assert connections(server) == [0, 1, 0, 1]


@pytest.mark.parametrize("way", ["close", "close_sync"])
async def test_closing_closes_both_sides_and_the_next_call_opens_them_again(server, way):
    client = AssistantClient(server.url)
    await use(client)
    for _ in range(2):
        closing = getattr(client, way)()
        if closing is not None:
            await closing
    async with client:
        await use(client)
    assert connections(server) == [0, 1, 2, 3]


async def test_leaving_a_blocking_context_closes_both_sides(server):
    with AssistantClient(server.url) as client:
        await use(client)
    await asyncio.sleep(0)
    assert client.blocking.is_closed
    assert client.awaited.is_closed


def test_two_event_loops_one_after_the_other(server):
    client = AssistantClient(server.url)

    async def ask():
        return (await client.threads("t1").chat()).json()

    assert [asyncio.run(ask()), asyncio.run(ask())] == [{"ok": True}] * 2
    client.close_sync()
    gc.collect()  # a connection that was left open would warn


def test_two_event_loops_at_the_same_time(server):
    client = AssistantClient(server.url)
    found = []

    async def ask():
        found.append((await client.threads("t1").chat()).json())

    workers = [threading.Thread(target=lambda: asyncio.run(ask())) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert found == [{"ok": True}] * 2
    client.close_sync()
