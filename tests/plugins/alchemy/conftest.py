"""The provider before a server, and the provider `openai` beside it."""

from collections.abc import Callable
from typing import Any

import pytest

from jackfield.testing import LoopbackServer
from jackfield_alchemy.provider import AlchemyProvider
from jackfield_alchemy.settings import AlchemySettings
from jackfield_httpx.retry import Clock
from jackfield_httpx.transport import HttpxTransport


@pytest.fixture
def provider_at(
    loopback: LoopbackServer, transport: HttpxTransport, clock: Clock
) -> Callable[..., AlchemyProvider]:
    """Give a function that makes a provider of settings, by default before the loopback server."""

    def make(**fields: Any) -> AlchemyProvider:
        auth, time = fields.pop("auth", None), fields.pop("clock", clock)
        settings = AlchemySettings(**{"base_url": f"{loopback.url}/v1"} | fields)
        return AlchemyProvider("lab", settings, transport, auth, clock=time)

    return make
