"""What goes wrong: retries, credentials, errors of the client's own, and what they may show."""

import json
import logging
import traceback
from dataclasses import replace

import pytest
from pydantic import BaseModel

from jackfield.errors import OptionError, ProtocolError, ProviderError, RateLimitError
from jackfield.http import Request, Timeouts
from jackfield.testing import (
    Cut,
    Hold,
    LoopbackServer,
    Pause,
    Reply,
    Reset,
    json_reply,
    redirect,
)
from jackfield_httpx.record import RecordTransport
from jackfield_httpx.retry import RetryPolicy
from jackfield_httpx.service import AsyncServiceClient, KeyAuth, Service, TokenAuth
from jackfield_httpx.settings import RecordSettings
from jackfield_httpx.transport import HttpxTransport

KEY = "the-secret-key"
BOOK = {"book_id": "b", "title": "T"}
BUSY = Reply(status=503)
TORN = Reply(framing="chunked", body=['{"book', Cut()])


async def failing(shop, *args, **kwargs):
    with pytest.raises(Exception) as caught:  # noqa: PT011 - the test looks at it
        await shop.call(*args, **kwargs)
    return caught.value


def auth_headers(server):
    return [request.headers.get("authorization") for request in server.requests]


async def test_a_read_is_repeated_with_growing_waits(shop, server, clock):
    server.add(BUSY, BUSY, json_reply(BOOK))
    assert (await shop.call("books.get", "b")).title == "T"
    assert len(server.requests) == 3
    assert clock.slept == [0.5, 1.0]


async def test_the_last_failure_is_the_client_s_own_error(shop, server):
    server.default = Reply(status=503, headers={"x-request-id": "r-1"}, body=b'{"error":"down"}')
    error = await failing(shop, "books.get", "b")
    assert type(error).__name__ == "ShopError"
    assert (error.status, error.request_id) == (503, "r-1")
    assert "down" in str(error)
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    "reply", [BUSY, Reply(framing="raw", body=[Reset()])], ids=["503", "reset"]
)
async def test_a_write_without_a_key_is_not_repeated(shop, server, reply):
    server.add(reply, json_reply(BOOK))
    await failing(shop, "books.add", "T", key=None)
    assert len(server.requests) == 1
    assert "idempotency-key" not in server.requests[0].headers


async def test_a_write_with_a_key_is_repeated_with_the_same_key(shop, server):
    server.add(BUSY, json_reply(BOOK), json_reply(BOOK))
    await shop.call("books.add", "T")
    await shop.call("books.add", "T")
    first, second, third = (request.headers["idempotency-key"] for request in server.requests)
    assert first == second != third
    server.add(json_reply(BOOK))
    await shop.call("books.add", "T", key="order-7")
    assert server.requests[-1].headers["idempotency-key"] == "order-7"


async def test_a_body_that_breaks_off_is_asked_for_again(shop, server):
    server.add(TORN, json_reply(BOOK))
    assert (await shop.call("books.get", "b")).title == "T"


async def test_no_connection_is_repeated_even_for_a_write(shop, server, clock):
    service = replace(shop.service, base_url="http://127.0.0.1:1")
    client = type(shop.client)(service)
    shop.client, former = client, shop.client
    error = await failing(shop, "books.add", "T", key=None)
    await shop.close()
    shop.client = former
    assert type(error).__name__ == "ShopUnreachableError"
    assert error.__cause__.details == {"unsent": True}
    assert clock.slept == [0.5, 1.0]


@pytest.mark.parametrize(
    ("header", "waits"),
    [("7", [7.0]), ("0.5", [0.5]), ("61", []), ("nonsense", [0.5])],
    ids=["seconds", "decimal", "too long", "unreadable"],
)
async def test_the_wait_that_the_service_asks_for_is_kept(shop, server, clock, header, waits):
    server.add(Reply(status=429, headers={"retry-after": header}), json_reply(BOOK))
    if waits:
        await shop.call("books.get", "b")
    else:
        await failing(shop, "books.get", "b")
    assert clock.slept == waits


async def test_a_date_to_retry_after_is_understood(shop, server, clock):
    soon = "Wed, 21 Oct 2015 07:28:00 GMT"  # long ago: at once
    server.add(Reply(status=503, headers={"retry-after": soon}), json_reply(BOOK))
    await shop.call("books.get", "b")
    assert clock.slept == [0.0]


async def test_the_deadline_ends_the_retries(shop, server, clock):
    shop.service.deadline_s = 1.2
    server.default = BUSY
    await failing(shop, "books.get", "b")
    assert clock.slept == [0.5]  # the next wait of 1 s would pass it


async def test_no_retries_when_the_policy_has_none(shop, server, clock):
    shop.service.retries = RetryPolicy(max_retries=0)
    server.default = BUSY
    await failing(shop, "books.get", "b")
    assert (len(server.requests), clock.slept) == (1, [])


async def test_a_service_can_judge_failures_itself(shop, server, clock):
    def judge(failure):
        judged = type(shop.service).judge(shop.service, failure)
        judged.retry_after_s = (failure.reply.json_or_none() or {}).get("wait")
        return judged

    shop.service.judge = judge
    server.add(json_reply({"wait": 3}, status=429), json_reply(BOOK))
    await shop.call("books.get", "b")
    assert clock.slept == [3]


async def test_the_last_failure_knows_those_before_it(shop, server):
    seen = []
    shop.service.error = lambda failure, judged: seen.append(failure) or judged
    server.add(BUSY, TORN, Reply(status=404))
    await failing(shop, "books.get", "b")
    (last,) = seen
    assert [each.status for each in last.earlier] == [503, None]
    assert [each.attempt for each in (*last.earlier, last)] == [0, 1, 2]


async def test_one_answer_may_take_only_so_long(shop, server):
    hold = Hold()
    shop.service.timeout_s = 0.2
    shop.service.retries = RetryPolicy(max_retries=0)
    server.add(Reply(body=[b"{", hold, b"}"]))
    error = await failing(shop, "books.get", "b")
    assert type(error).__name__ == "ShopUnreachableError"
    assert error.__cause__.kind == "timeout"
    hold.release()


async def test_a_status_can_be_accepted(shop, server):
    server.add(json_reply({"code": "none"}, status=404))
    plan = shop.client.call(
        "GET", "/x", accept_statuses=(404,), read_reply=lambda reply: (reply.status, reply.json())
    )
    assert await shop.perform(plan) == (404, {"code": "none"})


class Strict(BaseModel):
    count: int


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (Reply(body=b"<html>", headers={"content-type": "text/html"}), "text/html that is not"),
        (Reply(status=204), "an empty body"),
        (json_reply({"title": "T"}), "KeyError: 'book_id'"),
        (json_reply([]), "TypeError"),
    ],
    ids=["html", "empty", "field missing", "other type"],
)
async def test_an_answer_of_another_form_is_a_typed_error(shop, server, reply, told):
    server.add(reply)
    error = await failing(shop, "books.get", "b")
    assert type(error).__name__ == "ShopError"
    assert error.status in (200, 204)
    assert told in str(error)
    assert isinstance(error.__cause__, ProtocolError)
    assert len(server.requests) == 1


async def test_a_model_that_refuses_an_answer_is_a_typed_error(shop, server):
    server.add(json_reply({"count": "many"}))
    plan = shop.client.call("GET", "/x", read=Strict.model_validate)
    with pytest.raises(Exception, match="ValidationError") as caught:
        await shop.perform(plan)
    assert type(caught.value).__name__ == "ShopError"


async def test_an_answer_that_is_too_long_is_a_typed_error(shop, server):
    shop.service.max_reply_bytes = 1000
    server.add(Reply(body=b"x" * 1001))
    error = await failing(shop, "books.get", "b")
    assert "more than 1,000 bytes" in str(error)


async def test_refused_credentials_are_renewed_once(shop, server):
    keys = iter(["old", "new", "newer"])
    current = [next(keys)]

    class Renewing(KeyAuth):
        def refused(self, request, status):
            current[0] = next(keys)
            return super().refused(request, status)

    shop.service.auth = Renewing(lambda: current[0])
    server.add(Reply(status=401), json_reply(BOOK), Reply(status=401), Reply(status=401))
    assert (await shop.call("books.add", "T", key=None)).title == "T"
    error = await failing(shop, "books.get", "b")
    assert error.status == 401
    assert auth_headers(server) == ["Bearer old", "Bearer new", "Bearer new", "Bearer newer"]


async def test_a_key_that_did_not_change_is_not_sent_again(shop, server):
    server.default = Reply(status=401)
    assert (await failing(shop, "books.get", "b")).status == 401
    assert len(server.requests) == 1


async def test_a_token_is_fetched_renewed_and_kept(shop, server):
    def fetch():
        return shop.client.call(
            "POST", "/login", json={}, read=lambda data: data["token"], authenticated=False
        )

    shop.service.auth = TokenAuth(fetch)
    login = [json_reply({"token": "one"}), json_reply({"token": "two"})]
    server.add(login[0], json_reply(BOOK), Reply(status=401), login[1], json_reply(BOOK))
    await shop.call("books.get", "b")
    shop.service.auth._renewed_at -= 60
    await shop.call("books.get", "b")
    assert auth_headers(server) == [None, "Bearer one", "Bearer one", None, "Bearer two"]


async def test_another_key_is_used_from_the_next_request_on(shop, server):
    keys = ["a", None]
    shop.service.auth = KeyAuth(lambda: keys[0], header="X-API-Key", scheme="")
    server.default = json_reply(BOOK)
    await shop.call("books.get", "b")
    keys.reverse()
    await shop.call("books.get", "b")
    assert [request.headers.get("x-api-key") for request in server.requests] == ["a", None]


async def test_an_endpoint_can_go_without_credentials(shop, server):
    server.add(json_reply({}))
    await shop.call("health")
    assert auth_headers(server) == [None]


async def test_headers_of_a_function_are_asked_for_before_each_call(shop, server):
    numbers = iter("12")
    shop.service.headers = lambda: {"X-Number": next(numbers), "Accept": "text/plain"}
    server.default = json_reply(BOOK)
    await shop.call("books.get", "b")
    await shop.call("books.get", "b")
    found = [(each.headers["x-number"], each.headers["accept"]) for each in server.requests]
    assert found == [("1", "text/plain"), ("2", "text/plain")]


async def test_headers_of_a_wrong_type_are_refused(shop, server):
    shop.service.headers = lambda: ["a"]
    error = await failing(shop, "books.get", "b")
    assert isinstance(error, TypeError)
    assert "not list" in str(error)
    assert server.requests == []


async def test_async_header_functions_work_in_async_clients_only(shop, server):
    async def headers():
        return {"x-number": "1"}

    shop.service.headers = headers
    server.add(json_reply(BOOK))
    if type(shop.client).__name__ == "AsyncShop":
        await shop.call("books.get", "b")
        assert server.requests[0].headers["x-number"] == "1"
    else:
        error = await failing(shop, "books.get", "b")
        assert isinstance(error, OptionError)
        assert "async header functions" in str(error)


async def test_hooks_see_requests_and_answers_without_secrets(shop, server):
    seen = []

    def before(request):
        assert isinstance(request, Request)
        return replace(request, headers={**request.headers, "x-trace": "t"})

    def after(request, status, headers):
        seen.append((request.headers, status, headers["content-type"]))

    shop.service.before = [before, lambda request: None]
    shop.service.after = [after]
    server.add(json_reply(BOOK))
    await shop.call("books.get", "b")
    assert server.requests[0].headers["x-trace"] == "t"
    headers, status, content_type = seen[0]
    assert (status, content_type) == (200, "application/json")
    assert headers["x-trace"] == "t"
    assert KEY not in str(headers)


async def test_no_secret_in_errors_logs_and_reprs(shop, server, caplog):
    caplog.set_level(logging.DEBUG)
    echo = f'{{"error": {{"message": "bad key {KEY}", "key": "{KEY}"}}}}'
    server.add(BUSY, Reply(status=403, body=echo.encode(), headers={"x-echo": KEY}))
    error = await failing(shop, "books.get", "b")
    shown = "".join(traceback.format_exception(error)) + str(error) + repr(vars(error))
    call = shop.client.plans().books.get("b")
    assert "bad key ********" in str(error)
    for text in (shown, caplog.text, repr(call), repr(shop.service), repr(shop.client)):
        assert KEY not in text
    assert "GET" in caplog.text


async def test_credentials_stay_home_when_a_read_is_redirected(shop, server):
    with LoopbackServer(json_reply(BOOK)) as elsewhere:
        server.add(redirect(f"{elsewhere.url}/file", status=302))
        assert (await shop.call("books.get", "b")).title == "T"
        assert "authorization" not in elsewhere.requests[0].headers


async def test_a_redirected_write_is_an_error(shop, server):
    server.add(redirect("/elsewhere"))
    error = await failing(shop, "books.add", "T")
    assert "/elsewhere" in str(error)
    assert len(server.requests) == 1


async def test_a_client_without_error_classes_raises_ours(shop, server, monkeypatch):
    monkeypatch.setattr(type(shop.service), "error", Service.error)
    server.default = Reply(status=429, headers={"retry-after": "99"})
    error = await failing(shop, "books.get", "b")
    assert isinstance(error, RateLimitError)
    assert (error.provider, error.retry_after_s) == ("shop", 99)


async def test_retries_are_told(shop, server):
    notices = []
    shop.service.on_notice = notices.append
    server.add(BUSY, json_reply(BOOK))
    await shop.call("books.get", "b")
    assert [(each.kind, each.details["status"]) for each in notices] == [("retry", 503)]


async def test_fetching_a_token_that_needs_a_token_is_refused(shop, server):
    shop.service.auth = TokenAuth(lambda: shop.client.plans().call("POST", "/login", read=str))
    error = await failing(shop, "books.get", "b")
    assert isinstance(error, OptionError)
    assert server.requests == []


@pytest.mark.parametrize("url", ["", "example.com", "ftp://h", "https://", "https://u:p@h"])
def test_a_service_needs_the_url_of_a_server(url):
    with pytest.raises(OptionError, match="service 's'") as caught:
        Service(name="s", base_url=url)
    assert "u:p" not in str(caught.value)


def test_a_part_of_each_wait_can_be_left_to_chance():
    policy = RetryPolicy(jitter=0.25, cap_s=3)
    assert [policy.backoff_s(retry, 0.0) for retry in range(4)] == [0.375, 0.75, 1.5, 2.25]
    assert [policy.backoff_s(retry, 1.0) for retry in range(4)] == [0.5, 1, 2, 3]


async def test_secrets_of_the_body_are_masked_where_an_answer_repeats_them(shop, server):
    secret = 'canäry"value'
    repeated = [secret, json.dumps(secret), json.dumps(secret, ensure_ascii=False)]
    server.add(*[Reply(status=422, body=f'{{"error": {each}}}'.encode()) for each in repeated])
    for _ in repeated:
        call = shop.client.call("POST", "/keys", json={"key": secret}, secrets=[secret, "abc"])
        assert "value" not in repr(call)
        with pytest.raises(Exception) as caught:  # noqa: PT011 - the test looks at it
            await shop.perform(call)
        assert "value" not in str(caught.value) + repr(caught.value)
    assert json.loads(server.requests[0].body) == {"key": secret}


async def test_secrets_of_the_body_are_not_recorded(server, tmp_path):
    server.add(Reply(body=b'{"saved": "value-of-it"}'))
    cassette = tmp_path / "keys.jsonl"
    inner = HttpxTransport()
    recorder = RecordTransport(RecordSettings(path=cassette), inner)
    async with AsyncServiceClient(Service(name="s", base_url=server.url), transport=recorder) as c:
        call = c.call("POST", "/keys", json={"plain": "value-of-it"}, secrets=["value-of-it"])
        await c.perform(call)
    await inner.aclose()
    assert b"/keys" in cassette.read_bytes()
    assert b"value-of-it" not in cassette.read_bytes()


async def test_a_key_in_a_reply_that_is_no_json_is_nowhere_in_the_error(shop, server):
    server.default = lambda request: Reply(body=f"<html>{request.headers['authorization']}</html>")
    error = await failing(shop, "books.get", "b")
    while error is not None:
        assert KEY not in f"{error!r} {vars(error)!r}"
        error = error.__cause__ or error.__context__


class Noting(Service):
    """Remembers what it was asked to judge."""

    def may_repeat(self, failure):
        self.failures = [failure]
        return False


@pytest.mark.parametrize(
    ("reply", "is_answered"),
    [
        (Reply(framing="raw", body=[Reset()]), False),
        (Reply(framing="raw", body=[Cut()]), False),
        (Reply(framing="raw", body=["HTTP/1.1 200", Cut()]), True),
        (Reply(framing="raw", body=["HTTP/1.1 200 OK\r\nserver: x", Hold()]), True),
        (TORN, True),
        (BUSY, True),
    ],
    ids=["reset", "cut", "status line", "head", "body", "503"],
)
@pytest.mark.parametrize("kind", ["sync", "async_"])
async def test_a_failure_tells_whether_an_answer_had_begun(
    shop_classes, server, reply, is_answered, kind
):
    server.default = reply
    service = Noting(name="noting", base_url=server.url, timeouts=Timeouts(read_s=0.1))
    shop = shop_classes.either(getattr(shop_classes, kind)(service), service)
    with pytest.raises(ProviderError):
        await shop.call("books.get", "b")
    await shop.close()
    assert [failure.answered for failure in service.failures] == [is_answered]


async def test_an_answer_that_repeats_the_key_is_told_without_it(shop, server):
    server.default = json_reply({"book_id": KEY})
    error = await failing(shop, "books.get", "b")
    assert "KeyError" in str(error)

    def broken(reply):
        raise ValueError(f"{reply.text} is no book")

    call = shop.client.plans().call("GET", "/books", read_reply=broken)
    with pytest.raises(Exception, match="is no book") as caught:
        await shop.perform(call)
    assert KEY not in str(caught.value)
    assert "********" in str(caught.value)


async def test_a_refusal_may_name_what_every_request_says(shop, server):
    server.default = json_reply({"error": "only application/json, and not by shop/1"}, status=400)
    assert "application/json, and not by shop/1" in str(await failing(shop, "books.get", "b"))


async def test_the_time_of_an_attempt_does_not_begin_anew_with_each_read(shop, server):
    shop.service.timeout_s = 0.5
    shop.service.retries = RetryPolicy(max_retries=0)
    server.add(Reply(framing="chunked", body=[Pause(0.4), "a" * 1000, Pause(0.45), "b" * 9000]))
    await failing(shop, "books.get", "b")
    await server.requests[0].over.wait()
    assert server.requests[0].outcome == "client closed"
    assert server.requests[0].sent_bytes < 9000
