"""`Caller`: credentials, errors, and the loop of attempts that a provider writes."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from jackfield.credentials import HeaderAuth, Secret
from jackfield.errors import (
    AuthenticationError,
    ProtocolError,
    ProviderError,
    RateLimitError,
    SecretMissingError,
)
from jackfield.testing import Cut, Hold, Reply, json_reply, sse_reply
from jackfield.testing.sse import DONE, chat_stream, comment, sse, text_chunk
from jackfield_httpx.call import Caller
from jackfield_httpx.service_errors import error_from_object
from jackfield_httpx.settings import HttpProviderSettings
from jackfield_httpx.sse import read_sse

KEY = "sk-first-0123456789"
ERROR = sse({"error": {"code": 502, "message": "Provider disconnected"}})


class Keys:
    """An auth with a list of keys: each refusal goes on to the next."""

    def __init__(self, *keys: str, header: str = "authorization") -> None:
        self.keys = list(keys)
        self.header = header
        self.refusals: list[int] = []

    async def apply(self, request):
        return replace(request, headers={**request.headers, self.header: f"Bearer {self.keys[0]}"})

    async def refused(self, request, status):
        self.refusals.append(status)
        if len(self.keys) > 1:
            del self.keys[0]
            return True
        return False


@pytest.fixture
def caller(transport, clock):
    return Caller(transport, provider="acme", clock=clock)


async def stream(caller, request, **rest) -> AsyncIterator[bytes]:
    """Read as a provider does: an object with `error` is raised, the rest handed on."""
    async for attempt in caller.attempts(request, **rest):
        async with attempt as response:
            async for lines in read_sse(response):
                for line in lines:
                    if b'"error"' in line:
                        raise error_from_object("acme", {"error": {"code": 502, "message": "x"}})
                    attempt.delivered = True
                    yield line
                if DONE[6:12] in lines:
                    break


async def failing(caller, request, error: Exception) -> None:
    async for attempt in caller.attempts(request):
        async with attempt:
            raise error


async def collected(caller, request, **rest) -> list[bytes]:
    return [line async for line in stream(caller, request, **rest)]


async def test_one_good_answer_is_one_attempt(caller, loopback, post, connections, transport):
    loopback.add(sse_reply(chat_stream("hi")))
    lines = await collected(caller, post())
    assert lines[-1] == b"[DONE]"
    assert len(loopback.requests) == 1
    assert connections(transport) == ["idle"]


async def test_twenty_answers_share_a_connection_although_reading_stops_at_done(
    caller, loopback, post, until, connections, transport
):
    loopback.default = sse_reply(chat_stream("hi"))
    for _ in range(20):
        await collected(caller, post())
        await until(lambda: connections(transport) == ["idle"])
    assert loopback.connections == 1


@pytest.mark.parametrize(
    "first",
    [
        sse_reply([ERROR]),
        sse_reply([comment(), ERROR]),
        sse_reply([comment(), Cut()]),
        sse_reply([Cut()]),
        json_reply({"error": {"message": "busy"}}, status=503),
    ],
    ids=["error-object", "after-comment", "cut-after-comment", "cut", "status"],
)
async def test_a_failure_before_anything_was_delivered_is_repeated(caller, loopback, post, first):
    loopback.add(first, sse_reply(chat_stream("hi")))
    assert (await collected(caller, post()))[-1] == b"[DONE]"
    assert len(loopback.requests) == 2


@pytest.mark.parametrize("then", [ERROR, Cut()], ids=["error-object", "cut"])
async def test_nothing_is_repeated_once_something_was_delivered(caller, loopback, post, then):
    loopback.add(sse_reply([text_chunk("a"), then]))
    reading = stream(caller, post())
    assert b'"a"' in await anext(reading)
    with pytest.raises(ProviderError):
        await anext(reading)
    assert len(loopback.requests) == 1


async def test_attempts_share_one_budget_whatever_fails(caller, loopback, post, clock):
    told = []
    loopback.add(Reply(status=500), sse_reply([ERROR]), sse_reply([comment(), Cut()]))
    with pytest.raises(ProviderError, match="was lost") as caught:
        await collected(caller, post(on_notice=told.append))
    assert (caught.value.kind, caught.value.provider) == ("connection", "acme")
    assert len(loopback.requests) == 3
    assert clock.slept == [0.5, 1.0]
    assert [event.details["reason"] for event in told] == ["server", "unavailable"]


async def test_a_failure_that_is_no_providers_is_not_repeated(caller, loopback, post):
    loopback.default = sse_reply(chat_stream("hi"))
    with pytest.raises(KeyError):
        await failing(caller, post(), KeyError())
    assert len(loopback.requests) == 1


async def test_leaving_the_loop_early_closes_the_connection(caller, loopback, post):
    loopback.add(sse_reply([text_chunk("a"), Hold()]))
    reading = stream(caller, post())
    await anext(reading)
    await reading.aclose()
    async with asyncio.timeout(0.1):
        await loopback.requests[0].over.wait()
    assert loopback.requests[0].outcome == "client closed"


async def test_statuses_are_typed_errors_with_the_providers_name(caller, loopback, post, clock):
    body = {"error": {"message": "Slow down", "code": 429, "type": "rate_limit_error"}}
    headers = {"retry-after": "7200", "x-request-id": "req-1"}
    loopback.add(json_reply(body, status=429, headers=headers))
    with pytest.raises(RateLimitError) as caught:
        await caller.read(post())
    error = caught.value
    assert str(error) == "acme 429: Slow down"
    assert (error.provider, error.status, error.request_id) == ("acme", 429, "req-1")
    assert (error.retry_after_s, error.retryable, clock.slept) == (7200, True, [])


async def test_the_settings_of_a_provider_count(transport, loopback, post, clock):
    settings = HttpProviderSettings(max_retries=1, max_retry_delay=3, timeouts={"read_s": 0.05})
    caller = Caller(transport, settings=settings, clock=clock)
    loopback.add(Reply(status=503, headers={"retry-after": "4"}))
    with pytest.raises(ProviderError):
        await caller.read(post())
    assert len(loopback.requests) == 1
    loopback.default = sse_reply([Hold()])
    with pytest.raises(ProviderError, match=r"sent nothing for 0\.05 s"):
        await caller.read(post())
    assert len(loopback.requests) == 3


async def test_total_of_the_settings_is_the_deadline(transport, loopback, post):
    caller = Caller(transport, settings=HttpProviderSettings(timeouts={"total_s": 0.1}))
    loopback.default = sse_reply([Hold()])
    with pytest.raises(ProviderError, match="the time of the call was over"):
        await caller.read(post())
    assert len(loopback.requests) == 1


async def test_an_error_body_that_never_ends_is_bounded(caller, loopback, post):
    loopback.add(Reply(status=400, body=[b"<html>" * 20_000] * 30, framing="chunked"))
    with pytest.raises(ProviderError, match="400"):
        await caller.read(post())
    await loopback.requests[0].over.wait()


async def test_json_is_read_and_anything_else_refused(caller, loopback, post):
    loopback.add(json_reply({"a": [1]}), Reply(body=b"<html>hello</html>"))
    assert await caller.json(post()) == {"a": [1]}
    with pytest.raises(ProtocolError, match="acme answered with something that is no JSON"):
        await caller.json(post())


# --- credentials -----------------------------------------------------------------------------


async def test_the_auth_is_asked_for_each_attempt(transport, loopback, post, clock):
    auth = Keys(KEY)
    loopback.add(Reply(status=503), json_reply({}))
    await Caller(transport, auth=auth, clock=clock).json(post())
    assert [r.headers["authorization"] for r in loopback.requests] == [f"Bearer {KEY}"] * 2


@pytest.mark.parametrize("status", [401, 403])
async def test_refused_credentials_are_renewed_once(transport, loopback, post, clock, status):
    auth = Keys(KEY, "sk-second", "sk-third")
    caller = Caller(transport, auth=auth, clock=clock)
    loopback.add(Reply(status=status), json_reply({}))
    assert await caller.json(post(repeatable=False)) == {}
    assert (auth.refusals, clock.slept) == ([status], [])
    loopback.default = Reply(status=status)
    with pytest.raises(ProviderError):
        await caller.json(post())
    assert auth.refusals == [status, status]
    assert len(loopback.requests) == 4


async def test_an_auth_without_other_credentials_ends_the_call(transport, loopback, post):
    caller = Caller(transport, auth=Keys(KEY), provider="acme")
    loopback.add(json_reply({"error": {"message": f"Bad key {KEY}!"}}, status=401))
    with pytest.raises(AuthenticationError) as caught:
        await caller.read(post())
    assert KEY not in repr(caught.value) + str(caught.value) + repr(caught.value.args)
    assert "Bad key ********!" in str(caught.value)
    assert caught.value.kind == "authentication"


@pytest.mark.parametrize("header", ["authorization", "x-api-key", "x-strange"])
async def test_a_server_that_echoes_the_key_anywhere(transport, loopback, post, caplog, header):
    caplog.set_level("DEBUG")
    caller = Caller(transport, auth=Keys(KEY, header=header), provider="acme")
    metadata = {"raw": f'{{"error": "{KEY}"}}', "previous_errors": [{"key": [KEY]}]}
    body = {"error": {"message": KEY, "code": f"x {KEY}", "metadata": metadata}}
    loopback.add(json_reply(body, status=400, headers={"x-echo": KEY}))
    with pytest.raises(ProviderError) as caught:
        await caller.read(post())
    error = caught.value
    assert KEY not in str(error) + repr(error) + repr(error.details) + error.hint + caplog.text


async def test_an_echoed_key_inside_a_200_is_masked(transport, loopback, post, clock):
    caller = Caller(transport, auth=Keys(KEY), clock=clock)
    loopback.add(sse_reply(chat_stream("hi")))
    error = ProviderError(f"Key {KEY} is wrong", details={"a": [{"b": KEY}]})
    with pytest.raises(ProviderError) as caught:
        await failing(caller, post(), error)
    assert KEY not in str(caught.value) + repr(caught.value.details)


async def test_a_missing_secret_is_an_authentication_error_before_sending(
    transport, loopback, post
):
    async def nothing() -> Secret:
        raise SecretMissingError("No secret in X.", source="variable X", hint="Set X.")

    caller = Caller(transport, auth=HeaderAuth(nothing), provider="acme")
    with pytest.raises(AuthenticationError, match=r"No secret in X\. Set X\.") as caught:
        await caller.read(post())
    assert (caught.value.provider, loopback.requests) == ("acme", [])


async def test_a_key_of_the_call_beats_the_auth(transport, loopback, post):
    caller = Caller(transport, auth=Keys("other"))
    loopback.add(json_reply({}))
    await caller.json(post(), key=f" {KEY}\n")
    assert loopback.requests[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("key", ["", "sk-a\nb: c", "sk-é"])
async def test_a_key_that_cannot_be_sent_is_never_echoed(transport, loopback, post, key):
    with pytest.raises(AuthenticationError) as caught:
        await Caller(transport).json(post(), key=key)
    assert not key or key not in str(caught.value)
    assert loopback.requests == []
