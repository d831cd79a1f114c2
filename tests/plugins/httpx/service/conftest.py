"""A small client of a small service, and a way to use its sync and its async form alike."""

import inspect
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import pytest

from jackfield.errors import ProviderError
from jackfield.testing import LoopbackServer
from jackfield_httpx.retry import Clock
from jackfield_httpx.service import (
    AUTO,
    Async,
    AsyncServiceClient,
    Call,
    D,
    Failure,
    FilePart,
    Flow,
    ItemFlow,
    KeyAuth,
    Pace,
    Resource,
    Service,
    Sync,
    SyncServiceClient,
    by_cursor,
    chunks,
    endpoint,
    fields,
    items,
    json_lines,
    poll,
    save,
    sse_events,
)


class ShopError(Exception):
    def __init__(self, message: str, *, status: int | None = None, request_id: str | None = None):
        super().__init__(message)
        self.status = status
        self.request_id = request_id


class ShopNotFoundError(ShopError):
    pass


class ShopUnreachableError(ShopError):
    pass


@dataclass
class Book:
    book_id: str
    title: str

    @classmethod
    def parse(cls, data: dict[str, Any]) -> "Book":
        return cls(book_id=data["book_id"], title=data["title"])


class ShopService(Service):
    def error(self, failure: Failure, judged: ProviderError) -> Exception:
        if failure.reply is None:
            return ShopUnreachableError(str(judged))
        kind = ShopNotFoundError if failure.status == 404 else ShopError
        return kind(str(judged), status=failure.status, request_id=failure.request_id)


class Books(Resource[D]):
    """The books on offer."""

    @endpoint
    def get(self, book_id: str, *, verbose: bool | None = None) -> Call[Book]:
        """Return a book.

        Args:
            book_id: Its id.
            verbose: Whether to tell all.
        """
        return self.call("GET", "/books/{}", book_id, read=Book.parse, query={"verbose": verbose})

    @endpoint
    def add(self, title: str, *, author: str | None = None, key: str | None = AUTO) -> Call[Book]:
        return self.call(
            "POST",
            "/books",
            json=fields(title=title, author=author),
            idempotency_key=key,
            read=Book.parse,
        )

    @endpoint
    def remove(self, book_id: str) -> Call[None]:
        return self.call("DELETE", "/books/{}", book_id)

    @items
    def list(self, *, limit: int = 2) -> ItemFlow[Book]:
        return by_cursor(
            lambda cursor: self.call(
                "GET", "/books", query={"limit": limit, "cursor": cursor}, read=dict
            ),
            items=lambda page: [Book.parse(each) for each in page["books"]],
            cursor=lambda page: page.get("next"),
        )

    @items
    def read_aloud(self, book_id: str) -> ItemFlow[Any]:
        return sse_events(self.call("GET", "/books/{}/words", book_id, accept="text/event-stream"))

    @items
    def reviews(self, book_id: str) -> ItemFlow[Any]:
        return json_lines(self.call("GET", "/books/{}/reviews", book_id))

    @items
    def scan(self, book_id: str) -> ItemFlow[bytes]:
        return chunks(self.call("GET", "/books/{}/scan", book_id))

    @endpoint
    def upload(self, source: Any, *, filename: str | None = None) -> Call[Any]:
        part = FilePart(name="file", source=source, filename=filename)
        return self.call("POST", "/scans", form={"kind": "scan"}, files=[part], read=dict)

    @endpoint
    def download(self, book_id: str, path: Any) -> Flow[Any]:
        return save(self.call("GET", "/books/{}/scan", book_id), path)


class ShopEndpoints(Resource[D]):
    """What both clients offer."""

    @property
    def books(self) -> Books[D]:
        """The books on offer."""
        return Books(self)

    @endpoint
    def order(self, book_id: str) -> Flow[dict[str, Any]]:
        """Order a book, wait until it is packed, return the order."""
        book = yield from self.books.get(book_id)
        order = yield from self.call("POST", "/orders", json={"book": book.book_id}, read=dict)
        return (
            yield from poll(
                lambda: self.call("GET", "/orders/{}", order["id"], read=dict),
                until=lambda order: order["state"] == "packed",
                pace=Pace(interval_s=0.5, growth=2, timeout_s=10, clock=self.service.clock),
            )
        )

    @endpoint
    def health(self) -> Call[Any]:
        return self.call("GET", "/health", read=dict, authenticated=False)


class Shop(SyncServiceClient, ShopEndpoints[Sync]):
    pass


class AsyncShop(AsyncServiceClient, ShopEndpoints[Async]):
    pass


class FakeClock(Clock):
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    def random(self) -> float:
        return 1.0

    async def sleep(self, seconds: float) -> None:
        self.sleep_blocking(seconds)

    def sleep_blocking(self, seconds: float, woken: threading.Event | None = None) -> None:
        self.slept.append(seconds)
        self.time += seconds


class Either:
    """Uses a client of either kind in the same way."""

    def __init__(self, client: Any, service: ShopService) -> None:
        self.client = client
        self.service = service

    async def call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        answer = attrgetter(name)(self.client)(*args, **kwargs)
        return await answer if inspect.isawaitable(answer) else answer

    async def read(self, name: str, *args: Any, **kwargs: Any) -> list[Any]:
        found = attrgetter(name)(self.client)(*args, **kwargs)
        if hasattr(found, "__aiter__"):
            return [each async for each in found]
        return list(found)

    async def perform(self, plan: Any) -> Any:
        answer = self.client.perform(plan)
        return await answer if inspect.isawaitable(answer) else answer

    async def close(self) -> None:
        if isinstance(self.client, AsyncShop):
            await self.client.aclose()
        else:
            self.client.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    """A server in a thread of its own: a blocking client would keep the test's loop from it."""
    with LoopbackServer() as server:
        yield server


@pytest.fixture
def service(server: LoopbackServer, clock: FakeClock) -> ShopService:
    return ShopService(
        name="shop",
        base_url=f"{server.url}/api/",
        auth=KeyAuth("the-secret-key"),
        user_agent="shop/1",
        clock=clock,
    )


@pytest.fixture(params=["sync", "async"])
async def shop(request: pytest.FixtureRequest, service: ShopService) -> Any:
    kind = Shop if request.param == "sync" else AsyncShop
    either = Either(kind(service), service)
    yield either
    await either.close()


@pytest.fixture
def sync_shop(service: ShopService) -> Iterator[Shop]:
    with Shop(service) as client:
        yield client


@pytest.fixture
async def async_shop(service: ShopService) -> AsyncIterator[AsyncShop]:
    async with AsyncShop(service) as client:
        yield client


@dataclass
class ShopClasses:
    sync: type[Shop] = Shop
    async_: type[AsyncShop] = AsyncShop
    either: type[Either] = Either


@pytest.fixture
def shop_classes() -> ShopClasses:
    return ShopClasses()
