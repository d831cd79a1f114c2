"""The two clients: one blocks, one is awaited; otherwise they are the same.

Source: spec/infinity.md, 7.
"""

from typing import Self

from jackfield.contracts import Transport
from jackfield_httpx.service import Async, AsyncServiceClient, D, Sync, SyncServiceClient
from jackfield_httpx.settings import HttpxSettings
from jackfield_infinity.endpoints.account import Account
from jackfield_infinity.endpoints.chat import Chat
from jackfield_infinity.endpoints.knowledge import Knowledge
from jackfield_infinity.endpoints.memory import Memory
from jackfield_infinity.service import BASE_URL, InfinityService, Profile, infinity_service


class Endpoints(Chat[D], Knowledge[D], Memory[D], Account[D]):
    """What both clients offer."""

    def set_api_key(self, api_key: str | None) -> None:
        """Use another key from the next request on; what the service set for the old one goes.

        Args:
            api_key: None for anonymous calls.
        """
        self.service.use_key(api_key)

    def get_api_key(self) -> str | None:
        """Return the key; None for anonymous calls."""
        return self.service.api_key

    def __repr__(self) -> str:
        service = self.service
        return f"{type(self).__name__}({service.base_url!r}, profile={service.profile!r})"


class InfinityAssistantClient(SyncServiceClient, Endpoints[Sync]):
    """The blocking client.

    It needs no event loop, works inside of a running one, and may be used by several threads.
    Nothing is opened before the first call.

    Args:
        api_key: By default `INFINITY_ASSISTANT_API_KEY` of the environment; without any, calls
            are anonymous.
        base_url: With the path that all routes begin with.
        timeout: Seconds for an attempt; of a stream, until it begins and between two reads.
        max_retries: Attempts after the first one, for calls that may be repeated.
        retry_delay: Seconds before the second attempt; each further wait is twice as long.
        profile: `published` sends requests as they are documented, `deployed` as the service
            takes them, `auto` whichever works.
        max_retry_wait: A service that asks for more seconds ends the call.
        retry_timeouts: Whether a message is sent again after a timeout, though it may have been
            processed.
        transport: TLS, proxy and limits.

    Raises:
        ValueError: A value makes no sense.
    """

    def __init__(  # noqa: PLR0913 - the documented signature
        self,
        api_key: str | None = None,
        base_url: str = BASE_URL,
        timeout: float | None = 60,
        max_retries: int = 3,
        retry_delay: float = 1.0,
        *,
        profile: Profile = "auto",
        max_retry_wait: float = 60.0,
        retry_timeouts: bool = False,
        transport: HttpxSettings | None = None,
    ) -> None:
        service = infinity_service(
            api_key,
            base_url,
            timeout,
            max_retries,
            retry_delay,
            profile=profile,
            max_retry_wait=max_retry_wait,
            retry_timeouts=retry_timeouts,
        )
        super().__init__(service, settings=transport)

    @classmethod
    def of(cls, service: InfinityService, *, transport: HttpxSettings | None = None) -> Self:
        """Return a client of a service that was described in detail.

        Args:
            service: From `infinity_service`.
            transport: TLS, proxy and limits.
        """
        client = cls.__new__(cls)
        SyncServiceClient.__init__(client, service, settings=transport)
        return client


class AsyncInfinityAssistantClient(AsyncServiceClient, Endpoints[Async]):
    """The async client; nothing is opened before the first call, in any event loop.

    Args:
        api_key: By default `INFINITY_ASSISTANT_API_KEY` of the environment; without any, calls
            are anonymous.
        base_url: With the path that all routes begin with.
        timeout: Seconds for an attempt; of a stream, until it begins and between two reads.
        max_retries: Attempts after the first one, for calls that may be repeated.
        retry_delay: Seconds before the second attempt; each further wait is twice as long.
        profile: `published` sends requests as they are documented, `deployed` as the service
            takes them, `auto` whichever works.
        max_retry_wait: A service that asks for more seconds ends the call.
        retry_timeouts: Whether a message is sent again after a timeout, though it may have been
            processed.
        transport: Sends the requests, and stays open when the client is closed; or TLS, proxy
            and limits.

    Raises:
        ValueError: A value makes no sense.
    """

    def __init__(  # noqa: PLR0913 - the documented signature
        self,
        api_key: str | None = None,
        base_url: str = BASE_URL,
        timeout: float | None = 60,
        max_retries: int = 3,
        retry_delay: float = 1.0,
        *,
        profile: Profile = "auto",
        max_retry_wait: float = 60.0,
        retry_timeouts: bool = False,
        transport: Transport | HttpxSettings | None = None,
    ) -> None:
        service = infinity_service(
            api_key,
            base_url,
            timeout,
            max_retries,
            retry_delay,
            profile=profile,
            max_retry_wait=max_retry_wait,
            retry_timeouts=retry_timeouts,
        )
        _open(self, service, transport)

    @classmethod
    def of(
        cls, service: InfinityService, *, transport: Transport | HttpxSettings | None = None
    ) -> Self:
        """Return a client of a service that was described in detail.

        Args:
            service: From `infinity_service`.
            transport: Sends the requests, and stays open when the client is closed; or TLS,
                proxy and limits.
        """
        client = cls.__new__(cls)
        _open(client, service, transport)
        return client

    async def close(self) -> None:
        """Close all connections; idempotent. No further call is possible."""
        await self.aclose()


def _open(
    client: AsyncServiceClient,
    service: InfinityService,
    transport: Transport | HttpxSettings | None,
) -> None:
    if isinstance(transport, HttpxSettings):
        AsyncServiceClient.__init__(client, service, settings=transport)
    else:
        AsyncServiceClient.__init__(client, service, transport=transport)
