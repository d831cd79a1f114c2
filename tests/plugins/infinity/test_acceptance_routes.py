"""Acceptance check 19, the choice of a route, for both clients. Source: spec/infinity.md, 11."""

import pytest

from jackfield.testing import Reply, json_reply
from jackfield_infinity import InfinityAssistantError
from jackfield_infinity.testing import InfinityServer

NO_ROUTE = Reply(status=404, headers={"content-type": "text/html"}, body="<html>404</html>")
NOT_ALLOWED = Reply(status=405)


def paths(server):
    return [f"{request.method} {request.path.partition('?')[0]}" for request in server.requests]


async def failing(infinity, name, *args, **kwargs):
    with pytest.raises(InfinityAssistantError) as caught:
        await infinity.call(name, *args, **kwargs)
    return caught.value


OPERATIONS = {
    "search_knowledge": (["bread"], "POST /knowledge/search", "POST /search"),
    "store_memory": (["k", 1], "POST /memory/store", "POST /memory"),
    "retrieve_memory": (["k"], "GET /memory/retrieve", "GET /memory"),
}
OPERATION = pytest.mark.parametrize(
    ("name", "args", "first", "second"),
    [(name, *case) for name, case in OPERATIONS.items()],
    ids=OPERATIONS,
)


@OPERATION
async def test_a19_auto_asks_once_what_there_is(make, name, args, first, second):
    with InfinityServer(routes="deployed") as service:
        infinity = make(base_url=service.url)
        for _ in range(3):
            await infinity.call(name, *args)
        assert paths(service) == [first, second, second, second]
        another = make(base_url=service.url)
        await another.call(name, *args)
        assert paths(service)[4:] == [first, second]


@OPERATION
async def test_a19_auto_stays_where_it_is_understood(make, name, args, first, second):
    with InfinityServer(routes="published") as service:
        infinity = make(base_url=service.url)
        for _ in range(2):
            await infinity.call(name, *args)
        assert paths(service) == [first, first]


@OPERATION
async def test_a19_the_search_for_a_route_is_no_retry(
    make, server, clock, name, args, first, second
):
    infinity = make(max_retries=0)
    answer = {"success": True, "memory": {}, "results": {}}
    server.add(NOT_ALLOWED, json_reply(answer))
    await infinity.call(name, *args)
    assert clock.slept == []
    assert paths(server) == [first, second]


@OPERATION
async def test_a19_where_there_is_no_route_both_are_named(
    infinity, server, name, args, first, second
):
    server.default = NO_ROUTE
    error = await failing(infinity, name, *args)
    assert (error.code, error.status_code) == ("ROUTE_NOT_FOUND", 404)
    assert first in str(error)
    assert second in str(error)
    assert len(server.requests) == 2


async def test_a19_a_route_that_moves_is_found_again(infinity, server):
    found = json_reply({"success": True, "stored": True})
    server.add(NO_ROUTE, found, NO_ROUTE, found, found)
    for _ in range(3):
        await infinity.call("store_memory", "k", 1)
    old, new = "POST /memory/store", "POST /memory"
    assert paths(server) == [old, new, new, old, old]


async def test_a19_a_404_of_the_api_is_an_answer(infinity, server):
    server.default = json_reply({"error": "Conversation not found"}, status=404)
    found = await infinity.call("retrieve_memory", "k")
    assert found == {"success": True, "found": False, "value": None}
    for name in ("store_memory", "search_knowledge"):
        error = await failing(infinity, name, *OPERATIONS[name][0])
        assert (error.code, error.status_code) == ("RESOURCE_NOT_FOUND", 404)
    assert len(server.requests) == 3


@pytest.mark.parametrize("profile", ["published", "deployed"])
async def test_a19_a_pinned_profile_has_no_second_route(make, server, profile):
    infinity = make(profile=profile)
    server.default = NO_ROUTE
    error = await failing(infinity, "retrieve_memory", "k")
    assert error.status_code == 404
    assert len(server.requests) == 1


async def test_a19_no_research_at_all(infinity, server):
    server.default = NO_ROUTE
    error = await failing(infinity, "research", "q")
    assert (error.code, error.status_code) == ("ROUTE_NOT_FOUND", 404)
    assert "POST /research" in str(error)
