"""Drivers: threads, event loops, closing, sharing, the host's auth and transport."""

import asyncio
import gc
import inspect
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from jackfield.credentials import HeaderAuth, Secret
from jackfield.errors import OptionError, StateError
from jackfield.testing import Hold, Moment, Reply, json_reply, sse_reply
from jackfield_httpx.retry import Clock, RetryPolicy
from jackfield_httpx.service import Abort, HostedAuth, TokenAuth, endpoint
from jackfield_httpx.transport import HttpxTransport

BOOK = {"book_id": "b", "title": "T"}


async def test_a_blocking_client_works_inside_and_outside_of_loops(sync_shop, server):
    server.default = json_reply(BOOK)
    assert asyncio.get_running_loop().is_running()
    assert sync_shop.books.get("b").title == "T"
    with ThreadPoolExecutor() as pool:
        await asyncio.wrap_future(pool.submit(asyncio.run, asyncio.sleep(0)))
    assert sync_shop.books.get("b").title == "T"
    assert server.connections == 1


def test_a_blocking_client_serves_many_threads(sync_shop, server):
    server.default = json_reply(BOOK)
    barrier = threading.Barrier(8)

    def work(_):
        barrier.wait()
        return [sync_shop.books.get("b").title for _ in range(10)]

    with ThreadPoolExecutor(8) as pool:
        assert [*pool.map(work, range(8))] == [["T"] * 10] * 8
    assert server.connections <= 8


def test_an_async_client_serves_one_loop_after_the_other(service, server, shop_classes):
    server.default = json_reply(BOOK)
    client = shop_classes.async_(service)

    async def twice():
        await asyncio.gather(client.books.get("a"), client.books.get("b"))

    asyncio.run(twice())
    asyncio.run(twice())
    asyncio.run(client.aclose())
    assert len(server.requests) == 4


async def test_a_token_is_renewed_once_for_many_calls(shop, server):
    logins = []

    def answer(request):
        if request.path.endswith("/login"):
            logins.append(request)
            return json_reply({"token": f"t{len(logins)}"})
        if request.headers["authorization"] == "Bearer old":
            return Reply(status=401)
        return json_reply(BOOK)

    server.default = answer
    shop.service.auth = TokenAuth(
        lambda: shop.client.plans().call(
            "POST", "/login", read=lambda data: data["token"], authenticated=False
        ),
        token="old",
    )
    if hasattr(shop.client, "aclose"):
        await asyncio.gather(*[shop.client.books.get("b") for _ in range(20)])
    else:
        with ThreadPoolExecutor(20) as pool:
            list(pool.map(shop.client.books.get, "b" * 20))
    assert len(logins) == 1


async def test_use_after_close_is_a_clear_error(shop, server):
    server.default = json_reply(BOOK)
    await shop.call("books.get", "b")
    await shop.close()
    await shop.close()
    assert shop.client.is_closed
    with pytest.raises(StateError, match="closed"):
        await shop.call("books.get", "b")
    with pytest.raises(StateError, match="closed"):
        shop.client.books.list()


async def test_a_client_may_open_again_after_close(service, server, shop_classes):
    service.reopens = True
    server.default = json_reply(BOOK)
    for kind in (shop_classes.sync, shop_classes.async_):
        from_kind = shop_classes.either(kind(service), service)
        await from_kind.call("books.get", "b")
        await from_kind.close()
        assert (await from_kind.call("books.get", "b")).title == "T"
        await from_kind.close()


async def test_clients_can_share_their_connections(shop, server):
    server.default = json_reply(BOOK)
    service = replace(shop.service, user_agent="child")
    child = type(shop.client)(service, sharing=shop.client)
    parent, shop.client = shop.client, child
    await shop.call("books.get", "b")
    await shop.close()
    shop.client = parent
    await shop.call("books.get", "b")
    assert server.connections == 1
    assert [each.headers["user-agent"] for each in server.requests] == ["child", "shop/1"]


def test_nothing_is_open_before_the_first_call(service, server, shop_classes):
    shop_classes.sync(service)
    shop_classes.async_(service)
    assert server.connections == 0


def test_a_blocking_client_that_nobody_closed_leaves_no_socket(service, server, shop_classes):
    server.default = json_reply(BOOK)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        client = shop_classes.sync(service)
        client.books.get("b")
        stream = client.books.scan("b")
        next(stream)
        del client, stream
        gc.collect()
    assert [str(each.message) for each in caught] == []


async def test_what_a_flow_leaves_open_is_closed_at_its_end(shop, server):
    server.default = sse_reply(["data: one\n\n", "data: two\n\n"])

    def flow():
        body = yield from shop.client.plans().call("GET", "/x").open()
        return (yield from body.read())

    await shop.perform(flow())
    await server.requests[0].over.wait()

    def failing():
        yield from shop.client.plans().call("GET", "/x").open()
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        await shop.perform(failing())


async def test_the_auth_of_the_kernel_serves_async_clients(shop, server):
    async def read():
        return Secret("hosted-key", source="a test")

    shop.service.auth = HostedAuth(HeaderAuth(read))
    server.add(json_reply(BOOK))
    if hasattr(shop.client, "aclose"):
        await shop.call("books.get", "b")
        assert server.requests[0].headers["authorization"] == "Bearer hosted-key"
    else:
        with pytest.raises(OptionError, match="an auth of the kernel"):
            await shop.call("books.get", "b")


async def test_any_transport_carries_an_async_client_and_stays_open(service, server, shop_classes):
    inner = HttpxTransport()
    seen = []

    class Watched:
        @asynccontextmanager
        async def stream(self, request):
            seen.append((request.repeatable, request.max_retries))
            async with inner.stream(request) as response:
                yield response

    server.add(Reply(status=503), json_reply(BOOK), json_reply(BOOK))
    async with shop_classes.async_(service, transport=Watched()) as client:
        assert (await client.books.get("b")).title == "T"
    assert seen == [(False, 0)] * 2  # the one place of retries is above
    async with shop_classes.async_(service, transport=Watched()) as client:
        assert (await client.books.get("b")).title == "T"
    await inner.aclose()


async def test_cancelling_ends_a_wait_between_attempts(service, server, shop_classes):
    waiting = asyncio.Event()

    class Slow(type(service.clock)):
        async def sleep(self, seconds):
            waiting.set()
            await asyncio.Event().wait()

    service.clock = Slow()
    server.default = Reply(status=503)
    async with shop_classes.async_(service) as client:
        task = asyncio.create_task(client.books.get("b"))
        await waiting.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert len(server.requests) == 1


async def test_a_plan_of_items_is_not_performed(shop, server):
    server.add(json_reply({"books": [BOOK]}))
    with pytest.raises(TypeError, match="iterate"):
        await shop.perform(shop.client.plans().books.list())


def test_an_endpoint_shows_its_name_signature_and_text(sync_shop):
    get = sync_shop.books.get
    assert get.__name__ == "get"
    assert get.__doc__.startswith("Return a book.")
    assert list(inspect.signature(get).parameters) == ["book_id", "verbose"]
    assert inspect.isfunction(type(sync_shop.books).get)
    assert isinstance(vars(type(sync_shop.books))["get"], endpoint)


@pytest.mark.parametrize("how", ["close", "abort"])
@pytest.mark.parametrize("when", ["before the head", "in the body", "between attempts"])
async def test_a_call_of_another_thread_can_be_ended(service, server, shop_classes, how, when):
    hold, clock = Hold(), TellingClock()
    if when == "before the head":
        server.add(Reply(framing="raw", body=[hold]))
    elif when == "in the body":
        server.add(Reply(body=[b"{", hold, b"}"]))
    else:
        service.clock = clock
        service.retries = RetryPolicy(max_delay_s=1000)
        server.add(Reply(status=503, headers={"retry-after": "999"}))
    client, abort = shop_classes.sync(service), Abort()
    call = client.plans().books.get("b")
    with ThreadPoolExecutor() as pool:
        working = asyncio.wrap_future(pool.submit(client.perform, call, abort=abort))
        await (clock.waits if when == "between attempts" else hold.reached).wait()
        abort.set(InterruptedError("enough")) if how == "abort" else client.close()
        with pytest.raises(InterruptedError if how == "abort" else StateError):
            await working
    if how == "abort":
        server.add(json_reply(BOOK))
        assert client.books.get("b").title == "T"
    client.close()


class TellingClock(Clock):
    def __init__(self):
        self.waits = Moment()

    def sleep_blocking(self, seconds, woken):
        self.waits.set()
        super().sleep_blocking(seconds, woken)


@pytest.mark.parametrize("how", ["close", "abort"])
async def test_a_call_of_another_task_can_be_ended(service, server, shop_classes, how):
    hold, abort = Hold(), Abort()
    server.add(Reply(body=[b"{", hold, b"}"]), json_reply(BOOK))
    async with shop_classes.async_(service) as client:
        call = client.plans().books.get("b")
        task = asyncio.create_task(client.perform(call, abort=abort))
        await hold.reached.wait()
        if how == "abort":
            await asyncio.to_thread(abort.set, InterruptedError("enough"))
        else:
            await client.aclose()
        with pytest.raises(InterruptedError if how == "abort" else StateError):
            await task
        await server.requests[0].over.wait()
        if how == "abort":
            assert (await client.books.get("b")).title == "T"
            with pytest.raises(InterruptedError):
                await client.perform(call, abort=abort)


async def test_a_cancelled_call_with_an_abort_is_cancelled(service, server, shop_classes):
    hold = Hold()
    server.add(Reply(body=[b"{", hold, b"}"]))
    async with shop_classes.async_(service) as client:
        call = client.plans().books.get("b")
        task = asyncio.create_task(client.perform(call, abort=Abort()))
        await hold.reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await server.requests[0].over.wait()
    assert server.requests[0].outcome == "client closed"
