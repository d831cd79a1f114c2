"""The resources on their own: scripted replies, either client, a clock that nobody waits for."""

import inspect
import threading
from collections.abc import Iterator
from operator import attrgetter
from typing import Any

import pytest

from jackfield.testing import LoopbackServer, json_reply
from jackfield_httpx.retry import Clock
from jackfield_httpx.service import (
    Async,
    AsyncServiceClient,
    D,
    Sync,
    SyncServiceClient,
)
from jackfield_lumnis.resources.external_api_keys import ExternalApiKeys
from jackfield_lumnis.resources.files import Files
from jackfield_lumnis.resources.integrations import Integrations
from jackfield_lumnis.resources.mcp_servers import MCPServers
from jackfield_lumnis.resources.model_preferences import ModelPreferences
from jackfield_lumnis.resources.skills import Skills
from jackfield_lumnis.resources.tenant import Tenant
from jackfield_lumnis.resources.users import Users
from jackfield_lumnis.scoping import ScopedResource, Scoping
from jackfield_lumnis.service import LumnisService, lumnis_service

MOMENT = "2025-03-01T10:00:00Z"


class Resources(ScopedResource[D]):
    @property
    def users(self) -> Users[D]:
        return Users(self)

    @property
    def external_api_keys(self) -> ExternalApiKeys[D]:
        return ExternalApiKeys(self)

    @property
    def tenant(self) -> Tenant[D]:
        return Tenant(self)

    @property
    def files(self) -> Files[D]:
        return Files(self)

    @property
    def integrations(self) -> Integrations[D]:
        return Integrations(self)

    @property
    def mcp_servers(self) -> MCPServers[D]:
        return MCPServers(self)

    @property
    def model_preferences(self) -> ModelPreferences[D]:
        return ModelPreferences(self)

    @property
    def skills(self) -> Skills[D]:
        return Skills(self)


class Blocking(SyncServiceClient, Resources[Sync]):
    def __init__(self, service: LumnisService, scoping: Scoping) -> None:
        super().__init__(service)
        self.scoping = scoping


class Awaited(AsyncServiceClient, Resources[Async]):
    def __init__(self, service: LumnisService, scoping: Scoping) -> None:
        super().__init__(service)
        self.scoping = scoping


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


class Api:
    """The resources of either client, and what they sent."""

    def __init__(self, kind: str, server: LoopbackServer, clock: FakeClock) -> None:
        self.server = server
        self.service = lumnis_service(
            api_key="the-key", base_url=server.url, clock=clock, environ={}
        )
        self._class: Any = Blocking if kind == "sync" else Awaited
        self._client: Any = None
        self.scoping = Scoping()

    async def call(self, name: str, /, *args: Any, answer: Any = None, **kwargs: Any) -> Any:
        """Call an endpoint that is answered with this."""
        if answer is not None:
            self.server.add(json_reply(answer))
        found = attrgetter(name)(self._opened())(*args, **kwargs)
        return await found if inspect.isawaitable(found) else found

    def plan(self, name: str, /, *args: Any, **kwargs: Any) -> Any:
        """Return the plan of an endpoint; nothing is sent."""
        subject, _, verb = name.partition(".")
        return getattr(getattr(self._opened(), subject).plans(), verb)(*args, **kwargs)

    def _opened(self) -> Any:
        if self._client is None:
            self._client = self._class(self.service, self.scoping)
        return self._client

    @property
    def sent(self) -> str:
        """Method and path of the last request."""
        last = self.server.requests[-1]
        return f"{last.method} {last.path}"

    @property
    def body(self) -> Any:
        return self.server.requests[-1].json()

    async def close(self) -> None:
        if isinstance(self._client, Awaited):
            await self._client.aclose()
        elif self._client is not None:
            self._client.close()


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer() as server:
        yield server


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=["sync", "async"])
async def api(request: pytest.FixtureRequest, server: LoopbackServer, clock: FakeClock) -> Any:
    api = Api(request.param, server, clock)
    yield api
    await api.close()


@pytest.fixture
async def scoped(api: Api) -> Api:
    """The resources of a client made by `for_user`."""
    api.scoping = Scoping().for_user("user-123")
    return api
