"""The resources of either client, with one scripted reply for each call."""

import inspect
from collections.abc import AsyncIterator
from operator import attrgetter
from typing import Any

import pytest

from jackfield.testing import LoopbackServer, json_reply
from jackfield_httpx.retry import Clock
from jackfield_lumnis import AsyncClient
from jackfield_lumnis.scoping import Scoping
from jackfield_lumnis.service import lumnis_service


class Api:
    """A client of either kind, and what it sent.

    Attributes:
        server: Where it sends.
        service: How; may be changed before the first call.
        scoping: For whom; may be changed before the first call.
    """

    def __init__(self, kind: Any, server: LoopbackServer, clock: Clock) -> None:
        self.server = server
        self.service = lumnis_service(
            api_key="the-key", base_url=server.url, clock=clock, environ={}
        )
        self.scoping = Scoping()
        self._kind = kind
        self._client: Any = None

    async def call(self, name: str, /, *args: Any, answer: Any = None, **kwargs: Any) -> Any:
        """Call an endpoint that is answered with this."""
        if answer is not None:
            self.server.add(json_reply(answer))
        found = attrgetter(name)(self._opened())(*args, **kwargs)
        return await found if inspect.isawaitable(found) else found

    def plan(self, name: str, /, *args: Any, **kwargs: Any) -> Any:
        """Return the plan of an endpoint; nothing is sent."""
        subject, _, verb = name.partition(".")
        return getattr(getattr(self._opened(), subject).plans(), verb)(*args, **kwargs)

    @property
    def sent(self) -> str:
        """Method and path of the last request."""
        last = self.server.requests[-1]
        return f"{last.method} {last.path}"

    @property
    def body(self) -> Any:
        """The body of the last request."""
        return self.server.requests[-1].json()

    async def close(self) -> None:
        if isinstance(self._client, AsyncClient):
            await self._client.aclose()
        elif self._client is not None:
            self._client.close()

    def _opened(self) -> Any:
        if self._client is None:
            self._client = self._kind.of(self.service, self.scoping)
        return self._client


@pytest.fixture
async def api(kind: type[Any], server: LoopbackServer, clock: Clock) -> AsyncIterator[Api]:
    """The resources of a client of either kind, with the defaults."""
    api = Api(kind, server, clock)
    yield api
    await api.close()


@pytest.fixture
async def scoped(api: Api) -> Api:
    """The resources of a client made by `for_user`."""
    api.scoping = Scoping().for_user("user-123")
    return api
