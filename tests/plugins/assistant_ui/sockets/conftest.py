"""A scripted server, and the sockets that talk to it."""

import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from jackfield.contracts import Context, StreamOptions
from jackfield.messages import AssistantMessage, TextContent, UserMessage
from jackfield.models import Model
from jackfield.testing import LoopbackServer
from jackfield_assistant_ui.connection import Connection
from jackfield_assistant_ui.provider import AssistantUiProvider
from jackfield_assistant_ui.settings import AssistantProviderSettings, AssistantSinkSettings
from jackfield_assistant_ui.sink import AssistantUiSink
from jackfield_httpx.transport import HttpxTransport


@pytest.fixture
async def server() -> AsyncIterator[LoopbackServer]:
    async with LoopbackServer() as server:
        yield server


@pytest.fixture
def opened(server: LoopbackServer, transport: HttpxTransport) -> Callable[..., AssistantUiProvider]:
    """A function that opens a provider with settings."""

    def open_(auth: Any = None, **settings: Any) -> AssistantUiProvider:
        told = AssistantProviderSettings(**({"base_url": server.url} | settings))
        connection = Connection("assistant-ui", told, transport, auth)
        return AssistantUiProvider("assistant-ui", told, connection)

    return open_


@pytest.fixture
def mirror(
    server: LoopbackServer, transport: HttpxTransport, tmp_path: Path
) -> Callable[..., AssistantUiSink]:
    """A function that opens a sink with settings; they share one folder."""

    def open_(**settings: Any) -> AssistantUiSink:
        told = AssistantSinkSettings(
            **({"base_url": server.url, "max_retries": 0, "max_backoff_s": 0.01} | settings)
        )
        connection = Connection("assistant-ui", told, transport)
        return AssistantUiSink(
            told, connection, lambda: tmp_path / "outbox", logging.getLogger("mirror")
        )

    return open_


def context(*messages: Any, **fields: Any) -> Context:
    """Return a context of texts, which the user said, and messages."""
    said = [
        UserMessage(content=[TextContent(text=each)], timestamp=1)
        if isinstance(each, str)
        else each
        for each in messages
    ]
    return Context(messages=said, **fields)


@pytest.fixture
def ask() -> Callable[..., Any]:
    """A function that reads an answer to its end and returns its message."""

    async def read(
        provider: AssistantUiProvider, *messages: Any, model: str = "default", **given: Any
    ) -> AssistantMessage:
        fields = {name: given.pop(name) for name in ("system_prompt", "tools") if name in given}
        stream = provider.stream(
            Model(provider="assistant-ui", id=model),
            context(*messages, **fields),
            StreamOptions(**given),
        )
        async with stream:
            return await stream.result()

    return read
