"""Both clients in one test: a server with scripted replies, and a way to use either alike."""

import inspect
import threading
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from operator import attrgetter
from typing import Any

import pytest

from jackfield.testing import LoopbackServer, json_reply
from jackfield_httpx.retry import Clock
from jackfield_lumnis import AsyncClient, Client, Scope
from jackfield_lumnis.scoping import Scoping
from jackfield_lumnis.service import lumnis_service

CREATED_AT = "2025-03-01T10:00:00Z"


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
    """Uses a client of either kind in the same way.

    Attributes:
        client: The client itself.
        server: What it talks to.
    """

    def __init__(self, client: Any, server: LoopbackServer) -> None:
        self.client = client
        self.server = server

    @property
    def is_async(self) -> bool:
        return isinstance(self.client, AsyncClient)

    async def call(self, name: str, /, *args: Any, **kwargs: Any) -> Any:
        """Call a method and return what it returns, awaited."""
        found = attrgetter(name)(self.client)(*args, **kwargs)
        return await found if inspect.isawaitable(found) else found

    async def read(self, name: str, /, *args: Any, **kwargs: Any) -> list[Any]:
        """Call a method that gives several values, and return them all."""
        found = await self.call(name, *args, **kwargs)
        return await read_all(found)

    async def updates(self, *args: Any, **kwargs: Any) -> list[Any]:
        """Return what a streaming `invoke` gives."""
        return await self.read("invoke", *args, stream=True, poll_interval=0.01, **kwargs)

    def of(self, client: Any) -> "Either":
        """Return another client of the same kind, in the same wrapping."""
        return Either(client, self.server)

    async def close(self) -> None:
        await self.call("close")

    @property
    def sent(self) -> list[str]:
        """Method and path, with the query, of each request."""
        return [f"{each.method} {each.path}" for each in self.server.requests]

    def bodies(self, method: str = "POST") -> list[Any]:
        """The bodies of the requests with that method."""
        return [each.json() for each in self.server.requests if each.method == method]


async def read_all(found: Any) -> list[Any]:
    if hasattr(found, "__aiter__"):
        return [each async for each in found]
    return list(found)


def created(response_id: str = "r-1") -> dict[str, Any]:
    return {
        "response_id": response_id,
        "thread_id": "t-1",
        "tenant_id": "n-1",
        "status": "queued",
        "created_at": CREATED_AT,
    }


def snapshot(status: str = "in_progress", *progress: Any, **fields: Any) -> dict[str, Any]:
    return {**created(), "status": status, "progress": list(progress), **fields}


def entry(state: str, message: str, *calls: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"ts": CREATED_AT, "state": state, "message": message}
    return {**found, "tool_calls": list(calls)} if calls else found


def run(*snapshots: Any) -> list[Any]:
    """Return the replies of a run: that it was begun, then how it stands at each question."""
    return [json_reply(created()), *map(json_reply, snapshots)]


@pytest.fixture(autouse=True)
def _no_lumnis_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LUMNISAI_API_KEY", "LUMNISAI_BASE_URL", "LUMNISAI_TENANT_ID"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    """A server in a thread of its own: a blocking client would keep the test's loop from it."""
    with LoopbackServer() as server:
        yield server


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> type[Any]:
    return Client if request.param == "sync" else AsyncClient


@pytest.fixture
async def make(
    kind: type[Any], server: LoopbackServer, clock: FakeClock
) -> AsyncIterator[Callable[..., Either]]:
    """A function that makes clients with settings of one's own; they are closed at the end."""
    made: list[Either] = []

    def make(*, scope: Scope = Scope.USER, real_time: bool = False, **settings: Any) -> Either:
        chosen: dict[str, Any] = {"api_key": "the-key", "base_url": server.url, **settings}
        service = lumnis_service(clock=None if real_time else clock, environ={}, **chosen)
        either = Either(kind.of(service, Scoping(scope)), server)
        made.append(either)
        return either

    yield make
    for either in made:
        await either.close()


@pytest.fixture
def lumnis(make: Callable[..., Either]) -> Either:
    """A client of either kind, with the defaults."""
    return make()


@pytest.fixture
def tenant_lumnis(make: Callable[..., Either]) -> Either:
    """A client of either kind, in tenant scope."""
    return make(scope=Scope.TENANT)


@pytest.fixture
def deprecations() -> Iterator[list[Any]]:
    """The warnings of deprecated use, which are no errors here."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DeprecationWarning)
        yield caught
