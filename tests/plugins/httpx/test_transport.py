"""The transport `httpx` against a real server: pool, bounds, redirects, ends of every kind."""

import asyncio
import gzip
import socket
import zlib
from contextlib import aclosing

import pytest

from jackfield.errors import ProtocolError, ProviderError, StateError
from jackfield.http import Request, Timeouts
from jackfield.testing import Cut, Hold, LoopbackServer, Pause, Reply, Reset, json_reply, sse_reply
from jackfield.testing.loopback_http import redirect
from jackfield.testing.sse import DONE, text_chunk
from jackfield_httpx import connecting
from jackfield_httpx.transport import HttpxTransport


async def failure(transport, request) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        async with transport.stream(request) as response:
            await response.read()
    return caught.value


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


# --- ends ------------------------------------------------------------------------------------


async def test_leaving_early_closes_the_connection_at_once(transport, loopback, post, connections):
    loopback.add(sse_reply([text_chunk("x"), Hold()]))
    async with transport.stream(post()) as response:
        async for _ in response.chunks():
            break
    assert "busy" not in connections(transport)
    async with asyncio.timeout(0.1):
        await loopback.requests[0].over.wait()
    assert loopback.requests[0].outcome == "client closed"


async def test_an_error_in_the_block_closes_the_connection(transport, loopback, post, connections):
    loopback.add(sse_reply([text_chunk("x"), Hold()]))
    with pytest.raises(KeyError):
        async with transport.stream(post()):
            raise KeyError
    assert "busy" not in connections(transport)
    async with asyncio.timeout(0.1):
        await loopback.requests[0].over.wait()


@pytest.mark.parametrize("where", ["head", "body"])
async def test_cancellation_closes_the_connection(transport, loopback, post, connections, where):
    hold = Hold()
    head = [hold] if where == "head" else [text_chunk("x"), hold]
    loopback.add(Reply(framing="raw", body=[hold]) if where == "head" else sse_reply(head))

    async def consume():
        async with transport.stream(post()) as response:
            async for _ in response.chunks():
                pass

    reading = asyncio.create_task(consume())
    await hold.reached.wait()
    await asyncio.sleep(0.01)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert "busy" not in connections(transport)
    async with asyncio.timeout(0.1):
        await loopback.requests[0].over.wait()
    assert loopback.requests[0].outcome == "client closed"


async def test_cancellation_while_connecting_leaves_nothing(transport, connections, silent):
    request = Request(url=f"https://{silent}/")
    opening = asyncio.create_task(failure(transport, request))
    await asyncio.sleep(0.02)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert "busy" not in connections(transport)


async def test_aborts_at_random_points_close_quickly_and_leak_nothing(
    transport, loopback, post, connections
):
    loopback.default = sse_reply([part for _ in range(30) for part in (text_chunk("x"), Pause(0))])

    async def consume():
        async with transport.stream(post()) as response:
            async for _ in response.chunks():
                pass

    for number in range(100):
        reading = asyncio.create_task(consume())
        for _ in range(number % 37):
            await asyncio.sleep(0)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    assert "busy" not in connections(transport)
    async with asyncio.timeout(1):
        for received in loopback.requests:
            await received.over.wait()


async def test_lingering_gives_the_connection_back(transport, loopback, post, connections, until):
    hold = Hold()
    loopback.add(sse_reply([DONE, hold]), json_reply({}))
    async with transport.stream(post()) as response:
        async for _ in response.chunks():
            break
        await response.linger()
    assert connections(transport) == ["busy"]
    hold.release()
    await until(lambda: connections(transport) == ["idle"])
    async with transport.stream(post()) as response:
        await response.read()
    assert loopback.connections == 1


async def test_next_request_waits_a_moment_for_the_connection(transport, loopback, post):
    """A fast tool asks again between `[DONE]` and the end of the body."""
    loopback.add(sse_reply([DONE, Pause(0.001)]), json_reply({}))
    async with transport.stream(post()) as response:
        async for _ in response.chunks():
            break
        await response.linger()
    async with transport.stream(post()) as response:
        await response.read()
    assert loopback.connections == 1


async def test_next_request_waits_for_no_end_that_does_not_come(transport, loopback, post):
    loopback.add(sse_reply([DONE, Hold()]), json_reply({"ok": True}))
    async with transport.stream(post()) as response:
        async for _ in response.chunks():
            break
        await response.linger()
    async with transport.stream(post()) as response:
        assert response.status == 200
    assert loopback.connections == 2


async def test_lingering_ends_with_a_server_that_goes_on(transport, loopback, post, connections):
    loopback.add(sse_reply([DONE, *[b"x" * 20_000, Pause(0.001)] * 10, Hold()]))
    async with transport.stream(post()) as response:
        async for _ in response.chunks():
            break
        await response.linger()
    async with asyncio.timeout(1):
        await loopback.requests[0].over.wait()
    assert loopback.requests[0].outcome == "client closed"


async def test_closing_the_transport_ends_its_lingering(opened, loopback, post):
    loopback.add(sse_reply([DONE, Hold()]))
    transport = opened()
    async with transport.stream(post()) as response:
        async for _ in response.chunks():
            break
        await response.linger()
    await transport.aclose()
    assert len(asyncio.all_tasks() - {asyncio.current_task()}) <= len(loopback._tasks) + 2
    async with asyncio.timeout(0.2):
        await loopback.requests[0].over.wait()


async def test_a_closed_transport_refuses(opened, post):
    transport = opened()
    await transport.aclose()
    await transport.aclose()
    with pytest.raises(StateError, match="closed"):
        async with transport.stream(post()):
            pass


# --- failures --------------------------------------------------------------------------------


async def test_nobody_listens(transport):
    async with LoopbackServer() as gone:
        url = gone.url
    error = await failure(transport, Request(url=url + "/v1"))
    assert (error.kind, error.retryable) == ("connection", True)
    assert str(error) == f"No connection to {url}: Connection refused."


async def test_an_unknown_host(transport, monkeypatch):
    async def unknown(host, port):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(connecting, "_resolved", unknown)
    error = await failure(transport, Request(url="http://no-such-host.invalid/"))
    assert (error.kind, error.retryable) == ("connection", True)
    assert "no-such-host.invalid: " in str(error)
    assert "Name or service not known" in str(error)


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (Reply(body=[Cut()], headers={"content-length": "5"}), "was lost"),
        (Reply(body=["ab", Cut()], headers={"content-length": "5"}), "was lost"),
        (sse_reply(["ab", Cut()]), "was lost"),
        (sse_reply(["ab", Reset()]), "was lost"),
        (Reply(framing="raw", body=[Cut()]), "was lost"),
        (Reply(framing="raw", body=[Reset()]), "was lost"),
    ],
    ids=["no-body", "length", "chunked", "reset", "no-head", "reset-before-head"],
)
async def test_a_connection_that_breaks_is_one_typed_error(
    transport, loopback, post, connections, reply, text
):
    loopback.add(reply)
    error = await failure(transport, post(repeatable=False))
    assert (error.kind, error.retryable) == ("connection", True)
    assert text in str(error)
    assert loopback.url in str(error)
    assert "busy" not in connections(transport)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 abc\r\n\r\n",
        b"SSH-2.0-OpenSSH_9\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nbad\x00: 1\r\n\r\n",
    ],
    ids=["status", "ssh", "header"],
)
async def test_what_is_no_http_is_a_protocol_error(transport, loopback, post, head):
    loopback.add(Reply(framing="raw", body=[head]))
    error = await failure(transport, post(repeatable=False))
    assert isinstance(error, ProtocolError)
    assert not error.retryable


async def test_an_endless_head_is_refused(transport, loopback, post):
    loopback.add(Reply(framing="raw", body=[b"HTTP/1.1 200 OK\r\n", *[b"x: " + b"y" * 60_000] * 9]))
    assert isinstance(await failure(transport, post(repeatable=False)), ProtocolError)


@pytest.mark.parametrize("where", ["head", "body"])
async def test_a_server_that_stalls_ends_in_the_read_timeout(
    transport, loopback, post, connections, where
):
    loopback.add(
        Reply(framing="raw", body=[Hold()]) if where == "head" else sse_reply(["x", Hold()])
    )
    error = await failure(transport, post(timeouts=Timeouts(read_s=0.05), repeatable=False))
    assert (error.kind, error.retryable) == ("timeout", True)
    assert str(error) == f"{loopback.url} sent nothing for 0.05 s."
    assert "busy" not in connections(transport)
    await loopback.requests[0].over.wait()


async def test_bytes_keep_the_read_timeout_away(transport, loopback, post, read):
    loopback.add(sse_reply(["x", Pause(0.03)] * 10))
    request = post(timeouts=Timeouts(read_s=0.2))
    assert await read(transport, request) == (200, b"x" * 10)


@pytest.mark.parametrize("where", ["head", "body"])
async def test_the_deadline_of_the_whole_call(transport, loopback, post, connections, where):
    busy = ["x", Pause(0.02)] * 100
    loopback.add(Reply(framing="raw", body=[Hold()]) if where == "head" else sse_reply(busy))
    error = await failure(transport, post(timeout_s=0.1))
    assert error.kind == "timeout"
    assert "the whole call" in str(error) or "time of the call" in str(error)
    assert "busy" not in connections(transport)


async def test_the_settings_give_the_timeouts(opened, loopback, post):
    loopback.default = sse_reply(["x", Hold()])
    quick = opened(timeouts={"read_s": 0.05})
    assert (await failure(quick, post(max_retries=0))).kind == "timeout"
    total = opened(timeouts={"total_s": 0.05})
    assert (await failure(total, post(max_retries=0))).kind == "timeout"


async def test_a_connect_timeout_says_where(transport, silent):
    request = Request(url=f"https://{silent}/", timeouts=Timeouts(connect_s=0.05))
    error = await failure(transport, request)
    assert (error.kind, error.retryable) == ("timeout", True)
    assert str(error) == f"No connection to https://{silent} within 0.05 s."


async def test_a_full_pool_ends_in_the_pool_timeout(opened, loopback, post):
    transport = opened(max_connections=1)
    loopback.default = sse_reply(["x", Hold()])
    async with transport.stream(post()):
        error = await failure(transport, post(timeouts=Timeouts(pool_s=0.05), max_retries=0))
    assert error.kind == "timeout"
    assert "max_connections" in str(error)


async def test_a_server_that_takes_nothing_ends_in_the_write_timeout(transport, silent):
    request = Request(
        method="POST",
        url=f"http://{silent}/",
        body=b"x" * 50_000_000,
        timeouts=Timeouts(write_s=0.1),
    )
    error = await failure(transport, request)
    assert error.kind == "timeout"
    assert "took nothing" in str(error)


# --- what a body may become ------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate", "raw deflate", "identity"])
async def test_content_encodings(transport, loopback, post, read, encoding):
    text = b"hello " * 1000
    raw = zlib.compressobj(wbits=-15)
    packed = {
        "gzip": gzip.compress(text),
        "x-gzip": gzip.compress(text[:99]) + gzip.compress(text[99:]),
        "deflate": zlib.compress(text),
        "raw deflate": raw.compress(text) + raw.flush(),
        "identity": text,
    }[encoding]
    name = encoding.removeprefix("raw ")
    pieces = [packed[at : at + 7] for at in range(0, len(packed), 7)]
    loopback.add(sse_reply(pieces, headers={"content-encoding": name}))
    assert await read(transport, post()) == (200, text)


async def test_a_compressed_stream_comes_as_it_arrives(transport, loopback, post):
    hold = Hold()
    loopback.add(sse_reply([b"one", hold, b"two"], gzip=True))
    async with transport.stream(post()) as response, aclosing(response.chunks()) as chunks:
        assert await anext(chunks) == b"one"
        hold.release()
        assert await anext(chunks) == b"two"


async def test_streams_ask_for_no_compression_and_others_do(transport, loopback, read):
    loopback.default = Reply()
    await read(transport, Request(url=loopback.url, headers={"accept": "text/event-stream"}))
    await read(transport, Request(url=loopback.url))
    await read(transport, Request(url=loopback.url, headers={"accept-encoding": "gzip"}))
    asked = [request.headers["accept-encoding"] for request in loopback.requests]
    assert asked == ["identity", "gzip, deflate", "gzip"]


async def test_a_gzip_bomb_is_bounded(opened, loopback, post):
    transport = opened(max_decoded_bytes=1_000_000)
    bomb = gzip.compress(bytes(200_000_000))
    loopback.add(Reply(body=bomb, headers={"content-encoding": "gzip"}))
    pieces = []

    async def consume():
        async with transport.stream(post()) as response:
            pieces.extend([piece async for piece in response.chunks()])

    with pytest.raises(ProtocolError, match="larger than 1,000,000 bytes"):
        await consume()
    assert pieces == []


@pytest.mark.parametrize(
    ("encoding", "body"),
    [("br", b"x"), ("gzip, deflate", b"x"), ("gzip", b"no gzip"),
     ("gzip", gzip.compress(b"x" * 99)[:20])],
    ids=["unknown", "several", "broken", "cut"],
)  # fmt: skip
async def test_bad_compression_is_a_protocol_error(transport, loopback, post, encoding, body):
    loopback.add(Reply(body=body, headers={"content-encoding": encoding}))
    assert isinstance(await failure(transport, post(max_retries=0)), ProtocolError)


async def test_a_whole_body_is_bounded(opened, loopback, post):
    transport = opened(max_body_bytes=2000)
    loopback.add(sse_reply([b"x" * 500, Pause(0.001)] * 10))
    error = await failure(transport, post())
    assert isinstance(error, ProtocolError)
    assert "larger than 2,000 bytes" in str(error)
    await loopback.requests[0].over.wait()
    assert loopback.requests[0].outcome in ("client closed", "answered")


# --- redirects -------------------------------------------------------------------------------


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


# --- bad requests ----------------------------------------------------------------------------


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


# --- event loops -----------------------------------------------------------------------------


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
