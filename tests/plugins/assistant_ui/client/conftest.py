"""A server with scripted replies, and the client of either kind."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from support.assistant_clients import Either

from jackfield.testing import LoopbackServer
from jackfield_assistant_ui import AssistantClient


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    """A server in a thread of its own, which serves blocking clients, too."""
    with LoopbackServer() as server:
        yield server


@pytest.fixture(params=["sync", "async"])
async def make(
    request: pytest.FixtureRequest, server: LoopbackServer
) -> AsyncIterator[Callable[..., Either]]:
    """A function that makes clients with options of one's own; they are closed at the end."""
    made: list[Either] = []

    def make(base_url: str | None = None, **options) -> Either:
        client = AssistantClient(server.url if base_url is None else base_url, **options)
        made.append(Either(request.param, client, server))
        return made[-1]

    yield make
    for either in made:
        await either.client.close()


@pytest.fixture
def either(make: Callable[..., Either]) -> Either:
    """A client of either kind, with the defaults."""
    return make()
