"""An Infinity service with state, and the sockets that talk to it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from support.infinity_key import KEY, given_key

from jackfield.contracts import Context, StreamOptions
from jackfield.messages import AssistantMessage, TextContent, UserMessage
from jackfield.models import Model
from jackfield_httpx.transport import HttpxTransport
from jackfield_infinity.connection import Connection
from jackfield_infinity.provider import InfinityProvider
from jackfield_infinity.settings import InfinityProviderSettings
from jackfield_infinity.testing import InfinityServer


@pytest.fixture(autouse=True)
def _nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INFINITY_ASSISTANT_API_KEY", raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def server() -> Iterator[InfinityServer]:
    """Give a service that knows one key, and streams to whom it likes."""
    with InfinityServer(routes="both", api_keys={KEY: "pro"}) as server:
        yield server


@pytest.fixture
def deployed() -> Iterator[InfinityServer]:
    """Give the service as it is deployed: it says nothing of wrong keys."""
    with InfinityServer(api_keys={KEY: "pro"}) as server:
        yield server


@pytest.fixture
def opened(server: InfinityServer, transport: HttpxTransport) -> Callable[..., InfinityProvider]:
    """Give a function that opens a provider with settings."""

    def open_(auth: Any = None, **settings: Any) -> InfinityProvider:
        told = InfinityProviderSettings(**{"base_url": server.url} | settings)
        connection = Connection(told, transport, auth or given_key())
        return InfinityProvider("infinity", told, connection)

    return open_


def _asked(*texts: Any, **fields: Any) -> Context:
    messages = [
        each
        if not isinstance(each, str)
        else UserMessage(content=[TextContent(text=each)], timestamp=1)
        for each in texts or ("Name a prime.",)
    ]
    return Context(messages=messages, **fields)


@pytest.fixture
def asked() -> Callable[..., Context]:
    """Give a function that makes a context of texts and messages."""
    return _asked


@pytest.fixture
def ask(opened: Callable[..., InfinityProvider]) -> Callable[..., Any]:
    """Give a function that reads an answer to its end; returns its message."""

    async def read(
        *texts: Any,
        provider: InfinityProvider | None = None,
        model: str = "default",
        context: Context | None = None,
        **options: Any,
    ) -> AssistantMessage:
        provider = provider or opened()
        stream = provider.stream(
            Model(provider="infinity", id=model),
            context or _asked(*texts),
            StreamOptions(**options),
        )
        async with stream:
            return await stream.result()

    return read
