"""Both clients in one test: a server with scripted replies, and a way to use either alike."""

import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from support.lumnis_clients import Either, FakeClock

from jackfield.testing import LoopbackServer
from jackfield_lumnis import AsyncClient, Client, Scope
from jackfield_lumnis.scoping import Scoping
from jackfield_lumnis.service import lumnis_service


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
