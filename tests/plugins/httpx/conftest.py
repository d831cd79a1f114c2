"""What the tests of this plugin share: a clock that never waits, requests, transports."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio

from jackfield.http import Request
from jackfield.testing import LoopbackServer
from jackfield_httpx.retry import Clock
from jackfield_httpx.settings import HttpxSettings
from jackfield_httpx.transport import HttpxTransport


class StillClock(Clock):
    """Time goes on only by `sleep`, which takes none; chance always gives `chance`."""

    def __init__(self, chance: float = 1.0) -> None:
        self.time = 1000.0
        self.chance = chance
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    def random(self) -> float:
        return self.chance

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds
        await asyncio.sleep(0)


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the proxies of whoever runs the tests out of them."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest_asyncio.fixture
async def transport(clock: StillClock) -> AsyncIterator[HttpxTransport]:
    opened = HttpxTransport(clock=clock)
    yield opened
    await opened.aclose()


@pytest_asyncio.fixture
async def opened(clock: StillClock) -> AsyncIterator[Callable[..., HttpxTransport]]:
    """Give a function that opens a transport with settings; all are closed at the end."""
    made: list[HttpxTransport] = []

    def open_(**settings: Any) -> HttpxTransport:
        made.append(HttpxTransport(HttpxSettings(**settings), clock=clock))
        return made[-1]

    yield open_
    for each in made:
        await each.aclose()


@pytest.fixture
def post(loopback: LoopbackServer) -> Callable[..., Request]:
    """Give a function that makes a repeatable POST to the loopback server."""

    def make(path: str = "/v1/chat", **fields: Any) -> Request:
        defaults: dict[str, Any] = {"method": "POST", "body": b"{}", "repeatable": True}
        return Request(url=loopback.url + path, **(defaults | fields))

    return make


async def _read(transport: HttpxTransport, request: Request) -> tuple[int, bytes]:
    async with transport.stream(request) as response:
        return response.status, await response.read()


@pytest.fixture
def read() -> Callable[..., Any]:
    """Give a function that sends a request and returns status and body."""
    return _read


def _connections(transport: HttpxTransport) -> list[str]:
    if transport._sender is None:
        return []
    pools = transport._sender.engine.pools()
    found = [each for pool in pools for each in pool.connections]
    return [
        "idle" if each.is_idle() else "closed" if each.is_closed() else "busy" for each in found
    ]


@pytest.fixture
def connections() -> Callable[[HttpxTransport], list[str]]:
    """Give a function that tells the state of each connection in a transport's pools."""
    return _connections


async def _until(is_true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not is_true():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.001)


@pytest.fixture
def until() -> Callable[..., Any]:
    """Give a function that waits until a condition holds."""
    return _until


@pytest_asyncio.fixture
async def silent() -> AsyncIterator[str]:
    """Give the address of a server that accepts connections and then does nothing."""
    held: list[asyncio.BaseTransport] = []

    class Holds(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            held.append(transport)
            transport.pause_reading()  # type: ignore[attr-defined]

    server = await asyncio.get_running_loop().create_server(Holds, "127.0.0.1", 0)
    yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    for transport in held:
        transport.abort()  # type: ignore[attr-defined]
