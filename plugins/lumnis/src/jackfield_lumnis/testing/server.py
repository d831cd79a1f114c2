"""The loopback Lumnis service: speaks the protocol, keeps state, misbehaves when told to."""

import time
from collections.abc import Callable, Collection
from typing import Any, Literal

from jackfield.testing import LoopbackServer, ReceivedRequest, Reply, json_reply
from jackfield_lumnis.testing.asked import Refused, error_reply
from jackfield_lumnis.testing.endpoints import (
    files,
    integrations,
    keys,
    responses,
    servers,
    skills,
    threads,
    users,
)
from jackfield_lumnis.testing.routes import Routes, matches
from jackfield_lumnis.testing.runs import Run
from jackfield_lumnis.testing.state import State

_ROUTES = Routes()
for _subject in (responses, threads, users, keys, files, integrations, servers, skills):
    _ROUTES.include(_subject.routes)


class LumnisServer(LoopbackServer):
    """Answers as the service does, from a state of its own.

        with LumnisServer(Run.of(entry("planning", "Thinking"), output_text="7")) as server:
            client = Client(api_key="any", base_url=server.url)
            client.invoke("Name a prime.", user_id="user-7")

    The first run is what the first response does, and so on; when there are no more, the
    service repeats the question. All entities are in `state`, which tests may read and fill.

    Args:
        runs: What the next responses do.
        api_keys: Those that are let in; None for any.
        tenant_id: Of the one tenant.
        long_poll: Whether a held poll comes back when something changes, or at the end only.
        clock: Seconds, for runs that go on with time.

    Attributes:
        state: What the service remembers.
    """

    def __init__(
        self,
        *runs: Run,
        api_keys: Collection[str] | None = None,
        tenant_id: str = "n-1",
        long_poll: Literal["change", "end"] = "change",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(default=self._answered)
        self.state = State(runs, tenant_id=tenant_id, long_poll=long_poll, clock=clock)
        self._api_keys = api_keys
        self._faults: list[tuple[str, Reply | Callable[[ReceivedRequest], Reply]]] = []

    def plan(self, *runs: Run) -> None:
        """Say what further responses do."""
        self.state.script.extend(runs)

    def fail(
        self,
        endpoint: str,
        *replies: Reply | Callable[[ReceivedRequest], Reply],
    ) -> None:
        """Answer the next requests for an endpoint with these replies instead.

        Args:
            endpoint: `POST /v1/responses`, `GET /v1/responses/{}`, `* *` for any.
            replies: One for each request, in the order of their arrival.
        """
        self._faults += [(endpoint, reply) for reply in replies]

    def received(self, endpoint: str = "* *") -> list[ReceivedRequest]:
        """Return the requests for an endpoint, in the order of their arrival."""
        return [request for request in self.requests if matches(endpoint, request)]

    def _answered(self, request: ReceivedRequest) -> Reply:
        for index, (endpoint, fault) in enumerate(self._faults):
            if matches(endpoint, request):
                del self._faults[index]
                return fault if isinstance(fault, Reply) else fault(request)
        try:
            self._let_in(request)
            answer, asked = _ROUTES.find(request)
            return _reply(answer(self.state, asked))
        except Refused as refused:
            return refused.reply

    def _let_in(self, request: ReceivedRequest) -> None:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        known = bool(key) if self._api_keys is None else key in self._api_keys
        if scheme != "Bearer" or not known:
            raise Refused(error_reply(401, "UNAUTHORIZED", "The API key is not valid."))


def _reply(value: Any) -> Reply:
    return value if isinstance(value, Reply) else json_reply(value)
