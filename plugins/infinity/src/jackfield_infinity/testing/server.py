"""The loopback Infinity service: speaks its protocols, keeps state, misbehaves when told to."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from jackfield.testing import LoopbackServer, ReceivedRequest, Reply, json_reply
from jackfield_infinity.testing.answers import Dialect, Turn, turn_of
from jackfield_infinity.testing.asked import Asked, Refused, error_reply
from jackfield_infinity.testing.deliveries import Delivery, delivery
from jackfield_infinity.testing.endpoints import account, chat, knowledge, memory
from jackfield_infinity.testing.routes import Routes
from jackfield_infinity.testing.state import Manner, RouteSet, Shape, State

_ROUTES = Routes()
_ROUTES.include(subject.routes for subject in (account, chat, knowledge, memory))


class InfinityServer(LoopbackServer):
    """Answers as the service does, from a state of its own.

        with InfinityServer("The first answer.", routes="deployed") as server:
            client = InfinityAssistantClient(api_key="ia_any", base_url=server.url)
            client.chat(message="Hello!")

    The first answer is for the first chat, and so on; when there are no more, the service
    repeats the message. Everything that it keeps is in `state`, which tests may read and fill.

    Args:
        turns: What the assistant says.
        routes: `published` (what the SDKs send), `deployed` (what the service answers), `both`.
        dialect: How streams are written; by default `sdk` of the published service, else
            `deployed`.
        shape: How `/chat` answers; by default like the dialect.
        api_keys: The keys that are known, and their tiers; None for any that begins with `ia_`.
        refuses_keys: Whether an unknown key is a 401. By default only of the published service:
            the deployed one says nothing, and takes the caller for anonymous.
        lets_manage: Whether keys and webhooks can be managed with an API key. By default not of
            the deployed service, which answers 401.

    Attributes:
        state: What the service remembers.
    """

    def __init__(  # noqa: PLR0913 - in so many ways can the service be
        self,
        *turns: Turn | str,
        routes: RouteSet = "deployed",
        dialect: Dialect | None = None,
        shape: Shape | None = None,
        api_keys: Mapping[str, str] | None = None,
        refuses_keys: bool | None = None,
        lets_manage: bool | None = None,
    ) -> None:
        super().__init__(default=self._answered)
        is_deployed = routes == "deployed"
        manner = Manner(
            routes=routes,
            dialect=dialect or ("sdk" if routes == "published" else "deployed"),
            shape=shape or ("sdk" if routes == "published" else "deployed"),
            refuses_keys=not is_deployed if refuses_keys is None else refuses_keys,
            lets_manage=not is_deployed if lets_manage is None else lets_manage,
            checks_stream_keys=not is_deployed,
        )
        self.state = State(manner, turns, api_keys)
        self._faults: list[tuple[str, Reply | Callable[[ReceivedRequest], Reply]]] = []

    def plan(self, *turns: Turn | str) -> None:
        """Say what the assistant says next."""
        self.state.turns.extend(turn_of(turn) for turn in turns)

    def fail(self, endpoint: str, *replies: Reply | Callable[[ReceivedRequest], Reply]) -> None:
        """Answer the next requests for an endpoint with these replies instead.

        Args:
            endpoint: `POST /chat`, `GET *`, `* *` for any.
            replies: One for each request, in the order of their arrival.
        """
        self._faults += [(endpoint, reply) for reply in replies]

    def received(self, endpoint: str = "* *") -> list[ReceivedRequest]:
        """Return the requests for an endpoint, in the order of their arrival."""
        return [request for request in self.requests if _matches(endpoint, request)]

    def deliveries(self, event: str, data: Any) -> list[Delivery]:
        """Return what the service would send to its webhooks; it does not send by itself."""
        return [
            delivery(event, data, hook["secret"], webhook_id=hook["id"])
            for hook in self.state.webhooks.values()
            if hook["isActive"] and event in hook["events"]
        ]

    def _answered(self, request: ReceivedRequest) -> Reply:
        for index, (endpoint, fault) in enumerate(self._faults):
            if _matches(endpoint, request):
                del self._faults[index]
                return fault if isinstance(fault, Reply) else fault(request)
        asked = Asked(request, request.headers.get("x-api-key"))
        try:
            self._let_in(asked)
            answer = _ROUTES.find(asked, self.state.manner.routes)(self.state, asked)
        except Refused as refused:
            return refused.reply
        return answer if isinstance(answer, Reply) else json_reply(answer)

    def _let_in(self, asked: Asked) -> None:
        is_unknown = asked.key is not None and self.state.tier_of(asked.key) is None
        if is_unknown and self.state.manner.refuses_keys:
            reply = error_reply("B", 401, "The API key is not valid.", code="INVALID_API_KEY")
            raise Refused(reply)


def _matches(endpoint: str, request: ReceivedRequest) -> bool:
    method, _, path = endpoint.partition(" ")
    is_path = path in ("*", urlsplit(request.path).path)
    return method in ("*", request.method) and is_path
