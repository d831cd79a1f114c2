"""Readers that take their time, and servers that stop."""

import asyncio

from support.assistant_asks import model_request, ui_request

from jackfield.testing.script import Text, Wait

LONG = Text("x" * 400_000, chunks=400)


async def test_slow_reader_holds_up_its_own_run_and_nobody_else(serve, scripted):
    scripted.add([LONG] * 20, "Quick")
    scripted.batch = 20
    server = await serve()
    slow = await server.call.open("POST", "/api/chat", model_request("hi"), narrow=True)
    [run] = server.runs()
    waits, room = asyncio.Event(), run.tape.room

    async def noted():
        waits.set()
        await room()

    run.tape.room = noted
    quick = await server.call("POST", "/api/chat", model_request("hi", thread="t2"))
    assert b"Quick" in quick.body
    # The run waits for its reader: 8 MB were to be said, and are not kept in memory.
    await waits.wait()
    [reader] = run.tape._readers
    assert reader.waiting_bytes < 2_000_000
    assert not run.finished.is_set()
    await slow.rest()
    assert slow.reply.body.count(b"x") >= 8_000_000
    assert slow.reply.complete
    await slow.aclose()


async def test_reader_that_takes_nothing_is_given_up(serve, scripted):
    scripted.add([LONG] * 20)
    scripted.batch = 20
    server = await serve(stall_timeout_s=0.2)
    stuck = await server.call.open("POST", "/api/chat", model_request("hi"), narrow=True)
    [run] = server.runs()
    async with asyncio.timeout(10):
        await run.finished.wait()
    assert run.reason == "other"
    await stuck.leave()


async def test_silence_is_filled_with_signs_of_life(serve, scripted):
    wait = Wait()
    scripted.add(["Half", wait, " done"])
    server = await serve(heartbeat_s=0.02)
    reply = await server.call.open("POST", "/api/chat", ui_request("hi"))
    await wait.reached.wait()
    await reply.until(b": heartbeat\n\n: heartbeat\n\n")
    wait.release()
    done = await reply.rest()
    assert done.text.replace(": heartbeat\n\n", "").count("data: ") == len(done.frames()) + 1
    await reply.aclose()


async def test_stop_lets_answers_end_and_takes_no_new_ones(serve, scripted):
    wait = Wait()
    scripted.add(["Half", wait, " done"])
    server = await serve()
    reply = await server.call.open("POST", "/api/chat", ui_request("hi"))
    idle = await server.call.connect()
    await wait.reached.wait()
    server.server.stop()
    assert (await server.call("GET", "/ready")).status == 503
    assert (await server.call("GET", "/health")).status == 200
    refused = await server.call("POST", "/api/chat", ui_request("hi"))
    assert (refused.status, refused.headers["retry-after"]) == (503, "10")
    wait.release()
    done = await reply.rest()
    assert done.frames()[-1]["type"] == "finish"
    assert done.complete
    await reply.aclose()
    idle[1].close()


async def test_answers_that_do_not_end_in_time_are_ended_in_good_order(serve, scripted):
    wait = Wait()
    scripted.add(["Half", wait])
    server = await serve(shutdown_s=0)
    reply = await server.call.open("POST", "/api/chat", ui_request("hi"))
    await wait.reached.wait()
    server.server.stop()
    done = await reply.rest()
    assert [frame["type"] for frame in done.frames()][-2:] == ["abort", "finish"]
    assert done.complete
    await reply.aclose()
