"""Acceptance check 18, for both clients. Source: spec/infinity.md, 11."""

import pytest

from jackfield.testing import json_reply
from jackfield_infinity import InfinityAssistantError
from jackfield_infinity.testing import InfinityServer

VALUES = [{"theme": "dark"}, "text", None, "", 0, [1, {"a": "é\n"}], "x" * 500]


def paths(server):
    return [f"{request.method} {request.path.partition('?')[0]}" for request in server.requests]


async def failing(infinity, name, *args, **kwargs):
    with pytest.raises(InfinityAssistantError) as caught:
        await infinity.call(name, *args, **kwargs)
    return caught.value


@pytest.mark.parametrize("routes", ["published", "deployed"])
@pytest.mark.parametrize("profile", ["auto", "own"])
async def test_a18_what_is_stored_is_found_again(make, routes, profile):
    with InfinityServer(routes=routes) as service:
        infinity = make(base_url=service.url, profile=routes if profile == "own" else profile)
        for index, value in enumerate(VALUES):
            key = f"key/{index} & more?"
            stored = await infinity.call("store_memory", key, value)
            assert (stored["success"], stored["stored"]) == (True, True)
            found = await infinity.call("retrieve_memory", key)
            assert (found["success"], found["found"], found["value"]) == (True, True, value)
        missing = await infinity.call("retrieve_memory", "nothing")
        assert (missing["success"], missing["found"], missing["value"]) == (True, False, None)


async def test_a18_published_requests_to_the_byte(make, server):
    infinity = make(profile="published")
    server.default = json_reply({"success": True, "stored": True})
    await infinity.call("store_memory", "k", None)
    await infinity.call("store_memory", key="k", value={"a": 1}, ttl=60)
    await infinity.call("retrieve_memory", "a b/ü&")
    assert [request.body for request in server.requests] == [
        b'{"key":"k","value":null}',
        b'{"key":"k","value":{"a":1},"ttl":60}',
        b"",
    ]
    assert server.requests[2].path == "/memory/retrieve?key=a%20b%2F%C3%BC%26"


async def test_a18_deployed_requests_to_the_byte(make, server):
    infinity = make(profile="deployed")
    entry = {"id": "m", "content": '"dark"', "type": "insight"}
    memory = {"recentMessages": [], "compressedHistory": [], "criticalFacts": []}
    server.add(json_reply({"success": True, "entry": entry}), json_reply({"memory": memory}))
    stored = await infinity.call("store_memory", "theme", "dark")
    assert stored == {"success": True, "entry": entry, "stored": True}
    assert (await infinity.call("retrieve_memory", "theme"))["found"] is False
    expected = b'{"conversationId":"kv:theme","content":"\\"dark\\"","type":"fact"}'
    assert server.requests[0].body == expected
    assert server.requests[1].path == "/memory?conversationId=kv%3Atheme"


async def test_a18_the_newest_fact_that_was_stored_counts(make, server):
    infinity = make(profile="deployed")
    facts = [
        {"content": "1", "tags": ["remembered", "fact"]},
        {"content": "2", "tags": ["remembered", "fact"]},
        {"content": "noticed by itself", "tags": ["insight"]},
        {"content": "no tags"},
    ]
    server.add(json_reply({"memory": {"criticalFacts": facts}}))
    assert (await infinity.call("retrieve_memory", "k"))["value"] == 2


@pytest.mark.parametrize("told", [{"success": True, "value": 1}, {"success": True}])
async def test_a18_found_is_derived_where_it_is_missing(infinity, server, told):
    server.add(json_reply(told))
    assert (await infinity.call("retrieve_memory", "k"))["found"] is ("value" in told)


@pytest.mark.parametrize("ttl", [0, -1])
async def test_a18_a_value_is_not_forgotten_before_it_is_stored(infinity, server, ttl):
    with pytest.raises(ValueError, match="ttl"):
        await infinity.call("store_memory", "k", 1, ttl)
    assert server.requests == []


async def test_a18_a_service_that_cannot_forget_stores_nothing(make):
    with InfinityServer(routes="deployed") as service:
        pinned = make(base_url=service.url, profile="deployed")
        error = await failing(pinned, "store_memory", "k", 1, ttl=60)
        assert error.code == "TTL_UNSUPPORTED"
        assert service.requests == []
        guessing = make(base_url=service.url)
        assert (await failing(guessing, "store_memory", "k", 1, ttl=60)).code == "TTL_UNSUPPORTED"
        assert (await failing(guessing, "store_memory", "k", 1, ttl=60)).code == "TTL_UNSUPPORTED"
        assert paths(service) == ["POST /memory/store"]
        assert (await guessing.call("retrieve_memory", "k"))["found"] is False
