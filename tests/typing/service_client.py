"""What the type checker must accept and refuse from a service client; mypy judges this file.

A line that must be refused carries the error's code: an unused one is an error itself.
"""

from dataclasses import dataclass
from typing import Any, assert_type

from jackfield_httpx.service import (
    Async,
    AsyncItems,
    AsyncServiceClient,
    Call,
    D,
    Flow,
    Item,
    ItemFlow,
    Plan,
    Resource,
    Service,
    Sync,
    SyncItems,
    SyncServiceClient,
    by_cursor,
    endpoint,
    items,
    mapped,
)


@dataclass
class Thread:
    thread_id: str

    @classmethod
    def parse(cls, data: dict[str, Any]) -> "Thread":
        return cls(data["thread_id"])


class Threads(Resource[D]):
    @endpoint
    def get(self, thread_id: str, *, wait_s: int | None = None) -> Call[Thread]:
        return self.call("GET", "/threads/{}", thread_id, read=Thread.parse, query={"w": wait_s})

    @endpoint
    def delete(self, thread_id: str) -> Call[None]:
        return self.call("DELETE", "/threads/{}", thread_id)

    @endpoint
    def wrong(self) -> Call[Thread]:
        return self.call("GET", "/threads")  # type: ignore[return-value]

    @endpoint
    def misspelt(self) -> Call[None]:
        return self.call("GET", "/threads", qeury={})  # type: ignore[call-overload, no-any-return]

    @items
    def list(self, *, limit: int = 50) -> ItemFlow[Thread]:
        def page(cursor: str | None) -> Call[dict[str, Any]]:
            query = {"cursor": cursor, "limit": limit}
            return self.call("GET", "/threads", read=dict[str, Any], query=query)

        return by_cursor(
            page,
            items=lambda found: [Thread.parse(each) for each in found["threads"]],
            cursor=lambda found: found.get("next"),
        )

    @items
    def ids(self) -> ItemFlow[str]:
        return mapped(self.list(limit=100), lambda thread: thread.thread_id)

    @items
    def both(self) -> ItemFlow[Thread]:
        first = yield from self.get("a")
        assert_type(first, Thread)
        yield Item(first)
        yield from self.list()


class Endpoints(Resource[D]):
    @property
    def threads(self) -> Threads[D]:
        return Threads(self)

    @endpoint
    def first_of(self, thread_id: str) -> Flow[Thread]:
        assert_type(self.threads.get(thread_id), Plan[Thread])
        found = yield from self.threads.get(thread_id)
        return (yield from self.threads.get(found.thread_id))


class Client(SyncServiceClient, Endpoints[Sync]):
    pass


class AsyncClient(AsyncServiceClient, Endpoints[Async]):
    pass


def blocking(client: Client) -> None:
    assert_type(client.threads.get("t", wait_s=3), Thread)
    client.threads.delete("t")
    assert_type(client.first_of("t"), Thread)
    assert_type(client.threads.list(), SyncItems[Thread])
    for thread in client.threads.both():
        assert_type(thread, Thread)
    assert_type(list(client.threads.ids()), list[str])
    assert_type(client.perform(Endpoints.first_of(client.plans(), "t")), Thread)
    client.threads.get(3)  # type: ignore[arg-type]
    client.threads.get("t", 3)  # type: ignore[call-arg]


async def awaited(client: AsyncClient) -> None:
    assert_type(await client.threads.get("t", wait_s=3), Thread)
    await client.threads.delete("t")
    assert_type(await client.first_of("t"), Thread)
    assert_type(client.threads.list(), AsyncItems[Thread])
    async with client.threads.both() as found:
        async for thread in found:
            assert_type(thread, Thread)
    client.threads.get("t")  # type: ignore[unused-coroutine]


with Client(Service(name="s", base_url="https://example.com")) as opened:
    assert_type(opened, Client)
