"""Transports `record` and `replay`, and the cassette between them."""

import asyncio
import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jackfield.errors import ConfigError, ProviderError
from jackfield.http import Request
from jackfield.testing import Cut, Hold, LoopbackServer, Reply, json_reply, sse_reply
from jackfield.testing.sse import DONE, chat_stream, text_chunk
from jackfield_httpx.call import Caller
from jackfield_httpx.cassette import Exchange, append_exchange, begin_cassette, read_cassette
from jackfield_httpx.record import RecordTransport
from jackfield_httpx.replay import ReplayTransport
from jackfield_httpx.scrubbing import Scrubber
from jackfield_httpx.settings import RecordSettings, ReplaySettings
from jackfield_httpx.sse import read_sse
from jackfield_httpx.transport import HttpxTransport

KEY = "sk-live-0123456789abcdef"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "tapes" / "one.jsonl"


@pytest.fixture
def recorder(transport, path):
    return RecordTransport(RecordSettings(path=path), transport)


def replayer(path, **rest) -> ReplayTransport:
    return ReplayTransport(ReplaySettings(path=path, **rest))


async def pieces(transport, request) -> list[bytes]:
    async with transport.stream(request) as response:
        return [piece async for piece in response.chunks()]


async def stopped_at_done(transport, request) -> list[bytes]:
    found: list[bytes] = []
    async for attempt in Caller(transport).attempts(request):
        async with attempt as response:
            async for lines in read_sse(response):
                found += lines
                if b"[DONE]" in lines:
                    break
    return found


async def test_what_was_recorded_is_replayed_without_a_socket(
    recorder, loopback, post, path, monkeypatch
):
    hold = Hold()
    loopback.add(sse_reply([*chat_stream("héllo"), hold, b"\xff\x00"], headers={"x-id": "7"}))
    recording = asyncio.create_task(pieces(recorder, post()))
    await hold.reached.wait()
    hold.release()
    expected = await recording
    request = post()

    def no_socket(*arguments, **rest):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr("socket.socket", no_socket)
    transport = replayer(path)
    async with transport.stream(request) as response:
        assert (response.status, response.headers["x-id"]) == (200, "7")
        assert [piece async for piece in response.chunks()] == expected
    await transport.aclose()


async def test_boundaries_and_times_are_kept(recorder, loopback, post, path, clock):
    hold = Hold()
    loopback.add(sse_reply([b"one", hold, b"two"]))
    recording = asyncio.create_task(pieces(recorder, post()))
    await hold.reached.wait()
    await asyncio.sleep(0.05)
    hold.release()
    await recording
    [exchange] = read_cassette(path)
    assert [data for _, data in exchange.chunks] == [b"one", b"two"]
    (first, _), (second, _) = exchange.chunks
    assert 0 <= first < second
    timed = ReplayTransport(ReplaySettings(path=path, timing=True), clock=clock)
    assert await pieces(timed, post()) == [b"one", b"two"]
    assert clock.slept == [first, pytest.approx(second - first)]


async def test_equal_requests_get_their_answers_in_order(recorder, loopback, post, path):
    loopback.add(Reply(body=b"1"), Reply(body=b"2"))
    for expected in ([b"1"], [b"2"]):
        assert await pieces(recorder, post()) == expected
    transport = replayer(path)
    assert await pieces(transport, post()) == [b"1"]
    assert await pieces(transport, post()) == [b"2"]
    with pytest.raises(ProviderError, match="was replayed already") as caught:
        await pieces(transport, post())
    assert caught.value.kind == "replay"
    again = replayer(path, repeat=True)
    assert [await pieces(again, post()) for _ in range(4)] == [[b"1"], [b"2"], [b"2"], [b"2"]]


async def test_stopping_at_done_is_replayed_as_well(recorder, loopback, post, path):
    loopback.add(sse_reply([*chat_stream("hi")]))
    expected = await stopped_at_done(recorder, post())
    assert await stopped_at_done(replayer(path), post()) == expected


async def test_a_retry_is_recorded_and_replayed_as_it_was(
    recorder, loopback, post, path, clock, transport
):
    loopback.add(
        json_reply({"error": {"message": "slow"}}, status=429, headers={"retry-after": "9"}),
        json_reply({"ok": True}),
    )
    told = []
    assert await Caller(recorder, clock=clock).json(post(on_notice=told.append)) == {"ok": True}
    assert len(read_cassette(path)) == 2
    async with asyncio.timeout(2):  # the wait of nine seconds is not replayed
        assert await Caller(replayer(path)).json(post(on_notice=told.append)) == {"ok": True}
    assert told[0] == told[1]


async def test_failures_are_replayed(recorder, loopback, post, path):
    async with LoopbackServer() as gone:
        nobody = Request(url=gone.url)
    loopback.add(sse_reply([b"abc", Cut()]))
    for request in (nobody, post()):
        for transport in (recorder, replayer(path)):
            with pytest.raises(ProviderError) as caught:
                await pieces(transport, request)
            assert (caught.value.kind, caught.value.retryable) == ("connection", True)
            told = str(caught.value)
        assert "onnection" in told


async def test_what_was_left_early_ends_in_an_error_on_replay(recorder, loopback, post, path):
    loopback.add(sse_reply([text_chunk("a"), Hold()]))
    async with recorder.stream(post()) as response:
        async for _ in response.chunks():
            break
    async with asyncio.timeout(0.2):
        await loopback.requests[0].over.wait()
    with pytest.raises(ProviderError, match="recording ends here"):
        await pieces(replayer(path), post())


async def test_a_replayed_stream_can_be_aborted(path, loopback, post):
    begin_cassette(path)
    chunks = [(0.0, b"x")] * 100_000
    url = loopback.url + "/v1/chat"
    append_exchange(
        path,
        Exchange(method="POST", url=url, body=b"{}", status=200, chunks=chunks, end="complete"),
    )
    reading = asyncio.create_task(pieces(replayer(path), post()))
    for _ in range(20):
        await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading


# --- requests that were not recorded ---------------------------------------------------------


@pytest.fixture
async def taped(recorder, loopback, path):
    loopback.default = json_reply({})
    body = {"model": "m", "messages": [{"role": "user", "content": "hi"}], "n": 1}
    for url, content in (("/v1/models", b""), ("/v1/chat", json.dumps(body).encode())):
        await pieces(recorder, Request(method="POST", url=loopback.url + url, body=content))
    return path


async def test_an_unmatched_request_shows_the_nearest(taped, loopback):
    body = {"model": "m", "messages": [{"role": "user", "content": "ho"}], "x": 2}
    request = Request(method="POST", url=loopback.url + "/v1/chat", body=json.dumps(body).encode())
    with pytest.raises(ProviderError) as caught:
        await pieces(replayer(taped), request)
    error = caught.value
    assert (error.kind, error.retryable, error.details["nearest"]) == ("replay", False, 2)
    assert error.details["differences"] == [
        "body.messages[0].content: recorded 'hi', asked 'ho'",
        "body.n: recorded 1, asked nothing",
        "body.x: recorded nothing, asked 2",
    ]
    assert "exchange 2 of 2" in str(error)
    assert "body.messages[0].content: recorded 'hi', asked 'ho'" in str(error)


async def test_the_order_of_keys_does_not_matter(taped, loopback):
    body = {"n": 1, "messages": [{"content": "hi", "role": "user"}], "model": "m"}
    request = Request(method="POST", url=loopback.url + "/v1/chat", body=json.dumps(body).encode())
    assert await pieces(replayer(taped), request) == [b"{}"]


async def test_many_differences_are_cut_short(taped, loopback):
    body = {f"k{n}": n for n in range(50)}
    request = Request(method="PUT", url="http://other/v9", body=json.dumps(body).encode())
    with pytest.raises(ProviderError) as caught:
        await pieces(replayer(taped), request)
    assert len(caught.value.details["differences"]) <= 6


async def test_less_can_be_compared(taped, loopback):
    other = Request(method="POST", url="http://elsewhere:1/v1/chat", body=b"{}")
    with pytest.raises(ProviderError):
        await pieces(replayer(taped), other)
    assert await pieces(replayer(taped, any_host=True, match=["url"]), other) == [b"{}"]
    assert await pieces(replayer(taped, match=[]), Request(url="http://x/")) == [b"{}"]


async def test_an_empty_cassette_says_so(path):
    begin_cassette(path)
    with pytest.raises(ProviderError, match="the cassette is empty"):
        await pieces(replayer(path), Request(url="http://x/"))


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, "cannot be read"),
        (b"", "no cassette"),
        (b"{}\n", "no cassette"),
        (b'{"cassette": 2}\n', "no cassette"),
        (b"nonsense", "damaged"),
        (b'{"cassette": 1}\n{"request": {}}\n', "damaged"),
        (b'{"cassette": 1}\nnonsense\n', "damaged"),
    ],
)
async def test_a_bad_cassette_is_a_configuration_error(tmp_path, content, text):
    path = tmp_path / "x.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=text):
        await pieces(replayer(path), Request(url="http://x/"))


# --- secrets ---------------------------------------------------------------------------------


@pytest.mark.parametrize("end", [12, 40, 70], ids=str)
async def test_no_secret_reaches_the_cassette(transport, loopback, path, end):
    echo = f'{{"you sent": "{KEY}", "access_token": "tok-42-other"}}'.encode()
    loopback.add(
        Reply(
            status=201,
            body=[echo[:end], echo[end:]],
            framing="chunked",
            headers={"set-cookie": "sid=cookie-secret-1", "x-echo": KEY},
        )
    )
    recorder = RecordTransport(
        RecordSettings(path=path, secrets=["own-value-77"], secret_names=["x-mine", "Hush"]),
        transport,
    )
    request = Request(
        method="POST",
        url=loopback.url + f"/v1?api_key={KEY}&hush=hush-55&q=own-value-77",
        headers={"authorization": f"Bearer {KEY}", "x-mine": "mine-66", "x-fine": "fine-1"},
        body=json.dumps(
            {
                "password": "pw-88",
                "nested": [{"client_secret": "cs-99", "text": f"my key is {KEY}"}],
                "arguments": json.dumps({"api_key": "ak-11", "city": "Rome"}),
                "hush": "hush-56",
                "max_tokens": 5,
            }
        ).encode(),
    )
    assert b"".join(await pieces(recorder, request)) == echo
    text = path.read_text("utf-8")
    for secret in (
        KEY, "tok-42", "cookie-secret", "own-value", "hush-5", "mine-66", "pw-88", "cs-99", "ak-11",
    ):  # fmt: skip
        assert secret not in text
    for harmless in ("fine-1", "Rome", '\\"max_tokens\\": 5'):
        assert harmless in text
    [exchange] = read_cassette(path)
    assert sum(len(data) for _, data in exchange.chunks) == len(echo)
    assert json.loads(b"".join(data for _, data in exchange.chunks))


async def test_the_key_may_be_another_one_on_replay(recorder, loopback, path):
    loopback.add(json_reply({"ok": 1}))

    def request(key: str) -> Request:
        return Request(
            url=f"{loopback.url}/v1?key={key}",
            headers={"x-api-key": key},
            body=json.dumps({"api_key": key}).encode(),
        )

    await pieces(recorder, request(KEY))
    assert await pieces(replayer(path), request("a-much-longer-key-than-that-one")) != []


async def test_credentials_of_an_auth_with_a_strange_header_are_known(recorder, loopback, path):
    class Strange:
        async def apply(self, request):
            request.headers = {**request.headers, "x-strange": KEY}
            return Request(
                method=request.method, url=request.url + "?st=" + KEY, headers=request.headers
            )

        async def refused(self, request, status):
            return False

    loopback.add(json_reply({"echo": KEY}))
    caller = Caller(recorder, auth=Strange())
    await caller.read(Request(method="POST", url=loopback.url + "/v1"))
    assert KEY not in path.read_text("utf-8")


def test_forms_are_scrubbed():
    body = b"grant_type=refresh&client_secret=cs-1&refresh_token=rt-2&scope=all"
    assert Scrubber().request_body(body, []) == (
        b"grant_type=refresh&client_secret=********&refresh_token=********&scope=all"
    )


@given(st.lists(st.binary(max_size=6), max_size=6), st.integers(1, 12))
def test_scrubbing_an_answer_keeps_every_boundary(parts, at):
    whole = b"-".join([*parts, KEY.encode(), *parts])
    cut = [whole[:at], whole[at : at + 20], whole[at + 20 :]]
    clean = Scrubber().pieces(cut, [KEY])
    assert [len(piece) for piece in clean] == [len(piece) for piece in cut]
    assert KEY.encode() not in b"".join(clean)


# --- other cuts ------------------------------------------------------------------------------


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(seed=st.integers(0, 10_000))
def test_any_cut_of_a_recording_gives_the_same_events(tmp_path, seed):
    path = tmp_path / "tape.jsonl"
    stream = chat_stream("héllo 😀 wörld", "again\u2028and again")
    begin_cassette(path)
    for _ in range(2):
        append_exchange(
            path,
            Exchange(
                method="GET", url="http://x/", status=200, end="complete",
                chunks=[(0.1, part) for part in stream],
            ),
        )  # fmt: skip

    async def lines(transport: ReplayTransport) -> list[bytes]:
        async with transport.stream(Request(url="http://x/")) as response:
            return [line async for each in read_sse(response) for line in each]

    async def both() -> None:
        plain, cut = replayer(path), replayer(path, resplit_seed=seed)
        expected = await lines(plain)
        assert await lines(cut) == expected
        assert expected[-1] == DONE[6:-2]

    asyncio.run(both())


async def test_a_seed_gives_the_same_cuts_again(recorder, loopback, post, path):
    loopback.add(sse_reply(chat_stream("hello")))
    whole = b"".join(await pieces(recorder, post()))
    first, second, other = [
        await pieces(replayer(path, resplit_seed=seed), post()) for seed in (1, 1, 2)
    ]
    assert first == second != other
    assert b"".join(other) == whole


async def test_binary_bodies_survive(recorder, loopback, path):
    data = bytes(range(256))
    loopback.add(Reply(body=data))
    request = Request(method="POST", url=loopback.url, body=data[::-1])
    await pieces(recorder, request)
    assert b"".join(await pieces(replayer(path), request)) == data
    assert read_cassette(path)[0].body == data[::-1]


async def test_exchanges_at_once_do_not_mix(recorder, loopback, path):
    loopback.default = lambda request: sse_reply([request.body] * 20)
    requests = [
        Request(method="POST", url=loopback.url, body=b"body %d" % number) for number in range(10)
    ]
    await asyncio.gather(*[pieces(recorder, request) for request in requests])
    for exchange in read_cassette(path):
        assert b"".join(data for _, data in exchange.chunks) == exchange.body * 20


# --- by configuration alone ------------------------------------------------------------------


async def test_kernel_opens_record_and_replay_by_configuration(scripted_kernel_config, loopback):
    kernel_of, path = scripted_kernel_config
    loopback.add(json_reply({"ok": 1}))
    request = Request(url=loopback.url + "/v1")
    async with kernel_of({"tape": {"use": "record", "path": str(path)}}) as kernel:
        assert await pieces(kernel.transport("tape"), request) == [b'{"ok": 1}']
    async with kernel_of({"tape": {"use": "replay", "path": str(path)}}) as kernel:
        assert await pieces(kernel.transport("tape"), request) == [b'{"ok": 1}']
        assert isinstance(kernel.transport(), HttpxTransport)
    assert len(loopback.requests) == 1
    assert re.match(rb'\{"cassette":1\}\n', path.read_bytes())


@pytest.fixture
def scripted_kernel_config(path):
    from jackfield import Kernel

    return lambda transports: Kernel.from_config({"transports": transports}), path
