"""What the type checker must accept and refuse from the Infinity clients; mypy judges this file.

The snippets of the promise document come first, with their import line changed. A line that must
be refused carries the error's code: an unused one is an error itself. Nothing here is run.
"""
# ruff: noqa: T201 - the snippets print

import asyncio
from typing import Any, assert_type

from jackfield_httpx.service import AsyncItems, SyncItems
from jackfield_infinity import (
    AsyncInfinityAssistantClient,
    ChatResponse,
    ChatStreamChunk,
    InfinityAssistantClient,
    InfinityAssistantError,
    InfinityAssistantRateLimitError,
    KnowledgeSearchResponse,
    MemoryRetrieveResponse,
    MemoryStoreResponse,
    ResearchResponse,
)

client = InfinityAssistantClient(api_key="ia_your_api_key_here")

response = client.chat(
    message="Hello!",
)

print(response["response"])


async def main() -> None:
    async with AsyncInfinityAssistantClient(api_key="ia_your_api_key_here") as client:
        response = await client.chat(message="Hello!")
        print(response["response"])


asyncio.run(main())

for chunk in client.chat_stream(message="Tell me a story"):
    if chunk["type"] == "text":
        print(chunk["content"], end="", flush=True)

try:
    response = client.chat(message="Hello")
except InfinityAssistantRateLimitError:
    print("Rate limit exceeded")
except InfinityAssistantError as e:
    print(f"API Error: {e.message}")


def blocking(client: InfinityAssistantClient) -> None:
    assert_type(client.chat("Hi", conversation_id="c1", driving_mode=True), ChatResponse)
    assert_type(client.chat_stream("Hi", mode="assist"), SyncItems[ChatStreamChunk])
    found = client.search_knowledge("q", 5, {"type": "wisdom", "tags": ["a"]})
    assert_type(found, KnowledgeSearchResponse)
    assert_type(client.store_memory("k", None, ttl=60), MemoryStoreResponse)
    assert_type(client.retrieve_memory("k"), MemoryRetrieveResponse)
    assert_type(client.research("q", depth="deep", sources=3), ResearchResponse)
    assert_type(client.list_api_keys()["apiKeys"][0]["prefix"], str)
    assert_type(client.create_api_key("work")["apiKey"]["key"], str)
    assert_type(client.create_webhook("https://e.org", ["chat.message"])["webhook"]["secret"], str)
    client.delete_api_key("k")
    client.delete_webhook("w")
    assert_type(client.health(), dict[str, Any])
    assert_type(client.get_api_key(), str | None)
    client.set_api_key(None)
    with client as opened, opened.chat_stream("Hi") as chunks:
        assert_type(next(chunks), ChatStreamChunk)
    client.close()


async def awaited(client: AsyncInfinityAssistantClient) -> None:
    assert_type(await client.chat("Hi", user_id="u"), ChatResponse)
    assert_type(client.chat_stream("Hi"), AsyncItems[ChatStreamChunk])
    async for chunk in client.chat_stream("Hi"):
        assert_type(chunk, ChatStreamChunk)
    assert_type(await client.search_knowledge("q"), KnowledgeSearchResponse)
    assert_type(await client.store_memory("k", {"a": 1}), MemoryStoreResponse)
    assert_type(await client.retrieve_memory("k"), MemoryRetrieveResponse)
    assert_type(await client.research("q"), ResearchResponse)
    await client.close()


def refused(client: InfinityAssistantClient) -> None:
    client.chat()  # type: ignore[call-arg]
    client.chat(7)  # type: ignore[arg-type]
    client.store_memory("k")  # type: ignore[call-arg]
    client.research("q", sources="many")  # type: ignore[arg-type]
    client.health("now")  # type: ignore[call-arg]
    client.chat("Hi")["reponse"]  # type: ignore[misc]
    InfinityAssistantClient(profile="guess")  # type: ignore[arg-type]
    InfinityAssistantClient("k", "u", 1, 2, 3, "auto")  # type: ignore[call-arg]
