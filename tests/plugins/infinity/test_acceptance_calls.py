"""Acceptance checks 2, 3, 4, 20 and 22, for both clients. Source: spec/infinity.md, 11."""

import asyncio
import json
import logging
import threading
import traceback

import pytest

from jackfield.testing import Hold, LoopbackServer, Reply, json_reply
from jackfield_infinity import (
    AsyncInfinityAssistantClient,
    InfinityAssistantAuthenticationError,
    InfinityAssistantClient,
    InfinityAssistantError,
)

DEPLOYED = {
    "response": "At step 3.",
    "conversationId": "conv_7",
    "rateLimit": {"allowed": True, "limit": 50, "remaining": 12},
    "metadata": {"model": "infinity-agent", "tokensUsed": 41, "processingTime": 812},
}
FLAT = {"success": True, "response": "At step 3.", "conversationId": "conv_7", "messageId": "m1"}
ENVELOPE = {
    "success": True,
    "data": {
        "message_id": "m1",
        "conversation_id": "conv_7",
        "response": "At step 3.",
        "timestamp": "2026-01-02T03:04:05Z",
        "tokens_used": 41,
        "model": "infinity-agent",
    },
}


async def test_a2_chat_sends_exactly_the_fields_that_were_given(infinity, server):
    server.add(json_reply(FLAT))
    await infinity.call(
        "chat", message="Hi", conversation_id="c1", driving_mode=True, user_context=None
    )
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/chat")
    expected = b'{"message":"Hi","conversationId":"c1","drivingMode":{"enabled":true}}'
    assert request.body == expected
    assert request.headers["x-api-key"] == "ia_the-key"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["accept"] == "application/json"
    assert request.headers["user-agent"].startswith("jackfield-infinity/")
    assert "authorization" not in request.headers


async def test_a3_a_new_key_counts_from_the_next_request_on(infinity, server):
    server.default = json_reply(FLAT)
    keys = ["ia_b", None]
    await infinity.call("chat", "one")
    for key in keys:
        infinity.client.set_api_key(key)
        assert infinity.client.get_api_key() == key
        await infinity.call("chat", "again")
    sent = [request.headers.get("x-api-key") for request in server.requests]
    assert sent == ["ia_the-key", "ia_b", None]


async def test_a3_a_stream_that_has_not_begun_uses_the_new_key(infinity, server):
    server.default = json_reply(FLAT)
    stream = infinity.stream("chat_stream", "Hi")
    infinity.client.set_api_key("ia_b")
    assert (await stream.next())["type"] == "text"
    assert server.requests[0].headers["x-api-key"] == "ia_b"
    await stream.close()


@pytest.mark.parametrize("status", [200, 400, 401, 429, 503])
async def test_a3_the_key_is_nowhere_to_be_seen(make, server, caplog, status):
    caplog.set_level(logging.DEBUG)
    infinity = make(max_retries=0)
    echoed = {"success": False, "error": "Bad key ia_the-key", "message": "ia_the-key is unknown"}
    server.default = json_reply(echoed, status=status, headers={"set-cookie": "a=b"})
    with pytest.raises(InfinityAssistantError) as caught:
        await infinity.call("chat", "Hi")
    error = caught.value
    seen = [
        *traceback.format_exception(error),
        repr(error.__dict__),
        repr(infinity.client),
        repr(infinity.client.service),
        *(record.getMessage() for record in caplog.records),
    ]
    assert [text for text in seen if "ia_the-key" in text] == []
    assert "********" in error.message


@pytest.mark.parametrize("body", [DEPLOYED, FLAT, ENVELOPE], ids=["deployed", "flat", "envelope"])
async def test_a4_every_form_of_answer_reads_the_same(infinity, server, body):
    server.add(json_reply(body))
    answer = await infinity.call("chat", "Hi")
    assert type(answer) is dict
    wanted = ("response", "conversationId", "success")
    assert [answer[name] for name in wanted] == ["At step 3.", "conv_7", True]
    if body is ENVELOPE:
        assert answer["messageId"] == "m1"
        about = {"tokensUsed": 41, "model": "infinity-agent", "timestamp": "2026-01-02T03:04:05Z"}
        assert answer["metadata"] == about


KEY = {"id": "k/1", "name": "work", "key": "ia_new", "prefix": "ia_new", "createdAt": "now"}
HOOK = {"id": "h 1", "url": "https://e.org", "events": ["chat.message"], "secret": "s"}
ACCOUNT_CALLS = [
    ("list_api_keys", (), "GET", "/api-keys", b"", {"success": True, "apiKeys": [KEY]}),
    ("create_api_key", ("work",), "POST", "/api-keys", b'{"name":"work"}', {"apiKey": KEY}),
    ("delete_api_key", ("k/1 &?",), "DELETE", "/api-keys?id=k%2F1%20%26%3F", b"", {"message": "x"}),
    ("list_webhooks", (), "GET", "/webhooks", b"", {"success": True, "webhooks": [HOOK]}),
    (
        "create_webhook",
        ("https://e.org", ["chat.message"]),
        "POST",
        "/webhooks",
        b'{"url":"https://e.org","events":["chat.message"]}',
        {"webhook": HOOK},
    ),
    ("delete_webhook", ("h 1",), "DELETE", "/webhooks?id=h%201", b"", {"message": "x"}),
]


@pytest.mark.parametrize(
    ("name", "arguments", "method", "path", "body", "answer"),
    ACCOUNT_CALLS,
    ids=[case[0] for case in ACCOUNT_CALLS],
)
async def test_a20_keys_and_webhooks_to_the_byte(
    infinity, server, name, arguments, method, path, body, answer
):
    server.add(json_reply(answer), json_reply({"error": "Authentication required"}, status=401))
    assert await infinity.call(name, *arguments) == answer
    request = server.requests[0]
    assert (request.method, request.path, request.body) == (method, path, body)
    with pytest.raises(InfinityAssistantAuthenticationError) as caught:
        await infinity.call(name, *arguments)
    assert (caught.value.status_code, caught.value.code) == (401, "AUTH_REQUIRED")
    assert "browser" in caught.value.__notes__[0]
    assert len(server.requests) == 2


async def test_a20_events_are_a_list(infinity):
    with pytest.raises(TypeError, match="list of names"):
        await infinity.call("create_webhook", "https://e.org", "chat.message")


async def test_health_is_what_the_service_says(infinity, server):
    server.add(json_reply({"status": "critical", "timestamp": "now", "checks": {}}))
    assert (await infinity.call("health"))["status"] == "critical"
    assert server.requests[0].path == "/health"


async def test_a22_closing_twice_is_fine_and_use_after_it_is_not(infinity, server):
    await infinity.close()
    await infinity.close()
    with pytest.raises(RuntimeError, match="closed"):
        await infinity.call("chat", "Hi")
    with pytest.raises(RuntimeError, match="closed"):
        await infinity.read("chat_stream", "Hi")
    assert server.requests == []


async def test_a22_leaving_the_context_closes(make, server):
    infinity = make()
    if infinity.is_async:
        async with infinity.client as entered:
            assert entered is infinity.client
    else:
        with infinity.client as entered:
            assert entered is infinity.client
    assert infinity.client.is_closed


def test_a22_fifty_threads_share_a_client(server):
    server.default = lambda request: json_reply({"response": request.json()["message"]})
    found: list[str] = []

    def work(number: int) -> None:
        found.append(client.chat(f"message {number}")["response"])

    with InfinityAssistantClient("ia_x", server.url) as client:
        threads = [threading.Thread(target=work, args=(number,)) for number in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(found) == sorted(f"message {number}" for number in range(50))


async def test_a22_two_hundred_tasks_share_a_client(server):
    server.default = lambda request: json_reply({"response": request.json()["message"]})
    async with AsyncInfinityAssistantClient("ia_x", server.url) as client:
        calls = (client.chat(f"message {number}") for number in range(200))
        found = [answer["response"] for answer in await asyncio.gather(*calls)]
    assert found == [f"message {number}" for number in range(200)]


def test_an_async_client_serves_one_event_loop_after_the_other(server):
    server.default = json_reply(FLAT)
    client = AsyncInfinityAssistantClient("ia_x", server.url)

    async def twice():
        return [(await client.chat("Hi"))["success"] for _ in range(2)]

    assert asyncio.run(twice()) == [True, True]
    assert asyncio.run(twice()) == [True, True]
    asyncio.run(client.close())


async def test_a_closed_client_ends_the_calls_of_others():
    hold = Hold()
    with LoopbackServer(Reply(framing="chunked", body=["{", hold])) as server:
        client = AsyncInfinityAssistantClient("ia_x", server.url)
        call = asyncio.ensure_future(client.chat("Hi"))
        await hold.reached.wait()
        await client.close()
        with pytest.raises(RuntimeError, match="closed"):
            await call


async def test_the_caller_s_data_are_left_alone(infinity, server):
    server.default = json_reply(FLAT)
    preferences = {"language": "de", "nested": {"a": None}}
    fields = {"preferences": preferences, "mode": "assist"}
    before = json.dumps(fields)
    await infinity.call("chat", "Hi", **fields)
    await infinity.read("chat_stream", "Hi", **fields)
    assert json.dumps(fields) == before
    assert server.requests[0].json()["preferences"] == preferences


def test_a_client_is_made_without_an_event_loop_and_positionally():
    client = AsyncInfinityAssistantClient("ia_x", "https://h.example/api/", 5, 1, 0.5)
    service = client.service
    assert (service.base_url, service.timeout) == ("https://h.example/api", 5)
    assert (service.retries.max_retries, service.retries.base_s) == (1, 0.5)


@pytest.mark.parametrize(
    ("given", "found"), [(None, "ia_env"), ("", None), ("ia_given", "ia_given")]
)
def test_the_environment_is_read_only_where_no_key_is_given(monkeypatch, kind, given, found):
    monkeypatch.setenv("INFINITY_ASSISTANT_API_KEY", " ia_env\n")
    assert kind(given).get_api_key() == found


@pytest.mark.parametrize(
    "wrong",
    [
        {"timeout": 0},
        {"max_retries": -1},
        {"retry_delay": -0.1},
        {"max_retry_wait": -1},
        {"profile": "guess"},
        {"base_url": "infinityassistant.io"},
    ],
    ids=str,
)
def test_values_that_make_no_sense_are_refused(kind, wrong):
    with pytest.raises(ValueError, match=r"must be|is one of|is not a URL"):
        kind("ia_x", **wrong)
