"""Every snippet of the promise of the Infinity SDK, with the import line changed, at a socket.

The snippets name no address: the test puts a service in place of the default one.
"""

import asyncio

import pytest
from support.infinity_address import put_at
from support.tinyagent_readme import run_snippet

import jackfield_infinity
from jackfield_infinity import InfinityAssistantClient
from jackfield_infinity.testing import InfinityServer, error_reply

BASIC = """
from infinity_assistant import InfinityAssistantClient

client = InfinityAssistantClient(
    api_key="ia_your_api_key_here"
)

response = client.chat(
    message="Hello!",
)

print(response["response"])
"""

ASYNC = """
import asyncio
from infinity_assistant import AsyncInfinityAssistantClient

async def main():
    async with AsyncInfinityAssistantClient(
        api_key="ia_your_api_key_here"
    ) as client:
        response = await client.chat(message="Hello!")
        print(response["response"])

asyncio.run(main())
"""

STREAMING = """
for chunk in client.chat_stream(message="Tell me a story"):
    if chunk["type"] == "text":
        print(chunk["content"], end="", flush=True)
"""

ERRORS = """
from infinity_assistant import (
    InfinityAssistantError,
    InfinityAssistantRateLimitError,
)

try:
    response = client.chat(message="Hello")
except InfinityAssistantRateLimitError:
    print("Rate limit exceeded")
except InfinityAssistantError as e:
    print(f"API Error: {e.message}")
"""

METHODS = [
    *("chat", "chat_stream", "search_knowledge", "store_memory", "retrieve_memory", "research"),
    *("list_api_keys", "create_api_key", "delete_api_key"),
    *("list_webhooks", "create_webhook", "delete_webhook", "health"),
]


def snippet(text, **names):
    """Run a snippet with its import line changed."""
    found = run_snippet(text, {"from infinity_assistant": "from jackfield_infinity"}, **names)
    assert "infinity_assistant" not in found
    return found


@pytest.fixture(params=["published", "deployed"])
def server(request, monkeypatch):
    with InfinityServer(routes=request.param) as server:
        put_at(monkeypatch, server.url)
        yield server


@pytest.fixture
def client(server):
    with InfinityAssistantClient(api_key="ia_your_api_key_here", max_retries=0) as client:
        yield client


def test_basic_usage(server, capsys):
    snippet(BASIC)["client"].close()
    assert capsys.readouterr().out == "You said: Hello!\n"
    [request] = server.requests
    assert (request.method, request.path) == ("POST", "/chat")
    assert request.headers["x-api-key"] == "ia_your_api_key_here"
    assert request.json() == {"message": "Hello!"}


def test_async_usage(server, capsys):
    snippet(ASYNC)
    assert capsys.readouterr().out == "You said: Hello!\n"
    assert server.requests[0].headers["x-api-key"] == "ia_your_api_key_here"


def test_streaming(server, client, capsys):
    story = "Once upon a time there was a jack, and a field of them.\n  The end."
    server.plan(story)
    snippet(STREAMING, client=client)
    assert capsys.readouterr().out == story


@pytest.mark.parametrize("form", ["A", "B", "C", "E"])
def test_error_handling(server, client, capsys, form):
    snippet(ERRORS, client=client)
    server.fail("POST /chat", error_reply(form, 429, "Too much", headers={"retry-after": "9999"}))
    snippet(ERRORS, client=client)
    server.fail("POST /chat", error_reply(form, 500, "It broke."))
    snippet(ERRORS, client=client)
    assert capsys.readouterr().out == "Rate limit exceeded\nAPI Error: It broke.\n"


def test_both_clients_have_every_method(client):
    for kind in (InfinityAssistantClient, jackfield_infinity.AsyncInfinityAssistantClient):
        assert [name for name in METHODS if not hasattr(kind, name)] == []
        assert all(getattr(kind, name).__doc__ for name in METHODS)


def test_every_method_works_with_the_published_service(monkeypatch):
    with InfinityServer(routes="published") as server:
        put_at(monkeypatch, server.url)
        with InfinityAssistantClient("ia_one") as client:
            found = client.search_knowledge(query="retry", limit=5, filters={"type": "pattern"})
            assert [item["id"] for item in found["results"]] == ["p1"]
            assert client.store_memory(key="theme", value={"dark": True})["stored"] is True
            assert client.retrieve_memory(key="theme")["value"] == {"dark": True}
            assert client.research(query="primes", depth="shallow", sources=1)["results"]
            made = client.create_api_key("mine")["apiKey"]
            client.set_api_key(made["key"])
            assert [key["id"] for key in client.list_api_keys()["apiKeys"]] == [made["id"]]
            hook = client.create_webhook("https://me.example", ["chat.message"])["webhook"]
            assert [each["id"] for each in client.list_webhooks()["webhooks"]] == [hook["id"]]
            assert client.delete_webhook(hook["id"])["success"]
            assert client.health()["status"] == "degraded"
            assert client.delete_api_key(made["id"])["success"]


def test_nothing_of_the_snippets_needs_an_event_loop(server, capsys, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("A blocking client must not need an event loop.")

    monkeypatch.setattr(asyncio, "new_event_loop", refuse)
    snippet(BASIC)["client"].close()
    assert capsys.readouterr().out == "You said: Hello!\n"
