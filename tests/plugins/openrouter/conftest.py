"""Decoding bytes without a server, and a provider before one."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from support.chat_decoding import decode_pieces

from jackfield.answer import Answer
from jackfield.contracts import Context
from jackfield.messages import TextContent, UserMessage
from jackfield.testing import LoopbackServer
from jackfield_httpx.retry import Clock
from jackfield_httpx.transport import HttpxTransport
from jackfield_openrouter import OpenRouterModel
from jackfield_openrouter.catalogue import CATALOGUE
from jackfield_openrouter.decode import OpenRouterDecoder
from jackfield_openrouter.provider import OpenRouterProvider
from jackfield_openrouter.settings import OpenRouterSettings

KEY = "sk-or-v1-secret"


def decoded(pieces: Iterable[bytes], **decoder_fields: Any) -> Answer:
    """Return the finished answer that a body in these pieces makes."""
    answer = Answer(OpenRouterModel(id="m"))
    dialect = OpenRouterSettings().dialect()
    decoder = OpenRouterDecoder(answer, dialect, provider="openrouter", **decoder_fields)
    return decode_pieces(answer, decoder, pieces)


@pytest.fixture
def decode():
    return decoded


@pytest.fixture
def ask() -> Context:
    return Context(messages=[UserMessage(content=[TextContent(text="Hi")])])


@pytest.fixture
def body_of() -> Callable[..., dict[str, Any]]:
    """Give a function that returns the body that a provider would send."""

    def make(model: Any, context: Any, options: Any, **settings: Any) -> dict[str, Any]:
        provider = OpenRouterProvider("openrouter", OpenRouterSettings(**settings), NoTransport())
        named = provider.named(model)
        body: dict[str, Any] = json.loads(provider.encoder(named).encode(named, context, options))
        return body

    return make


class NoTransport:
    """For providers that are to send nothing."""

    def stream(self, request: Any) -> Any:
        raise AssertionError(f"Nothing may be sent: {request}")

    async def aclose(self) -> None:
        """Nothing is open."""


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have a key in the environment, and no list of models from another test."""
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    monkeypatch.delenv("OPENROUTER_BASE_URL", raising=False)
    CATALOGUE.clear()
    yield
    CATALOGUE.clear()


@pytest.fixture
def provider_at(
    loopback: LoopbackServer, transport: HttpxTransport, clock: Clock
) -> Callable[..., OpenRouterProvider]:
    """Give a function that makes a provider of settings before the loopback server."""

    def make(**fields: Any) -> OpenRouterProvider:
        time = fields.pop("clock", clock)
        settings = OpenRouterSettings(**{"base_url": f"{loopback.url}/api/v1"} | fields)
        return OpenRouterProvider("openrouter", settings, transport, clock=time)

    return make
