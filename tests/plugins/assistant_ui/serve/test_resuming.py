"""Taking up an answer again. Source: spec/assistant-ui.md, c.6 and g.15."""

import asyncio

from support.assistant_asks import commands_request, model_request, said, ui_request

from jackfield.testing.script import Wait
from jackfield_assistant_ui.wire.state import applied

RESUMABLE = {"config": {"resumable": True}}
HEADER = "x-resumable-stream-id"


async def half(server, scripted, body, path="/api/chat"):
    """Open an answer that waits half way."""
    wait = Wait()
    scripted.add(["Half", wait, " done"])
    reply = await server.call.open("POST", path, body)
    await wait.reached.wait()
    await reply.until(b"Half")
    return wait, reply


def address(reply):
    return f"/api/chat/resume/{reply.reply.headers[HEADER]}"


async def test_answer_comes_again_from_its_beginning_in_the_middle_and_after_the_end(
    serve, scripted
):
    server = await serve()
    wait, first = await half(server, scripted, ui_request("hi", **RESUMABLE))
    await first.leave()
    second = await server.call.open("GET", address(first))
    assert second.reply.headers[HEADER] == first.reply.headers[HEADER]
    assert second.reply.headers["x-vercel-ai-ui-message-stream"] == "v1"
    await second.until(b"Half")
    wait.release()
    live = await second.rest()
    await second.aclose()
    assert live.body.startswith(first.reply.body)
    assert b" done" in live.body
    assert live.body.endswith(b"data: [DONE]\n\n")
    await server.idle()
    after = await server.call("GET", address(first))
    assert after.body == live.body


async def test_resumable_by_the_address_too_and_not_unless_asked(serve, scripted):
    scripted.add("a", "b", "c")
    server = await serve()
    assert HEADER in (await server.call("POST", "/api/chat?resumable=1", ui_request("hi"))).headers
    assert HEADER not in (await server.call("POST", "/api/chat", ui_request("hi"))).headers


async def test_two_readers_get_the_same_bytes(serve, scripted):
    server = await serve()
    wait, first = await half(server, scripted, ui_request("hi", **RESUMABLE))
    second = await server.call.open("GET", address(first))
    wait.release()
    assert (await first.rest()).body == (await second.rest()).body
    await first.aclose()
    await second.aclose()


async def test_plain_ai_sdk_resumes_by_thread(serve, scripted):
    server = await serve()
    wait, first = await half(server, scripted, ui_request("hi", **RESUMABLE))
    second = await server.call.open("GET", "/api/chat/t1/stream")
    wait.release()
    assert (await second.rest()).body == (await first.rest()).body
    await first.aclose()
    await second.aclose()
    await server.idle()
    assert (await server.call("GET", "/api/chat/t1/stream")).status == 204


async def test_nothing_to_resume_is_204_and_of_another_user_404(serve, scripted):
    server = await serve(tokens={"ann": "secret-a", "bob": "secret-b"})
    ann, bob = ({"authorization": f"Bearer secret-{letter}"} for letter in "ab")
    server.call.headers = ann
    wait, reply = await half(server, scripted, ui_request("hi", **RESUMABLE))
    assert (await server.call("GET", "/api/chat/resume/unknown")).status == 204
    assert (await server.call("GET", address(reply), headers=bob)).status == 404
    assert (await server.call("GET", "/api/chat/t1/stream", headers=bob)).status == 204
    body = {"threadId": "t1", "commands": [], "state": {"messages": []}}
    assert (await server.call("POST", "/resume", body, headers=bob)).status == 204
    wait.release()
    await reply.rest()
    await reply.aclose()
    assert (await server.call("GET", address(reply), headers=bob)).status == 404


async def test_answer_that_is_kept_no_longer_is_204(serve, scripted):
    scripted.add("Hello")
    server = await serve(resume_kept_s=0)
    reply = await server.call("POST", "/api/chat", ui_request("hi", **RESUMABLE))
    await server.idle()
    assert (await server.call("GET", f"/api/chat/resume/{reply.headers[HEADER]}")).status == 204


async def test_answer_that_is_too_long_goes_on_but_cannot_be_taken_up(serve, scripted):
    server = await serve(resume_max_bytes=10)
    wait, first = await half(server, scripted, ui_request("hi", **RESUMABLE))
    assert (await server.call("GET", address(first))).status == 204
    wait.release()
    assert b" done" in (await first.rest()).body
    await first.aclose()


async def test_nobodys_answer_ends_after_a_while(serve, scripted):
    server = await serve(resume_grace_s=0.05)
    _, reply = await half(server, scripted, ui_request("hi", **RESUMABLE))
    [run] = server.runs()
    await reply.leave()
    async with asyncio.timeout(5):
        await run.finished.wait()
    assert run.reason == "other"


async def test_state_of_a_thread_is_taken_up_where_it_is(serve, scripted):
    server = await serve()
    body = commands_request("hi", **RESUMABLE)
    wait, first = await half(server, scripted, body, "/assistant")
    assert HEADER in first.reply.headers
    await first.leave()
    thread = (await server.call("GET", "/api/threads/t1")).json()
    assert thread["running"] is True
    assert thread["state"]["messages"][1]["parts"] == [said("Half")]
    resume = {"threadId": "t1", "commands": [], "state": thread["state"]}
    second = await server.call.open("POST", "/resume", resume)
    await second.until(b"Half")
    wait.release()
    reply = await second.rest()
    await second.aclose()
    state = thread["state"]
    for frame in reply.frames():
        state = applied(state, frame.get("operations", []))
    assert state["messages"][1]["parts"] == [said("Half done")]
    assert (await server.call("GET", "/api/threads/t1")).json() == {
        "id": "t1",
        "title": "hi",
        "state": state,
        "running": False,
    }
    assert (await server.call("POST", "/resume", resume)).status == 204


async def test_run_id_of_the_state_address_must_be_that_of_the_answer(serve, scripted):
    server = await serve()
    wait, reply = await half(server, scripted, commands_request("hi", **RESUMABLE), "/assistant")
    told = (await server.call("POST", "/resume/state", {"threadId": "t1"})).json()
    assert told["runId"] == reply.reply.headers[HEADER]
    assert told["state"]["messages"][1]["parts"] == [said("Half")]
    stale = {"threadId": "t1", "commands": [], "runId": "yesterday"}
    assert (await server.call("POST", "/resume", stale)).status == 409
    again = await server.call.open("POST", "/resume", stale | {"runId": told["runId"]})
    wait.release()
    assert (await again.rest()).complete
    await again.aclose()
    await reply.rest()
    await reply.aclose()
    await server.idle()
    assert (await server.call("POST", "/resume/state", {"threadId": "t1"})).status == 204


async def test_data_streams_are_not_resumed(serve, scripted):
    server = await serve()
    wait, reply = await half(server, scripted, model_request("hi", **RESUMABLE))
    assert (await server.call("GET", "/api/chat/t1/stream")).status == 204
    wait.release()
    await reply.rest()
    await reply.aclose()
