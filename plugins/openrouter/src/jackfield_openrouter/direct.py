"""`stream_openrouter`: OpenRouter for agents that have no configuration.

The key is that of the environment. There is one provider per event loop and base URL, with one
pool of connections; when the loop ends, it is closed: `asyncio.run` closes the asynchronous
generators that are still open, so one of them closes it in its `finally`.
"""

import asyncio
import os
from collections.abc import AsyncGenerator

from jackfield.contracts import Context, StreamOptions
from jackfield.models import Model
from jackfield.stream import AnswerStream
from jackfield_httpx.transport import HttpxTransport
from jackfield_openrouter.model import BASE_URL
from jackfield_openrouter.provider import OpenRouterProvider
from jackfield_openrouter.settings import OpenRouterSettings

URL_VARIABLE = "OPENROUTER_BASE_URL"

OpenRouterStreamResponse = AnswerStream
"""What `stream_openrouter` returns."""


class _Opened:
    """The providers of one event loop, on one pool of connections."""

    def __init__(self) -> None:
        self._transport = HttpxTransport()
        self._providers: dict[str, OpenRouterProvider] = {}

    def provider(self, base_url: str) -> OpenRouterProvider:
        """Return the provider before a base URL."""
        if base_url not in self._providers:
            settings = OpenRouterSettings(base_url=base_url)
            provider = OpenRouterProvider("openrouter", settings, self._transport)
            self._providers[base_url] = provider
        return self._providers[base_url]

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()


class _Loops:
    """What was opened on each event loop."""

    def __init__(self) -> None:
        self._opened: dict[asyncio.AbstractEventLoop, _Opened] = {}
        self._guards: dict[asyncio.AbstractEventLoop, AsyncGenerator[None, None]] = {}

    async def current(self) -> _Opened:
        """Return what is open on the running loop; it is opened at the first call."""
        loop = asyncio.get_running_loop()
        if loop not in self._opened:
            for ended in [each for each in self._opened if each.is_closed()]:
                self._forget(ended)
            self._opened[loop] = opened = _Opened()
            self._guards[loop] = guard = self._guard(loop, opened)
            await anext(guard)  # does not wait; from now on the loop knows the generator
        return self._opened[loop]

    async def _guard(
        self, loop: asyncio.AbstractEventLoop, opened: _Opened
    ) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            self._forget(loop)
            await opened.aclose()

    def _forget(self, loop: asyncio.AbstractEventLoop) -> None:
        self._opened.pop(loop, None)
        self._guards.pop(loop, None)


_loops = _Loops()


async def stream_openrouter(
    model: Model, context: Context, options: StreamOptions | None = None
) -> OpenRouterStreamResponse:
    """Begin an answer; the request is sent with the first read.

    For `AgentOptions(stream_fn=stream_openrouter)`, and for calls without an agent. The key is
    `options.api_key`, else `OPENROUTER_API_KEY`; requests go to the model's `base_url`, else
    to `OPENROUTER_BASE_URL`, else to OpenRouter. Source: spec/openrouter.md, 1.1.

    Args:
        model: An `OpenRouterModel`, or any model with an `id`.
        context: What the model is given.
        options: How it is to be called.
    """
    opened = await _loops.current()
    provider = opened.provider(os.environ.get(URL_VARIABLE) or BASE_URL)
    return provider.stream(model, context, options or StreamOptions())
