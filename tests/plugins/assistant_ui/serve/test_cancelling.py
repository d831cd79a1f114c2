"""Ending an answer: by the stop button, by going away. Source: spec/assistant-ui.md, c.5, g.14."""

import asyncio

import pytest
from support.assistant_asks import commands_request, model_request, python_request, ui_request

from jackfield.testing.script import Wait

BODIES = {
    "data-stream": model_request("hi"),
    "ai-sdk": ui_request("hi"),
    "transport": commands_request("hi"),
}


async def opened(server, scripted, body):
    """Open an answer that waits half way."""
    wait = Wait()
    scripted.add(["Half", wait, "never"])
    reply = await server.call.open("POST", "/api/chat", body)
    await wait.reached.wait()
    await reply.until(b"Half")
    return reply


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_client_that_vanishes_ends_its_run(serve, scripted, body):
    server = await serve()
    reply = await opened(server, scripted, body)
    [run] = server.runs()
    await reply.leave()
    async with asyncio.timeout(5):
        await run.finished.wait()
    assert run.reason == "other"
    assert scripted.streams[0].answer.message.stop_reason == "aborted"
    await server.idle()
    assert len(server.hub) == 0
    # What there was is kept, as incomplete.
    state = (await server.call("GET", "/api/threads/t1")).json()["state"]
    assert state["messages"][1]["parts"] == [{"type": "text", "text": "Half"}]


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_cancel_ends_the_runs_of_the_thread_with_a_clean_end(serve, scripted, body):
    server = await serve()
    mine = await opened(server, scripted, body)
    key = "id" if "trigger" in body else "threadId"
    other = await opened(server, scripted, body | {key: "t2"})
    reply = await server.call("POST", "/api/cancel", {"threadId": "t1"})
    assert reply.json() == {"threadId": "t1", "cancelled": True}
    ended = await mine.rest()
    assert ended.complete
    assert b"never" not in ended.body
    assert server.runs() == [live.run for live in server.hub.of_thread("owner", "t2")]
    await other.leave()
    await mine.aclose()
    await server.idle()


async def test_cancelled_answer_says_so_in_each_protocol(serve, scripted):
    server = await serve()
    last = {}
    for name, body in BODIES.items():
        reply = await opened(server, scripted, body)
        await server.call("POST", "/api/cancel", {"threadId": "t1"})
        last[name] = (await reply.rest()).text
        await reply.aclose()
    assert '"finishReason":"other"' in last["data-stream"]
    assert '{"type":"abort"}' in last["ai-sdk"]
    assert '"status"],"value":{"type":"incomplete","reason":"cancelled"}' in last["transport"]


async def test_cancel_of_a_thread_where_nothing_runs(serve, scripted):
    server = await serve()
    reply = await server.call("POST", "/api/cancel", {"threadId": "nobody"})
    assert reply.json() == {"threadId": "nobody", "cancelled": False}
    assert (await server.call("POST", "/api/cancel", {})).status == 422


async def test_the_end_of_a_run_is_cleaned_up_once(serve, scripted, monkeypatch):
    from jackfield import Agent

    closed = []
    aclose = Agent.aclose

    async def noted(agent):
        closed.append(agent)
        await aclose(agent)

    monkeypatch.setattr(Agent, "aclose", noted)
    server = await serve()
    reply = await opened(server, scripted, BODIES["ai-sdk"])
    [run] = server.runs()
    await server.call("POST", "/api/cancel", {"threadId": "t1"})
    await reply.leave()
    await server.call("POST", "/api/cancel", {"threadId": "t1"})
    await run.finished.wait()
    await server.idle()
    assert closed == [run.agent]


async def test_python_client_that_leaves_its_document_ends_the_run(serve, scripted):
    wait = Wait()
    scripted.add(["Half", wait])
    server = await serve()
    accept = {"accept": "application/json"}
    asking = asyncio.create_task(
        server.call.open("POST", "/api/chat", python_request("hi"), headers=accept)
    )
    await wait.reached.wait()
    [run] = server.runs()
    asking.cancel()
    for connection in list(server.server.server_state.connections):
        connection.transport.abort()
    async with asyncio.timeout(5):
        await run.finished.wait()
    assert run.reason == "other"
    await asyncio.gather(asking, return_exceptions=True)


async def test_tool_that_runs_is_ended_too(serve, scripted):
    from jackfield import tool
    from jackfield.testing.script import Call

    begun, ended = asyncio.Event(), asyncio.Event()

    @tool
    async def sleep() -> str:
        """Sleep."""
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    server = await serve()
    begin = server.application.hub.add

    def with_tool(live):
        live.run.agent.set_tools([sleep])
        begin(live)

    server.application.hub.add = with_tool
    scripted.add([Call("sleep")])
    reply = await server.call.open("POST", "/api/chat", BODIES["data-stream"])
    await begun.wait()
    [run] = server.runs()
    await reply.leave()
    async with asyncio.timeout(5):
        await run.finished.wait()
    assert ended.is_set()
