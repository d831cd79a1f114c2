"""Endpoints of both clients: requests, replies, paging, streams, flows."""

import inspect

import pytest

from jackfield.errors import OptionError
from jackfield.testing import json_reply, sse_reply
from jackfield_httpx.service import Ready, Resource, Service, SyncServiceClient, endpoint


class RefusedError(Exception):
    pass


async def test_an_endpoint_sends_its_request_and_reads_the_reply(shop, server):
    server.add(json_reply({"book_id": "b/1", "title": "T"}))
    book = await shop.call("books.get", "b/1", verbose=True)
    assert (book.book_id, book.title) == ("b/1", "T")
    request = server.requests[0]
    assert (request.method, request.path) == ("GET", "/api/books/b%2F1?verbose=true")
    assert request.headers["authorization"] == "Bearer the-secret-key"
    assert request.headers["user-agent"] == "shop/1"
    assert request.headers["accept"] == "application/json"
    assert "content-type" not in request.headers


async def test_json_bodies_leave_out_what_was_not_given(shop, server):
    server.add(json_reply({"book_id": "b", "title": "T"}, status=201))
    await shop.call("books.add", "T")
    request = server.requests[0]
    assert request.body == b'{"title":"T"}'
    assert request.headers["content-type"] == "application/json"


async def test_an_endpoint_without_a_reader_returns_nothing(shop, server):
    server.add(json_reply({"message": "gone"}))
    assert await shop.call("books.remove", "b") is None


async def test_pages_are_read_as_one_list(shop, server):
    one, two, three = ({"book_id": str(n), "title": "T"} for n in (1, 2, 3))
    server.add(json_reply({"books": [one, two], "next": "c 2"}), json_reply({"books": [three]}))
    books = await shop.read("books.list")
    assert [book.book_id for book in books] == ["1", "2", "3"]
    paths = [request.path for request in server.requests]
    assert paths == ["/api/books?limit=2", "/api/books?limit=2&cursor=c%202"]


async def test_server_sent_events_are_given_as_they_come(shop, server):
    server.add(sse_reply(["event: word\ndata: on", "ce\n\n", ": comment\n\ndata: upon\n\n"]))
    events = await shop.read("books.read_aloud", "b")
    assert [(event.event, event.data) for event in events] == [("word", "once"), ("", "upon")]
    assert server.requests[0].headers["accept"] == "text/event-stream"


async def test_json_lines_are_given_as_they_come(shop, server):
    server.add(sse_reply(['{"stars"', ': 5}\n\n{"stars": 4}\r\n{"sta', 'rs": 3}']))
    assert await shop.read("books.reviews", "b") == [{"stars": 5}, {"stars": 4}, {"stars": 3}]


async def test_a_flow_of_several_calls_is_one_endpoint(shop, server, clock):
    server.add(
        json_reply({"book_id": "b", "title": "T"}),
        json_reply({"id": "o/1"}),
        json_reply({"state": "new"}),
        json_reply({"state": "new"}),
        json_reply({"state": "packed", "box": 7}),
    )
    assert (await shop.call("order", "b"))["box"] == 7
    assert [request.path for request in server.requests][1:3] == [
        "/api/orders",
        "/api/orders/o%2F1",
    ]
    assert clock.slept == [0.5, 1.0]


async def test_wrong_arguments_are_refused_before_anything_is_sent(shop, server):
    with pytest.raises(ValueError, match="cannot be an id"):
        await shop.call("books.get", "..")
    assert server.requests == []


async def test_a_service_can_refuse_arguments_with_an_error_of_its_own(shop, server):
    shop.service.refused = lambda error: RefusedError(f"no: {error}")
    with pytest.raises(RefusedError, match=r"no: .*cannot be an id") as caught:
        await shop.call("books.get", "")
    assert isinstance(caught.value.__cause__, OptionError)
    assert server.requests == []


def test_a_signature_that_was_set_is_that_of_the_bound_endpoint():
    def build(self, *args):
        return Ready(args)

    build.__signature__ = inspect.signature(lambda self, book_id, *, verbose=None: None)

    class Shelf(Resource):
        get = endpoint(build)

    class Client(SyncServiceClient, Shelf):
        pass

    client = Client(Service(name="s", base_url="https://example.com"))
    assert str(inspect.signature(client.get)) == "(book_id, *, verbose=None)"
    assert client.get("b") == ("b",)
