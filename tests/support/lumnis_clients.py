"""Clients of Lumnis of either kind, used alike, and what the service tells them."""

import inspect
import threading
from operator import attrgetter
from typing import Any

from jackfield.testing import LoopbackServer, json_reply
from jackfield_httpx.retry import Clock
from jackfield_lumnis import AsyncClient

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
