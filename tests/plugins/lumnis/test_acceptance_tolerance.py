"""Acceptance check A30 of spec/lumnis.md, 8: odd replies, and the blocking client anywhere."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.lumnis_clients import created, run, snapshot

from jackfield.testing import LoopbackServer, json_reply
from jackfield_lumnis import Client

ODD = {
    "user_id": "user-123",
    "progress": None,
    "artifacts": [
        {
            "artifactId": "a-1",
            "name": "n",
            "parts": [{"kind": "text", "text": "t"}],
            "metadata": None,
        }
    ],
    "a_new_field": {"x": [1]},
}


async def test_a30_odd_replies_are_read(lumnis):
    lumnis.server.add(
        *run({**snapshot("paused"), **ODD}, {**snapshot("succeeded", output_text="hi"), **ODD})
    )
    found = await lumnis.call("invoke", "x", user_id="user-123", poll_interval=0.01)
    assert (found.status, found.output_text, found.user_id) == ("succeeded", "hi", "user-123")
    assert found.progress == []
    assert found.a_new_field == {"x": [1]}
    assert len(found.artifacts) == 1


async def test_a30_a_run_that_streams_goes_on_past_an_unknown_status(lumnis):
    odd = [{**snapshot(status), **ODD} for status in ("paused", "succeeded")]
    lumnis.server.add(*run(*odd))
    updates = await lumnis.updates("x", user_id="user-123")
    assert [update.status for update in updates] == ["succeeded"]


@pytest.fixture
def runs():
    """A server where every run is done at once, whoever asks."""

    def answer(request):
        if request.method == "POST":
            return json_reply(created())
        return json_reply(snapshot("succeeded", output_text="hi"))

    with LoopbackServer(default=answer) as server:
        yield server


async def test_a30_the_blocking_client_works_inside_a_running_loop(runs):
    with Client(api_key="k", base_url=runs.url) as client:
        assert client.invoke("x", user_id="u").output_text == "hi"
        updates = client.invoke("x", user_id="u", stream=True)
        assert [update.output_text for update in updates] == ["hi"]


def test_a30_the_blocking_client_works_after_asyncio_run(runs):
    async def nothing():
        await asyncio.sleep(0)

    client = Client(api_key="k", base_url=runs.url)
    assert client.invoke("x", user_id="u").output_text == "hi"
    asyncio.run(nothing())
    assert client.invoke("x", user_id="u").output_text == "hi"
    client.close()
    assert client.invoke("x", user_id="u").output_text == "hi"
    client.close()


def test_a30_the_blocking_client_serves_four_threads_at_once(runs):
    together = threading.Barrier(4, timeout=5)

    def work(number):
        together.wait()
        return [client.invoke(f"{number}", user_id="u").output_text for _ in range(5)]

    with Client(api_key="k", base_url=runs.url) as client, ThreadPoolExecutor(4) as threads:
        assert [*threads.map(work, range(4))] == [["hi"] * 5] * 4
    assert len(runs.requests) == 40
