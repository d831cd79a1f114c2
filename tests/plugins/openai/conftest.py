"""Decoding bytes without a server, and a provider before one."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from support.chat_decoding import decode_pieces

from jackfield.answer import Answer
from jackfield.models import Model
from jackfield.testing import LoopbackServer
from jackfield_httpx.retry import Clock
from jackfield_httpx.transport import HttpxTransport
from jackfield_openai.decode import ChunkDecoder
from jackfield_openai.dialect import Dialect
from jackfield_openai.provider import OpenAIProvider
from jackfield_openai.settings import OpenAISettings


def decoded(pieces: Iterable[bytes], dialect: Dialect | None = None) -> Answer:
    """Return the finished answer that a body in these pieces makes."""
    answer = Answer(Model(provider="openai", id="m", api="openai-completions"))
    decoder = ChunkDecoder(answer, dialect or Dialect(), provider="openai")
    return decode_pieces(answer, decoder, pieces)


@pytest.fixture
def decode():
    return decoded


@pytest.fixture
def provider_at(
    loopback: LoopbackServer, transport: HttpxTransport, clock: Clock
) -> Callable[..., OpenAIProvider]:
    """Give a function that makes a provider of settings, by default before the loopback server."""

    def make(**fields: Any) -> OpenAIProvider:
        auth, time = fields.pop("auth", None), fields.pop("clock", clock)
        settings = OpenAISettings(**{"base_url": f"{loopback.url}/v1"} | fields)
        return OpenAIProvider("lab", settings, transport, auth, clock=time)

    return make
