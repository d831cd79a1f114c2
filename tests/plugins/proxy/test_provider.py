"""The provider over a socket. Source: spec/agent.md, 13.4; checks 26 to 28."""

import asyncio
import json

import pytest

from jackfield.contracts import StreamOptions
from jackfield.credentials import HeaderAuth, Secret
from jackfield.models import Model
from jackfield.testing import Cut, Hold, LoopbackServer, ProviderContract, Reply, json_reply
from jackfield.testing import sse_reply as sse
from jackfield.testing.manifest_contract import ManifestContract
from jackfield_httpx.transport import HttpxTransport
from jackfield_proxy.provider import ProxyProvider
from jackfield_proxy.settings import ProxySettings

MODEL = Model(provider="p", id="m", api="a")
START = {"type": "start"}
TEXT = {"type": "text_start", "contentIndex": 0}
HI = {"type": "text_delta", "contentIndex": 0, "delta": "Hi"}
DONE = {"type": "done", "reason": "stop", "usage": {"input": 1}}
ANSWER = [
    START,
    {"type": "thinking_start", "contentIndex": 0},
    {"type": "thinking_delta", "contentIndex": 0, "delta": "hm"},
    {"type": "thinking_end", "contentIndex": 0, "contentSignature": "s"},
    {"type": "text_start", "contentIndex": 1},
    {"type": "text_delta", "contentIndex": 1, "delta": "Hello"},
    {"type": "text_delta", "contentIndex": 1, "delta": " you"},
    {"type": "text_end", "contentIndex": 1},
    {"type": "toolcall_start", "contentIndex": 2, "id": "c1", "toolName": "add"},
    {"type": "toolcall_start", "contentIndex": 3, "id": "c2", "toolName": "add"},
    {"type": "toolcall_delta", "contentIndex": 3, "delta": '{"a":2}'},
    {"type": "toolcall_delta", "contentIndex": 2, "delta": '{"a":1}'},
    {"type": "toolcall_end", "contentIndex": 2},
    {"type": "toolcall_end", "contentIndex": 3},
    {"type": "done", "reason": "toolUse", "usage": {"input": 3, "output": 4}},
]


def data(*events):
    return [b"data: " + json.dumps(event).encode() + b"\n\n" for event in events]


def token(value="the-secret-token"):
    async def read():
        return Secret(value, source="the test")

    return HeaderAuth(read)


class TestContract(ProviderContract):
    @pytest.fixture
    def server(self):
        # In a thread: the server's tasks for pooled connections are none of the provider's.
        with LoopbackServer(default=sse(data(*ANSWER))) as server:
            yield server

    @pytest.fixture
    async def provider(self, server):
        transport = HttpxTransport()
        settings = ProxySettings(proxy_url=server.url, models=["m", "n"])
        yield ProxyProvider("proxy", settings, transport)
        await transport.aclose()

    @pytest.fixture
    async def failing_provider(self):
        transport = HttpxTransport()
        async with LoopbackServer(default=json_reply({"error": "no"}, status=403)) as server:
            yield ProxyProvider("proxy", ProxySettings(proxy_url=server.url), transport)
        await transport.aclose()


class TestPackage(ManifestContract):
    distribution = "jackfield-proxy"


async def test_the_request_goes_where_it_should(loopback, opened, hi):
    loopback.add(sse(data(TEXT, HI, DONE)))
    provider = opened(auth=token(), proxy_url=loopback.url + "/root/", headers={"X-Team": "a"})
    options = StreamOptions(headers={"X-Trace": "b"})
    message = await provider.stream(MODEL, hi, options).result()
    assert message.stop_reason == "stop"
    request = loopback.requests[0]
    assert (request.method, request.path) == ("POST", "/root/api/stream")
    headers = request.headers
    assert headers["authorization"] == "Bearer the-secret-token"
    assert headers["content-type"] == "application/json"
    assert headers["accept"] == "text/event-stream"
    assert (headers["x-team"], headers["x-trace"]) == ("a", "b")
    assert request.json()["context"]["messages"][0]["content"][0]["text"] == "hi"


async def test_the_api_key_of_a_call_beats_the_auth(loopback, opened, hi):
    loopback.add(sse(data(DONE)))
    await opened(auth=token()).stream(MODEL, hi, StreamOptions(api_key="other")).result()
    assert loopback.requests[0].headers["authorization"] == "Bearer other"


async def test_the_message_names_the_model_and_its_usage(loopback, ask):
    loopback.add(sse(data(*ANSWER)))
    events, message = await ask()
    assert (message.provider, message.model, message.api) == ("p", "m", "a")
    assert (message.usage.input, message.usage.output) == (3, 4)
    assert message.timestamp > 1_000_000_000_000
    assert events[-1].message is message
    assert [call.arguments for call in message.tool_calls()] == [{"a": 1}, {"a": 2}]


async def test_a_model_without_names_gets_those_of_the_provider(loopback, ask):
    loopback.add(sse(data(DONE)))
    _, message = await ask(model=Model(id="m"))
    assert (message.provider, message.api) == ("proxy", "proxy")
    assert loopback.requests[0].json()["model"]["provider"] == "proxy"


async def test_any_cut_on_the_network_gives_the_same_events(loopback, ask, told):
    body = b"".join(data(*ANSWER))
    loopback.add(*[sse([body[:cut], body[cut:]]) for cut in range(0, len(body), 5)])
    loopback.add(sse([body[at : at + 1] for at in range(len(body))]))
    expected = None
    for _ in range(0, len(body) + 5, 5):
        events, message = await ask()
        expected = expected or told(events)
        assert told(events) == expected
        assert message.stop_reason == "tool_calls"


async def test_text_that_broke_off_is_kept(loopback, ask, told):
    loopback.add(sse(data(START, TEXT, HI)))
    events, message = await ask(max_retries=2)
    assert told(events)[-1] == ("error", "error")
    assert (message.stop_reason, message.content[0].text) == ("error", "Hi")
    assert message.error_message == "Stream ended before done"
    assert len(loopback.requests) == 1  # nothing is repeated once something was shown


async def test_a_refusal_tells_status_and_text_but_no_token(loopback, opened, hi, told):
    loopback.add(json_reply({"error": "bad token: the-secret-token"}, status=401))
    stream = opened(auth=token()).stream(MODEL, hi, StreamOptions())
    events = [event async for event in stream]
    message = await stream.result()
    assert told(events) == [("error", "error")]
    assert "401" in message.error_message
    assert "bad token" in message.error_message
    assert "the-secret-token" not in repr(message)
    assert (message.error.kind, message.error.status) == ("authentication", 401)


async def test_an_error_event_is_the_end_and_keeps_what_came(loopback, ask, told):
    failed = {"type": "error", "reason": "error", "errorMessage": "boom", "usage": {"input": 2}}
    loopback.add(sse(data(START, TEXT, HI, failed, DONE)))
    events, message = await ask()
    assert told(events)[-2:] == [("text_delta", 0, "Hi"), ("error", "error")]
    assert (message.error_message, message.usage.input) == ("boom", 2)
    assert message.content[0].text == "Hi"


async def test_an_error_event_without_words_has_a_message(loopback, ask):
    loopback.add(sse(data({"type": "error", "reason": "error"})))
    _, message = await ask()
    assert message.error_message == "The proxy reported an error without a message."


async def test_an_error_event_never_shows_the_token(loopback, opened, hi):
    failed = {"type": "error", "errorMessage": "the-secret-token is bad"}
    loopback.add(sse(data(failed)))
    message = await opened(auth=token()).stream(MODEL, hi, StreamOptions()).result()
    assert "the-secret-token" not in repr(message)


async def test_an_abort_at_the_server_is_an_aborted_answer(loopback, ask, told):
    stopped = {"type": "error", "reason": "aborted", "errorMessage": "stopped by admin"}
    loopback.add(sse(data(TEXT, HI, stopped)))
    events, message = await ask()
    assert told(events)[-1] == ("error", "aborted")
    assert (message.stop_reason, message.error_message) == ("aborted", "stopped by admin")
    assert (message.content[0].text, message.error) == ("Hi", None)


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (json_reply({"error": "quota"}), "quota"),
        (Reply(headers={"content-type": "application/json"}, body="{"), "no events, but '{'"),
        (
            Reply(headers={"content-type": "text/html; charset=utf-8"}, body="<html>"),
            "a web page",
        ),
        (sse([], framing="length"), "Stream ended before done"),
    ],
    ids=["json error", "torn json", "html", "nothing"],
)
async def test_an_answer_without_events_is_an_error(loopback, ask, told, reply, text):
    loopback.add(reply)
    events, message = await ask()
    assert told(events) == [("error", "error")]
    assert text in message.error_message


async def test_an_answer_that_broke_before_its_text_is_asked_for_again(loopback, ask, told):
    loopback.add(sse([*data(START), Cut()]), sse(data(START, TEXT, HI, DONE)))
    notices = []
    events, message = await ask(max_retries=1, options=StreamOptions(notify=notices.append))
    assert message.stop_reason == "stop"
    assert told(events)[:2] == ["start", ("text_start", 0)]
    assert [notice.kind for notice in notices] == ["retry"]


async def test_closing_ends_the_connection(loopback, opened, hi):
    hold = Hold()
    loopback.add(sse([*data(START, TEXT, HI), hold]))
    stream = opened().stream(MODEL, hi, StreamOptions())
    async for event in stream:
        if event.type == "text_delta":
            break
    await stream.aclose()
    await asyncio.wait_for(loopback.requests[0].over.wait(), 5)
    assert loopback.requests[0].outcome == "client closed"
    assert (await stream.result()).content[0].text == "Hi"


async def test_requests_share_one_connection(loopback, ask):
    loopback.default = sse(data(TEXT, HI, DONE))
    for _ in range(3):
        await ask()
    assert {request.connection for request in loopback.requests} == {0}


async def test_a_configuration_is_enough(loopback, kernel, monkeypatch):
    monkeypatch.setenv("PROXY_TOKEN", "tok")
    loopback.add(sse(data(START, TEXT, HI, DONE)))
    made = kernel(
        {
            "agents": {"default": {"model": "proxy:m"}},
            "providers": {
                "proxy": {
                    "proxy_url": loopback.url,
                    "auth": "mine",
                    "model": {"provider": "anthropic"},
                }
            },
            "auth": {"mine": {"use": "env", "variable": "PROXY_TOKEN"}},
        }
    )
    assert await made.agent().prompt_text("hello") == "Hi"
    request = loopback.requests[0]
    assert request.headers["authorization"] == "Bearer tok"
    assert request.json()["model"]["provider"] == "anthropic"
