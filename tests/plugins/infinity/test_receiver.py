"""The ASGI receiver: what reaches the handler, what is answered, what is seen again."""

import asyncio
import json
import logging

import pytest

from jackfield_infinity.receiver import WebhookReceiver
from jackfield_infinity.replays import MOST_SEEN, SeenDeliveries
from jackfield_infinity.testing import InfinityServer, delivery

SECRET = "s3cr3t"
SENT_AT = 1767323045.0


class Time:
    def __init__(self):
        self.now = SENT_AT

    def __call__(self):
        return self.now


async def request(app, sent=None, *, method="POST", body=None, headers=None, pieces=1):
    """Send a request as an ASGI server does; return status and document."""
    headers = headers if headers is not None else (sent.headers if sent else {})
    body = body if body is not None else (sent.body if sent else b"")
    cut = len(body) // pieces
    parts = [body[i * cut : (i + 1) * cut] for i in range(pieces - 1)]
    parts.append(body[(pieces - 1) * cut :])
    incoming = [
        {"type": "http.request", "body": part, "more_body": index < pieces - 1}
        for index, part in enumerate(parts)
    ]
    answered = []

    async def receive():
        return incoming.pop(0) if incoming else {"type": "http.disconnect"}

    async def send(message):
        answered.append(message)

    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await app({"type": "http", "method": method, "path": "/", "headers": raw}, receive, send)
    if not answered:
        return None
    start, end = answered
    assert dict(start["headers"])[b"content-length"] == b"%d" % len(end["body"])
    return start["status"], json.loads(end["body"])


@pytest.fixture
def clock():
    return Time()


@pytest.fixture
def events():
    return []


@pytest.fixture
def receiver(events, clock):
    return WebhookReceiver(SECRET, events.append, clock=clock)


@pytest.mark.parametrize("scheme", ["data", "body"])
@pytest.mark.parametrize("pieces", [1, 3])
async def test_signed_delivery_becomes_an_event(receiver, events, scheme, pieces):
    sent = delivery("chat.message", {"text": "héllo"}, SECRET, scheme=scheme)
    assert await request(receiver, sent, pieces=pieces) == (200, {"received": True})
    [event] = events
    assert (event["event"], event["data"]) == ("chat.message", {"text": "héllo"})


async def test_async_handler_is_awaited_before_the_answer(clock):
    order = []

    async def handle(event):
        await asyncio.sleep(0)
        order.append(event["data"])

    app = WebhookReceiver(SECRET, handle, clock=clock)
    assert (await request(app, delivery("x", 7, SECRET)))[0] == 200
    assert order == [7]


async def test_wrong_signature_reaches_nobody(receiver, events, caplog):
    sent = delivery("x", 1, "another secret")
    status, told = await request(receiver, sent)
    assert (status, told["code"]) == (401, "INVALID_SIGNATURE")
    assert events == []
    assert SECRET not in caplog.text
    assert "INVALID_SIGNATURE" in caplog.text


async def test_missing_signature_reaches_nobody(receiver, events):
    sent = delivery("x", 1, SECRET)
    assert (await request(receiver, sent, headers={}))[0] == 401
    assert events == []


async def test_replay_is_answered_but_not_handled_again(receiver, events, clock):
    sent = delivery("x", 1, SECRET)
    await request(receiver, sent)
    clock.now += 299
    assert await request(receiver, sent) == (200, {"received": True, "duplicate": True})
    assert len(events) == 1


async def test_replay_of_an_old_delivery_is_stale(receiver, events, clock):
    sent = delivery("x", 1, SECRET)
    await request(receiver, sent)
    clock.now += 301
    assert (await request(receiver, sent))[1]["code"] == "STALE_TIMESTAMP"
    assert len(events) == 1


async def test_delivery_from_the_future_cannot_be_replayed_while_it_is_young(
    receiver, events, clock
):
    sent = delivery("x", 1, SECRET)
    clock.now -= 299
    await request(receiver, sent)
    for _ in range(5):
        clock.now += 119
        await request(receiver, sent)
    assert len(events) == 1


async def test_same_news_at_another_time_is_an_event_of_its_own(receiver, events):
    for second in ("05", "06"):
        stamp = f"2026-01-02T03:04:{second}.000Z"
        await request(receiver, delivery("x", {"theme": "dark"}, SECRET, timestamp=stamp))
    assert len(events) == 2


async def test_replay_with_a_changed_timestamp_is_caught_where_that_is_asked_for(clock, events):
    strict = WebhookReceiver(SECRET, events.append, clock=clock, same="signed")
    sent = delivery("x", 1, SECRET)
    await request(strict, sent)
    body = sent.body.replace(b"03:04:05", b"03:04:59")
    assert (await request(strict, sent, body=body))[1] == {"received": True, "duplicate": True}
    assert len(events) == 1


async def test_handler_that_fails_is_a_failure_and_may_be_tried_again(clock, caplog):
    results = [RuntimeError("no database"), None]
    taken = []

    def handle(event):
        taken.append(event)
        if (error := results.pop(0)) is not None:
            raise error

    app = WebhookReceiver(SECRET, handle, clock=clock)
    sent = delivery("x", 1, SECRET)
    status, told = await request(app, sent)
    assert status == 500
    assert "database" not in json.dumps(told)
    assert "no database" in caplog.text
    assert await request(app, sent) == (200, {"received": True})
    assert len(taken) == 2


async def test_cancelled_handler_may_be_tried_again(clock, events):
    begun = asyncio.Event()

    async def handle(event):
        if not begun.is_set():
            begun.set()
            await asyncio.Event().wait()
        events.append(event)

    app = WebhookReceiver(SECRET, handle, clock=clock)
    sent = delivery("x", 1, SECRET)
    running = asyncio.ensure_future(request(app, sent))
    await begun.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await request(app, sent) == (200, {"received": True})
    assert len(events) == 1


async def test_secret_of_the_webhook_that_is_named_is_used(clock, events):
    app = WebhookReceiver({"h1": "one", "h2": "two"}, events.append, clock=clock)
    assert (await request(app, delivery("x", 1, "two", webhook_id="h2")))[0] == 200
    assert (await request(app, delivery("x", 2, "two", webhook_id="h1")))[0] == 401
    assert (await request(app, delivery("x", 3, "two", webhook_id="h3")))[0] == 401
    assert [event["data"] for event in events] == [1]


async def test_secrets_of_the_server_fit_its_deliveries(clock, events):
    with InfinityServer(routes="published") as server:
        hook = {"url": "https://me.example", "events": ["chat.message"], "secret": "s" * 43}
        server.state.webhooks["h"] = {"id": "h", "isActive": True, **hook}
        [sent] = server.deliveries("chat.message", {"id": 1})
        assert server.deliveries("memory.stored", {"id": 1}) == []
    app = WebhookReceiver({"h": "s" * 43}, events.append, clock=clock, scheme="data")
    assert (await request(app, sent))[0] == 200


async def test_body_that_is_too_long_is_refused_before_it_is_read(clock, events):
    app = WebhookReceiver(SECRET, events.append, clock=clock, max_body_bytes=200)
    sent = delivery("x", "y" * 1000, SECRET)
    assert (await request(app, sent, pieces=3))[0] == 413
    assert events == []


async def test_other_methods_are_refused(receiver):
    assert (await request(receiver, method="GET"))[0] == 405


async def test_sender_that_leaves_is_not_answered(receiver, events):
    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        raise AssertionError(message)

    await receiver({"type": "http", "method": "POST", "headers": []}, receive, send)
    assert events == []


async def test_server_may_begin_and_end(receiver):
    incoming = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    answered = []

    async def receive():
        return incoming.pop(0)

    async def send(message):
        answered.append(message["type"])

    await receiver({"type": "lifespan"}, receive, send)
    assert answered == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_other_protocols_are_a_mistake(receiver):
    with pytest.raises(ValueError, match="not websocket"):
        await receiver({"type": "websocket"}, None, None)


@pytest.mark.parametrize("secret", ["", {}, {"h": ""}])
def test_receiver_needs_a_secret(secret):
    with pytest.raises(ValueError, match="secret"):
        WebhookReceiver(secret, print)


def test_memory_of_deliveries_is_bounded(clock):
    seen = SeenDeliveries(600, clock)
    for number in range(MOST_SEEN + 10):
        assert seen.add(number.to_bytes(4, "big"))
    assert seen.add((0).to_bytes(4, "big"))
    assert not seen.add((MOST_SEEN + 9).to_bytes(4, "big"))


def test_memory_of_deliveries_ends(clock):
    seen = SeenDeliveries(600, clock)
    assert seen.add(b"a")
    clock.now += 601
    assert seen.add(b"a")


@pytest.fixture(autouse=True)
def _warnings_are_shown(caplog):
    caplog.set_level(logging.WARNING, "jackfield_infinity")
