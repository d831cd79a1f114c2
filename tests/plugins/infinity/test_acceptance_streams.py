"""Acceptance checks 11 to 17, for both clients. Source: spec/infinity.md, 11."""

import asyncio
import gc
import json

import pytest

from jackfield.testing import Cut, Hold, Pause, Reply, json_reply, sse_reply
from jackfield_infinity import (
    AsyncInfinityAssistantClient,
    InfinityAssistantError,
    InfinityAssistantNetworkError,
    InfinityAssistantTimeoutError,
)

TEXT = "Once  upon a time\n there was — ein Schaf.\tEnd "
WORDS = ["Once  upon a time\n", " there was", " — ein", " Schaf.\tEnd "]
WHOLE = {
    "response": TEXT,
    "conversationId": "c1",
    "rateLimit": {"allowed": True, "limit": 50, "remaining": 12},
    "metadata": {"tokensUsed": 9},
}


def frame(name, data):
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def data(value):
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n"


ABOUT = {
    "phase": {"from": "a", "to": "b", "confidence": 0.9},
    "memory": {"stored": True, "content": "x"},
    "language": {"detected": "de", "confidence": 1},
    "speaker": {"speakerId": "s"},
    "essence": {"applied": True, "voiceTone": "playful"},
    "driving": {"enabled": True},
}
USED = {"tokensUsed": 9, "processingTime": 812, "drivingMode": False}
DEPLOYED = [
    *[frame(name, value) for name, value in ABOUT.items()],
    frame("start", {"conversationId": "c1"}),
    *[frame("chunk", {"text": words}) for words in WORDS],
    frame("done", {"conversationId": "c1", "metadata": USED}),
]
SDK = [*[data({"content": words}) for words in WORDS], data({"metadata": {"model": "m"}})]
PUBLIC = [
    *[data({"type": "chunk", "content": words}) for words in WORDS],
    data({"type": "complete", "message_id": "m1"}),
]


def text_of(chunks):
    return "".join(chunk["content"] for chunk in chunks if chunk["type"] == "text")


def types_of(chunks):
    return [chunk["type"] for chunk in chunks]


async def test_a11_the_deployed_dialect(infinity, server):
    server.add(sse_reply(DEPLOYED))
    chunks = await infinity.read("chat_stream", "Tell me a story", conversation_id="c1")
    assert text_of(chunks) == TEXT
    assert chunks[-1] == {"type": "done", "conversationId": "c1", "metadata": USED}
    assert types_of(chunks).count("done") == 1
    told = [chunk["metadata"] for chunk in chunks if chunk["type"] == "metadata"]
    assert told == [
        *({name: about} for name, about in ABOUT.items()),
        {"conversationId": "c1"},
        USED,
    ]
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/chat/stream")
    assert request.json() == {"message": "Tell me a story", "conversationId": "c1"}
    assert request.headers["accept"] == "text/event-stream, application/json;q=0.5"
    assert request.headers["x-api-key"] == "ia_the-key"


async def test_a12_the_sdk_s_dialect_ends_before_the_server_closes(infinity, server):
    server.add(sse_reply([*SDK, "data: [DONE]\n\n", Hold()]))
    chunks = await infinity.read("chat_stream", "Hi")
    assert text_of(chunks) == TEXT
    assert types_of(chunks) == ["text"] * 4 + ["metadata", "done"]
    await server.requests[0].over.wait()
    assert server.requests[0].outcome == "client closed"


async def test_a12_the_public_dialect(infinity, server):
    server.add(sse_reply(PUBLIC))
    chunks = await infinity.read("chat_stream", "Hi")
    assert text_of(chunks) == TEXT
    assert chunks[-2:] == [{"type": "metadata", "metadata": {"message_id": "m1"}}, {"type": "done"}]


@pytest.mark.parametrize(
    ("last", "told"),
    [
        (frame("error", {"message": "Sorry", "error": "Boom"}), {"error": "Sorry (Boom)"}),
        (frame("error", {"message": "Sorry", "error": "Sorry"}), {"error": "Sorry"}),
        (data({"type": "error", "error": "Boom", "code": "X"}), {"error": "Boom", "code": "X"}),
        (
            data({"type": "error", "error": {"code": "X", "message": "Boom"}}),
            {"error": "Boom", "code": "X"},
        ),
        (frame("error", {}), {"error": "Unknown error"}),
    ],
    ids=["deployed", "once", "sdk", "object", "nothing"],
)
async def test_a13_an_error_in_the_stream_is_its_last_chunk(infinity, server, last, told):
    server.add(sse_reply([DEPLOYED[6], DEPLOYED[7], last, DEPLOYED[-1], Hold()]))
    chunks = await infinity.read("chat_stream", "Hi")
    assert types_of(chunks) == ["metadata", "text", "error"]
    assert chunks[-1] == {"type": "error", **told}


async def test_a13_a_refusal_before_the_stream_is_raised(infinity, server):
    server.add(json_reply({"error": "Message is required"}, status=400))
    with pytest.raises(InfinityAssistantError, match="Message is required") as caught:
        await infinity.read("chat_stream", " ")
    assert caught.value.status_code == 400
    assert len(server.requests) == 1


async def test_a14_a_service_that_does_not_stream(infinity, server):
    html = Reply(status=404, headers={"content-type": "text/html"}, body="<html>Not found</html>")
    server.add(html, json_reply(WHOLE), json_reply(WHOLE))
    chunks = await infinity.read("chat_stream", "Hi")
    about = {"tokensUsed": 9, "conversationId": "c1", "rateLimit": WHOLE["rateLimit"]}
    assert chunks == [
        {"type": "text", "content": TEXT},
        {"type": "metadata", "metadata": about},
        {"type": "done", "conversationId": "c1"},
    ]
    await infinity.read("chat_stream", "Hi")
    assert [request.path for request in server.requests] == ["/chat/stream", "/chat", "/chat"]
    assert server.requests[1].json() == {"message": "Hi", "stream": True}


@pytest.mark.parametrize(
    ("profile", "path", "more"),
    [("published", "/chat", {"stream": True}), ("deployed", "/chat/stream", {})],
)
async def test_a14_a_profile_has_one_request(make, server, profile, path, more):
    infinity = make(profile=profile)
    server.add(sse_reply(DEPLOYED), Reply(status=404, body="<html>"))
    assert text_of(await infinity.read("chat_stream", "Hi")) == TEXT
    assert server.requests[0].path == path
    assert server.requests[0].json() == {"message": "Hi", **more}
    with pytest.raises(InfinityAssistantError) as caught:
        await infinity.read("chat_stream", "Hi")
    assert caught.value.status_code == 404
    assert len(server.requests) == 2


@pytest.mark.parametrize("how", ["break", "close", "with"])
async def test_a16_leaving_early_closes_the_connection(infinity, server, how):
    server.add(sse_reply([*DEPLOYED[6:8], Hold()]))
    stream = infinity.stream("chat_stream", "Hi")
    assert (await stream.next())["type"] == "metadata"
    if how == "close":
        await stream.close()
        await stream.close()
    elif how == "with" and infinity.is_async:
        async with stream.items:
            pass
    elif how == "with":
        with stream.items:
            pass
    del stream
    gc.collect()
    await server.requests[0].over.wait()
    assert server.requests[0].outcome == "client closed"


async def test_a16_a_cancelled_task_closes_the_connection(server):
    hold = Hold()
    server.add(sse_reply([*DEPLOYED[6:8], hold]))
    async with AsyncInfinityAssistantClient("ia_x", server.url) as client:
        got_text = asyncio.Event()

        async def read():
            async for chunk in client.chat_stream("Hi"):
                if chunk["type"] == "text":
                    got_text.set()

        before = asyncio.all_tasks()
        task = asyncio.ensure_future(read())
        await got_text.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await server.requests[0].over.wait()
        assert server.requests[0].outcome == "client closed"
        assert asyncio.all_tasks() == before


async def test_a17_a_stream_may_take_longer_than_the_timeout(make, server):
    infinity = make(timeout=0.3)
    server.add(sse_reply([piece for each in DEPLOYED for piece in (Pause(0.06), each)]))
    chunks = await infinity.read("chat_stream", "Hi")  # 0.7 s
    assert text_of(chunks) == TEXT


async def test_a17_a_gap_may_not(make, server):
    infinity = make(timeout=0.4)
    server.add(sse_reply([DEPLOYED[7], Pause(5), *DEPLOYED[8:]]))
    stream = infinity.stream("chat_stream", "Hi")
    assert (await stream.next())["type"] == "text"
    with pytest.raises(InfinityAssistantTimeoutError) as caught:
        await stream.next()
    assert (caught.value.code, caught.value.status_code) == ("TIMEOUT", 408)
    assert len(server.requests) == 1


@pytest.mark.parametrize("end", [[], [Cut()]], ids=["whole body", "cut"])
@pytest.mark.parametrize("frames", [DEPLOYED[6:8], SDK[:2], PUBLIC[:2]], ids=["s", "sdk", "m"])
async def test_a17_a_stream_that_ends_early_is_no_success(infinity, server, frames, end):
    server.add(sse_reply([*frames, *end]))
    stream = infinity.stream("chat_stream", "Hi")
    chunks = [await stream.next() for _ in range(2)]
    with pytest.raises(InfinityAssistantNetworkError) as caught:
        await stream.next()
    assert (caught.value.code, caught.value.status_code) == ("NETWORK_ERROR", 0)
    assert text_of(chunks)
    assert "done" not in types_of(chunks)
    assert len(server.requests) == 1


async def test_a17_a_stream_of_nothing_is_no_success(infinity, server):
    server.default = sse_reply([])
    with pytest.raises(InfinityAssistantNetworkError, match="stream ended early"):
        await infinity.read("chat_stream", "Hi")
    assert len(server.requests) == 1


async def test_each_chunk_comes_as_soon_as_it_arrives(infinity, server):
    holds = [Hold() for _ in WORDS]
    frames = [data({"content": words}) for words in WORDS]
    pieces = [piece for pair in zip(frames, holds, strict=True) for piece in pair]
    server.add(sse_reply([*pieces, "data: [DONE]\n\n"]))
    stream = infinity.stream("chat_stream", "Hi")
    for words, hold in zip(WORDS, holds, strict=True):
        assert await stream.next() == {"type": "text", "content": words}
        hold.release()
    assert await stream.next() == {"type": "done"}
    assert await stream.next() is None


async def test_a_whole_answer_is_asked_for_by_its_own_name(infinity, server):
    with pytest.raises(TypeError, match="chat_stream"):
        await infinity.call("chat", "Hi", stream=True)
    assert server.requests == []
