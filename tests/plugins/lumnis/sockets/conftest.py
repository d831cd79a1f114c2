"""A Lumnis service with state, and the sockets that talk to it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from jackfield.contracts import Context, StreamOptions
from jackfield.messages import AssistantMessage, TextContent, UserMessage
from jackfield.models import Model
from jackfield_httpx.transport import HttpxTransport
from jackfield_lumnis.auth import given_key
from jackfield_lumnis.connection import Connection
from jackfield_lumnis.provider import LumnisProvider
from jackfield_lumnis.settings import LumnisProviderSettings
from jackfield_lumnis.testing import LumnisServer

KEY = "the-key-of-the-test"


@pytest.fixture(autouse=True)
def _nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LUMNISAI_API_KEY", "LUMNISAI_BASE_URL", "LUMNISAI_TENANT_ID"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def server() -> Iterator[LumnisServer]:
    """Give a service in a thread of its own."""
    with LumnisServer(api_keys={KEY}) as server:
        yield server


@pytest.fixture
def opened(server: LumnisServer, transport: HttpxTransport) -> Callable[..., LumnisProvider]:
    """Give a function that opens a provider with settings; it polls without pauses."""

    def open_(auth: Any = None, **settings: Any) -> LumnisProvider:
        given = {"base_url": server.url, "user_id": "user-7", "poll_interval_s": 0.0} | settings
        told = LumnisProviderSettings(**given)
        connection = Connection("providers.lumnis", told, transport, auth or given_key(KEY))
        return LumnisProvider("lumnis", told, connection)

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
def ask(opened: Callable[..., LumnisProvider]) -> Callable[..., Any]:
    """Give a function that reads an answer to its end; returns its message."""

    async def read(
        *texts: Any,
        provider: LumnisProvider | None = None,
        model: str = "default",
        context: Context | None = None,
        **options: Any,
    ) -> AssistantMessage:
        provider = provider or opened()
        stream = provider.stream(
            Model(provider="lumnis", id=model), context or _asked(*texts), StreamOptions(**options)
        )
        async with stream:
            return await stream.result()

    return read
