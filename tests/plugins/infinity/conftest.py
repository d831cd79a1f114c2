"""Both clients in one test: a server with scripted replies, and a way to use either alike."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from support.service_clients import EitherClient, FakeClock

from jackfield.testing import LoopbackServer
from jackfield_infinity import AsyncInfinityAssistantClient, InfinityAssistantClient
from jackfield_infinity.service import infinity_service


@pytest.fixture(autouse=True)
def _no_infinity_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INFINITY_ASSISTANT_API_KEY", raising=False)


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
    return InfinityAssistantClient if request.param == "sync" else AsyncInfinityAssistantClient


@pytest.fixture
async def make(
    kind: type[Any], server: LoopbackServer, clock: FakeClock
) -> AsyncIterator[Callable[..., EitherClient]]:
    """A function that makes clients with settings of one's own; they are closed at the end."""
    made: list[EitherClient] = []

    def make(*, real_time: bool = False, **settings: Any) -> EitherClient:
        chosen: dict[str, Any] = {"api_key": "ia_the-key", "base_url": server.url, **settings}
        service = infinity_service(clock=None if real_time else clock, environ={}, **chosen)
        either = EitherClient(kind.of(service))
        made.append(either)
        return either

    yield make
    for either in made:
        await either.close()


@pytest.fixture
def infinity(make: Callable[..., EitherClient]) -> EitherClient:
    """A client of either kind, with the defaults."""
    return make()
