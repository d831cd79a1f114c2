"""A proxy server whose every byte is scripted, and the provider that talks to it."""

import json
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

import pytest
import pytest_asyncio

from jackfield.answer import Answer
from jackfield.contracts import Context, StreamOptions
from jackfield.errors import ProviderError
from jackfield.messages import TextContent, UserMessage
from jackfield.models import Model
from jackfield.testing import LoopbackServer
from jackfield_httpx.sse import SseDecoder
from jackfield_httpx.transport import HttpxTransport
from jackfield_proxy.decode import EventDecoder
from jackfield_proxy.provider import ProxyProvider
from jackfield_proxy.settings import ProxySettings

MODEL = Model(provider="p", id="m", api="a")


def _hi() -> Context:
    return Context(
        system_prompt="sys",
        messages=[UserMessage(content=[TextContent(text="hi")], timestamp=1)],
    )


def _wire(*events: Any) -> bytes:
    """Return a stream as bytes; texts and bytes stand for themselves."""
    return b"".join(
        event if isinstance(event, bytes) else b"data: " + json.dumps(event).encode() + b"\n\n"
        for event in events
    )


def _decode(pieces: Iterable[bytes]) -> Answer:
    """Return the finished answer that a body in these pieces makes."""
    answer, lines = Answer(MODEL), SseDecoder()
    decoder = EventDecoder(answer)
    try:
        for piece in pieces:
            decoder.feed(lines.data_lines(piece))
        decoder.feed(lines.close_lines())
        decoder.close()
    except ProviderError as error:
        answer.fail(error)
    return answer


def _told(events: Iterable[Any]) -> list[Any]:
    """Return events in short form."""
    found: list[Any] = []
    for event in events:
        if event.type == "start":
            found.append("start")
        elif event.type in ("done", "error"):
            found.append((event.type, event.reason))
        elif event.type == "tool_call_end":
            found.append((event.type, event.content_index, event.tool_call.arguments))
        elif event.type.endswith("_delta"):
            found.append((event.type, event.content_index, event.delta))
        elif event.type.endswith("_start"):
            found.append((event.type, event.content_index))
        else:
            found.append((event.type, event.content_index, event.content))
    return found


@pytest.fixture
def wire() -> Callable[..., bytes]:
    """Give a function that makes a stream of events."""
    return _wire


@pytest.fixture
def decode() -> Callable[..., Answer]:
    """Give a function that decodes a body without a server."""
    return _decode


@pytest.fixture
def told() -> Callable[..., list[Any]]:
    """Give a function that shortens events."""
    return _told


@pytest.fixture
def hi() -> Context:
    return _hi()


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the HTTP proxies of whoever runs the tests out of them."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest_asyncio.fixture
async def opened(loopback: LoopbackServer) -> AsyncIterator[Callable[..., ProxyProvider]]:
    """Give a function that opens a provider with settings; no retries unless they say so."""
    transport = HttpxTransport()

    def open_(auth: Any = None, **settings: Any) -> ProxyProvider:
        given = {"proxy_url": loopback.url, "max_retries": 0} | settings
        return ProxyProvider("proxy", ProxySettings(**given), transport, auth)

    yield open_
    await transport.aclose()


@pytest.fixture
def ask(opened: Callable[..., ProxyProvider]) -> Callable[..., Any]:
    """Give a function that reads an answer; returns its events and its message."""

    async def read(
        context: Context | None = None,
        options: StreamOptions | None = None,
        model: Model = MODEL,
        **settings: Any,
    ) -> tuple[list[Any], Any]:
        stream = opened(**settings).stream(model, context or _hi(), options or StreamOptions())
        events = [event async for event in stream]
        message = await stream.result()
        await stream.aclose()
        return events, message

    return read
