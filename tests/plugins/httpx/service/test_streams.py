"""Answers that are read while they arrive, by blocking and by async iterators."""

import asyncio
import gc
import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.errors import ProtocolError
from jackfield.testing import Cut, Hold, Reply, json_reply, sse_reply
from jackfield_httpx.service import (
    Item,
    JsonLines,
    collected,
    decoded,
    decoded_body,
    expanded,
    mapped,
)
from jackfield_httpx.service.steps import Pause

LINES = [{"n": 1}, "zwei", [3, None], "\u2028 ☃", {}]
TEXT = "\n".join(json.dumps(line, ensure_ascii=False) for line in LINES).encode()


async def first_and_leave(shop, name, how):
    found = getattr(shop.client.books, name)("b")
    if hasattr(found, "__aiter__"):
        value = await anext(found)
        if how == "close":
            await found.aclose()
        elif how == "with":
            async with found:
                pass
    else:
        value = next(found)
        if how == "close":
            found.close()
        elif how == "with":
            with found:
                pass
    del found
    gc.collect()
    return value


@pytest.mark.parametrize("how", ["close", "with", "give up"])
async def test_leaving_early_closes_the_connection(shop, server, how):
    hold = Hold()
    server.add(sse_reply(["data: one\n\n", hold]))
    assert (await first_and_leave(shop, "read_aloud", how)).data == "one"
    await server.requests[0].over.wait()
    assert server.requests[0].outcome == "client closed"


async def test_items_come_before_the_answer_is_complete(shop, server):
    hold = Hold()
    server.add(sse_reply(['{"a": 1}\n', hold, '{"a": 2}\n']))
    found = shop.client.books.reviews("b")
    if hasattr(found, "__aiter__"):
        assert await anext(found) == {"a": 1}
        hold.release()
        assert [each async for each in found] == [{"a": 2}]
    else:
        assert next(found) == {"a": 1}
        hold.release()
        assert list(found) == [{"a": 2}]
    assert server.connections == 1


async def test_a_stream_read_to_its_end_leaves_the_connection_for_others(shop, server):
    server.add(sse_reply(["data: one\n\n"]), sse_reply(["data: two\n\n"]))
    await shop.read("books.read_aloud", "b")
    await shop.read("books.read_aloud", "b")
    assert server.connections == 1


async def test_a_stream_that_breaks_is_the_client_s_own_error(shop, server):
    server.add(sse_reply(["data: one\n\n", Cut()]), sse_reply(["data: one\n\n"]))
    found = []
    events = mapped(shop.client.plans().books.read_aloud("b"), lambda event: found.append(event))
    with pytest.raises(Exception, match="lost") as caught:
        await shop.perform(collected(events))
    assert type(caught.value).__name__ == "ShopError"
    assert [event.data for event in found] == ["one"]
    assert len(server.requests) == 1


async def test_the_opening_of_a_stream_is_repeated(shop, server):
    server.add(Reply(status=503), sse_reply(["data: one\n\n"]))
    assert [event.data for event in await shop.read("books.read_aloud", "b")] == ["one"]


async def test_a_refused_stream_is_an_ordinary_error(shop, server):
    server.add(json_reply({"error": "no such book"}, status=404))
    with pytest.raises(Exception, match="no such book") as caught:
        await shop.read("books.read_aloud", "b")
    assert type(caught.value).__name__ == "ShopNotFoundError"


@pytest.mark.parametrize("body", ['{"a": 1}\n{"a', '{"a": 1}\nnonsense\n'], ids=["cut", "nonsense"])
async def test_a_line_that_is_not_json_is_a_typed_error(shop, server, body):
    server.add(sse_reply([body]))
    with pytest.raises(Exception, match="not JSON") as caught:
        await shop.read("books.reviews", "b")
    assert type(caught.value).__name__ == "ShopError"
    assert caught.value.status == 200


async def test_a_decoder_that_is_done_ends_the_stream_at_once(shop, server):
    class UntilDone:
        is_done = False

        def feed(self, chunk):
            self.is_done = b"done" in chunk
            return [chunk]

        def close(self):
            raise ProtocolError("never reached")

    hold = Hold()
    server.add(sse_reply(["done", hold]))
    call = shop.client.plans().call("GET", "/x")
    assert await shop.perform(collected(decoded(call, lambda _: UntilDone()))) == [b"done"]
    await server.requests[0].over.wait()
    assert server.requests[0].outcome == "client closed"


async def test_a_decoder_can_be_chosen_by_the_answer(shop, server):
    server.add(json_reply([1]), sse_reply(["data: x\n\n"]))
    kinds = []

    def choose(body):
        kinds.append((body.status, body.media_type))
        return JsonLines()

    call = shop.client.plans().call("GET", "/x")
    assert await shop.perform(collected(decoded(call, choose))) == [[1]]
    with pytest.raises(Exception, match="not JSON"):
        await shop.perform(collected(decoded(call, choose)))
    assert kinds == [(200, "application/json"), (200, "text/event-stream")]


async def test_cancelling_a_task_closes_its_stream(async_shop, server):
    hold = Hold()
    server.add(sse_reply(["data: one\n\n", hold]))
    seen = asyncio.Event()

    async def read():
        async for _ in async_shop.books.read_aloud("b"):
            seen.set()

    task = asyncio.create_task(read())
    await seen.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await server.requests[0].over.wait()
    assert server.requests[0].outcome == "client closed"


@given(st.lists(st.integers(0, len(TEXT))), st.sampled_from([b"\n", b"\r\n"]))
def test_json_lines_do_not_depend_on_how_bytes_are_cut(cuts, end):
    data = TEXT.replace(b"\n", end)
    places = [0, *sorted(cuts), len(data)]
    decoder, found = JsonLines(), []
    for start, stop in pairwise(places):
        found += decoder.feed(data[start:stop])
    assert found + decoder.close() == LINES


def test_an_endless_line_is_refused():
    decoder = JsonLines(max_line_bytes=100)
    decoder.feed(b"x" * 100)
    with pytest.raises(ProtocolError, match="100 bytes"):
        decoder.feed(b"x")


def test_expanded_items_are_given_one_by_one():
    items = (Item(number) for number in (2, 0, 1))
    flow = expanded(items, lambda number: ["x"] * number)
    assert [each.value for each in flow] == ["x", "x", "x"]


def test_mapped_items_pass_steps_and_errors_on():
    log = []

    def inner():
        yield Item(1)
        try:
            yield from Pause(1)
        except OSError:
            log.append("failed")
        answer = yield Pause(2)
        yield Item(answer)

    flow = mapped(inner(), lambda value: value * 10)
    assert next(flow).value == 10
    assert next(flow).seconds == 1
    assert flow.throw(OSError()).seconds == 2
    assert flow.send(7).value == 70
    assert next(flow, None) is None
    assert log == ["failed"]


class UntilStop(JsonLines):
    """Ends with the line that says so."""

    is_done = False

    def feed(self, chunk):
        found = super().feed(chunk)
        self.is_done = "stop" in found
        return found


async def test_the_connection_is_closed_before_the_last_values_come(shop, server):
    hold = Hold()
    server.add(sse_reply(['{"n": 1}\n"stop"\n', hold]))
    call = shop.client.plans().call("GET", "/lines")
    found = shop.client.iterate(decoded(call, lambda _: UntilStop()))
    if hasattr(found, "__aiter__"):
        values = [await anext(found), await anext(found)]
    else:
        values = [next(found), next(found)]
    assert "stop" in values
    await server.requests[0].over.wait()
    assert server.requests[0].outcome == "client closed"
    if hasattr(found, "__aiter__"):
        await found.aclose()


async def test_a_body_can_be_looked_at_before_it_is_decoded(shop, server):
    server.add(sse_reply(['{"n": 1}\n']))
    call = shop.client.plans().call("GET", "/lines")

    def flow():
        body = yield from call.open()
        yield Item(body.media_type)
        yield from decoded_body(body, JsonLines())

    assert await shop.perform(collected(flow())) == ["text/event-stream", {"n": 1}]
