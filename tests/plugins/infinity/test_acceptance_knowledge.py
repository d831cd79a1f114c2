"""Acceptance check 19, knowledge and research, for both clients. Source: spec/infinity.md, 11."""

import pytest

from jackfield.testing import json_reply
from jackfield_infinity import InfinityAssistantError
from jackfield_infinity.testing import InfinityServer


@pytest.mark.parametrize("routes", ["published", "deployed"])
async def test_a19_knowledge_has_the_promised_keys(make, routes):
    with InfinityServer(routes=routes) as service:
        infinity = make(base_url=service.url)
        found = await infinity.call("search_knowledge", "with", limit=5)
        assert found["success"] is True
        assert isinstance(found["total"], int)
        assert found["results"]
        for item in found["results"]:
            assert {"id", "type", "content", "confidence"} <= set(item)
            assert item["type"] in ("wisdom", "pattern", "gotcha")


GROUPS = {
    "wisdom": [
        {"id": "w1", "title": "A", "content": "a", "score": 0.5, "source": "s"},
        {"id": "w2", "title": "B", "content": "b", "score": 0.9, "source": "s"},
    ],
    "patterns": [{"id": "p1", "name": "P", "description": "p", "score": 0.5, "domain": "d"}],
    "gotchas": [{"id": "g1", "title": "G", "content": "g", "score": 0.7, "source": "s"}],
}
SEARCHED = {
    "success": True,
    "query": "q",
    "results": GROUPS,
    "counts": {"total": 30, "wisdom": 20, "patterns": 5, "gotchas": 5},
    "metadata": {"searchTimeMs": 3, "sources": []},
    "generatedAnswer": "Because.",
}


async def test_a19_groups_become_one_list_the_best_first(make, server):
    infinity = make(profile="deployed")
    server.default = json_reply(SEARCHED)
    found = await infinity.call("search_knowledge", "q")
    assert [item["id"] for item in found["results"]] == ["w2", "g1", "w1", "p1"]
    assert found["results"][3] == {
        "id": "p1",
        "type": "pattern",
        "title": "P",
        "content": "p",
        "domain": "d",
        "score": 0.5,
        "confidence": 0.5,
    }
    assert (found["total"], found["generatedAnswer"]) == (30, "Because.")
    assert found["groups"] == GROUPS
    assert server.requests[0].body == b'{"query":"q","type":"all"}'
    cut = await infinity.call("search_knowledge", "q", 2)
    assert [item["id"] for item in cut["results"]] == ["w2", "g1"]


@pytest.mark.parametrize(
    ("wanted", "sent"),
    [("wisdom", "wisdom"), ("pattern", "patterns"), ("gotcha", "gotchas"), (None, "all")],
)
async def test_a19_filters_are_translated(make, server, wanted, sent):
    infinity = make(profile="deployed")
    server.add(json_reply(SEARCHED))
    filters = {"type": wanted, "domain": "d", "tags": ["a"]}
    await infinity.call("search_knowledge", "q", limit=7, filters=filters)
    expected = {"query": "q", "limit": 7, "type": sent, "domain": "d", "tags": ["a"]}
    assert server.requests[0].json() == expected
    assert filters == {"type": wanted, "domain": "d", "tags": ["a"]}


async def test_a19_a_filter_that_nobody_knows_is_refused(make, server):
    infinity = make(profile="deployed")
    with pytest.raises(InfinityAssistantError) as caught:
        await infinity.call("search_knowledge", "q", filters={"author": "x"})
    assert caught.value.code == "UNSUPPORTED_FILTER"
    assert "author" in str(caught.value)
    assert server.requests == []


async def test_a19_published_searches_are_sent_as_they_are(make, server):
    infinity = make(profile="published")
    server.default = json_reply({"success": True, "results": [], "total": 0})
    await infinity.call("search_knowledge", "q")
    await infinity.call("search_knowledge", "q", 3, {"author": "x"}, lang="de")
    assert server.requests[0].body == b'{"query":"q"}'
    expected = {"query": "q", "limit": 3, "filters": {"author": "x"}, "lang": "de"}
    assert server.requests[1].json() == expected


@pytest.mark.parametrize("routes", ["published", "deployed"])
async def test_a19_research_has_the_promised_keys(make, routes):
    with InfinityServer(routes=routes) as service:
        infinity = make(base_url=service.url)
        found = await infinity.call("research", "bread", depth="shallow", sources=2)
        assert found["success"] is True
        assert isinstance(found["summary"], str)
        assert 0 < len(found["results"]) <= 2
        for result in found["results"]:
            assert {"title", "url", "summary", "relevance"} <= set(result)


FINDINGS = [
    {
        "id": "f1",
        "content": f"{'A long title ' * 8}\nand more",
        "source": "web-search",
        "relevance": 0.9,
        "confidence": 0.8,
        "metadata": {"references": ["doi:1", "https://e.org/1", "https://e.org/2"]},
    },
    {"id": "f2", "content": "Short", "relevance": 0.1, "metadata": {}},
]
RESEARCHED = {
    "success": True,
    "result": {"findings": FINDINGS, "synthesis": {"summary": "All in all."}, "mode": "quick"},
}


async def test_a19_findings_become_results(infinity, server):
    server.default = json_reply(RESEARCHED)
    found = await infinity.call("research", "q")
    first, second = found["results"]
    assert first["title"] == ("A long title " * 8)[:80]
    assert first["url"] == "https://e.org/1"
    assert (first["summary"], first["relevance"]) == (FINDINGS[0]["content"], 0.9)
    assert (second["title"], second["url"], second["id"]) == ("Short", "", "f2")
    assert (found["summary"], found["result"]) == ("All in all.", RESEARCHED["result"])
    assert len((await infinity.call("research", "q", sources=1))["results"]) == 1


@pytest.mark.parametrize(
    ("depth", "mode"),
    [
        ("shallow", "quick"),
        ("medium", "standard"),
        ("deep", "deep"),
        ("comprehensive", "comprehensive"),
        ("quick", "quick"),
    ],
)
async def test_a19_one_request_for_research_serves_all(infinity, server, depth, mode):
    server.default = json_reply(RESEARCHED)
    await infinity.call("research", "q", depth, 3, domains=["d"])
    assert server.requests[0].json() == {
        "query": "q",
        "topic": "q",
        "depth": depth,
        "mode": mode,
        "sources": 3,
        "maxSources": 3,
        "domains": ["d"],
    }


async def test_a19_published_research_has_the_documented_fields_only(make, server):
    infinity = make(profile="published")
    server.default = json_reply({"success": True, "results": [], "summary": ""})
    await infinity.call("research", "q", "deep")
    assert server.requests[0].json() == {"query": "q", "depth": "deep"}
