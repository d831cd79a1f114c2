"""Decoding bytes without a server, and a provider before one."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

import pytest
import pytest_asyncio

from jackfield.answer import Answer
from jackfield.errors import ProviderError
from jackfield.models import Model
from jackfield.testing import LoopbackServer
from jackfield_httpx.retry import Clock
from jackfield_httpx.transport import HttpxTransport
from jackfield_openai.body import AnswerBody
from jackfield_openai.decode import ChunkDecoder
from jackfield_openai.dialect import Dialect
from jackfield_openai.provider import OpenAIProvider
from jackfield_openai.settings import OpenAISettings


def decode_pieces(pieces: Iterable[bytes], dialect: Dialect | None = None) -> Answer:
    """Return the finished answer that a body in these pieces makes."""
    answer = Answer(Model(provider="openai", id="m", api="openai-completions"))
    decoder = ChunkDecoder(answer, dialect or Dialect(), provider="openai")
    body = AnswerBody(decoder)
    try:
        for piece in pieces:
            body.feed(piece)
            if decoder.is_over:
                break
        body.close()
    except ProviderError as error:
        decoder.complete(error)
        answer.fail(error)
    return answer


@pytest.fixture
def decode():
    return decode_pieces


class SwiftClock(Clock):
    """Waits are noted and take no time."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


@pytest.fixture
def clock() -> SwiftClock:
    return SwiftClock()


@pytest_asyncio.fixture
async def transport() -> AsyncIterator[HttpxTransport]:
    opened = HttpxTransport()
    yield opened
    await opened.aclose()


@pytest.fixture
def provider_at(
    loopback: LoopbackServer, transport: HttpxTransport, clock: SwiftClock
) -> Callable[..., OpenAIProvider]:
    """Give a function that makes a provider of settings, by default before the loopback server."""

    def make(**fields: Any) -> OpenAIProvider:
        auth, time = fields.pop("auth", None), fields.pop("clock", clock)
        settings = OpenAISettings(**{"base_url": f"{loopback.url}/v1"} | fields)
        return OpenAIProvider("lab", settings, transport, auth, clock=time)

    return make
