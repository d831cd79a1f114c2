"""The transport `httpx` against a real server: requests, pool, redirects, event loops."""

import asyncio
from contextlib import aclosing

import pytest
from support.http_calls import failure

from jackfield.errors import StateError
from jackfield.http import Request
from jackfield.testing import Cut, Hold, LoopbackServer, Reply, json_reply, sse_reply
from jackfield.testing.loopback_http import redirect
from jackfield_httpx.transport import HttpxTransport


async def test_a_request_arrives_as_it_was_made(transport, loopback, read):
    loopback.add(Reply(status=201, headers={"X-One": "1"}, body=b"made"))
    request = Request(
        method="POST",
        url=loopback.url + "/a b?q=é&r=1".replace(" ", "%20"),
        headers={"x-own": "yes"},
        body=b"\x00\xff",
    )
    async with transport.stream(request) as response:
        assert (response.status, response.headers["x-one"]) == (201, "1")
        assert await response.read() == b"made"
    [received] = loopback.requests
    assert (received.method, received.path, received.body) == (
        "POST", "/a%20b?q=%C3%A9&r=1", b"\x00\xff",
    )  # fmt: skip
    assert received.headers["x-own"] == "yes"
    assert received.headers["host"] == loopback.url.removeprefix("http://")
    assert received.headers["content-length"] == "2"


async def test_get_has_no_body_and_empty_post_says_so(transport, loopback, read):
    loopback.default = Reply()
    await read(transport, Request(url=loopback.url))
    await read(transport, Request(method="POST", url=loopback.url))
    first, second = loopback.requests
    assert "content-length" not in first.headers
    assert second.headers["content-length"] == "0"


async def test_requests_in_sequence_share_one_connection(
    transport, loopback, post, read, connections
):
    loopback.default = json_reply({"ok": True})
    for _ in range(20):
        assert await read(transport, post()) == (200, b'{"ok": true}')
    assert loopback.connections == 1
    assert connections(transport) == ["idle"]


async def test_requests_at_once_have_connections_of_their_own(
    transport, loopback, post, read, until
):
    hold = Hold()
    loopback.default = sse_reply([hold, b"x"])
    reading = [asyncio.create_task(read(transport, post())) for _ in range(5)]
    await until(lambda: len(loopback.requests) == 5)
    hold.release()
    assert await asyncio.gather(*reading) == [(200, b"x")] * 5
    assert loopback.connections == 5


async def test_the_body_comes_as_it_arrives(transport, loopback, post):
    hold = Hold()
    loopback.add(sse_reply([b"one", hold, b"two"]))
    async with transport.stream(post()) as response, aclosing(response.chunks()) as chunks:
        assert await anext(chunks) == b"one"
        hold.release()
        assert await anext(chunks) == b"two"
        with pytest.raises(StopAsyncIteration):
            await anext(chunks)


async def test_a_body_is_read_once_only(transport, loopback, post):
    loopback.add(Reply(body=b"x"))
    async with transport.stream(post()) as response:
        await response.read()
        with pytest.raises(StateError, match="once only"):
            await response.read()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_post_is_not_redirected(transport, loopback, post, status):
    location = "https://new.example/v2/chat?api_key=sk-secret-1"
    loopback.add(redirect(location, status=status))
    error = await failure(transport, post())
    assert (error.kind, error.status, error.retryable) == ("redirect", status, False)
    assert "https://new.example/v2/chat" in str(error)
    assert "sk-secret-1" not in str(error)
    assert "base_url" in error.hint
    assert len(loopback.requests) == 1


async def test_a_get_follows_with_credentials_only_at_home(transport, loopback, read):
    async with LoopbackServer(Reply(body=b"there")) as other:
        loopback.add(redirect("/second"), redirect(other.url + "/third"))
        headers = {"authorization": "Bearer key", "x-api-key": "key", "accept": "text/plain"}
        answer = await read(transport, Request(url=loopback.url + "/first", headers=headers))
        assert answer == (200, b"there")
        _, second = loopback.requests
        assert (second.path, second.headers["authorization"]) == ("/second", "Bearer key")
        assert "authorization" not in other.requests[0].headers
        assert "x-api-key" not in other.requests[0].headers
        assert other.requests[0].headers["accept"] == "text/plain"


async def test_redirects_come_to_an_end(transport, loopback):
    loopback.default = redirect("/again")
    error = await failure(transport, Request(url=loopback.url))
    assert error.kind == "redirect"
    assert len(loopback.requests) == 5


@pytest.mark.parametrize(
    "url",
    ["ftp://x/", "/v1", "http://", "http://u:p4ssword@x/", "http://x\n/", "http://x:99999/",
     "http://a b/"],
)  # fmt: skip
async def test_a_bad_url_is_refused_before_sending(transport, url):
    error = await failure(transport, Request(url=url))
    assert error.kind == "invalid_request"
    assert "p4ssword" not in str(error)


@pytest.mark.parametrize("value", ["sk-1\nx: y", "sk-1\r", "sk-1\x00", "sk-1é"])
async def test_a_bad_header_is_refused_without_its_value(transport, loopback, post, value):
    error = await failure(transport, post(headers={"authorization": value}))
    assert error.kind == "invalid_request"
    assert "'authorization'" in str(error)
    assert "sk-1" not in str(error)
    assert loopback.requests == []


async def test_credentials_are_in_no_log_and_no_error(transport, loopback, caplog, read):
    caplog.set_level("DEBUG")
    loopback.add(Reply(status=429), Reply(status=429, headers={"set-cookie": "sid=sk-cookie"}))
    loopback.add(Reply(body=[Cut()], headers={"content-length": "5"}))
    request = Request(
        method="POST",
        url=loopback.url + "/v1?key=sk-query",
        headers={"authorization": "Bearer sk-header", "x-api-key": "sk-other"},
        body=b'{"x": "sk-body"}',
        repeatable=True,
    )
    error = await failure(transport, request)
    text = caplog.text + repr(error) + str(error) + repr(request.headers.keys())
    for secret in ("sk-query", "sk-header", "sk-other", "sk-body", "sk-cookie"):
        assert secret not in text


def test_each_event_loop_has_connections_of_its_own():
    transport = HttpxTransport()
    with LoopbackServer(default=json_reply({})) as server:

        async def call() -> bytes:
            async with transport.stream(Request(url=server.url)) as response:
                return await response.read()

        async def twice() -> None:
            assert await call() == await call() == b"{}"

        asyncio.run(twice())
        asyncio.run(twice())
        asyncio.run(transport.aclose())
        assert server.connections == 2


def test_a_loop_that_was_merely_closed_does_no_harm():
    transport = HttpxTransport()
    with LoopbackServer(default=json_reply({})) as server:

        async def call() -> bytes:
            async with transport.stream(Request(url=server.url)) as response:
                return await response.read()

        for _ in range(2):
            loop = asyncio.new_event_loop()
            try:
                assert loop.run_until_complete(call()) == b"{}"
            finally:
                loop.run_until_complete(loop.shutdown_asyncgens())
                loop.close()
        assert server.connections == 2


async def test_opening_costs_nothing_and_a_connection_closed_while_idle_is_replaced(
    transport, loopback, post, read
):
    assert transport._sender is None
    loopback.add(Reply(body=b"1", hang_up=True), Reply(body=b"2", hang_up=True), Reply(body=b"3"))
    for expected in (b"1", b"2", b"3"):
        assert await read(transport, post()) == (200, expected)
    assert loopback.connections == 3
