"""How the sockets reach the service: on the user's transport, with the user's auth."""

import os
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace

from jackfield.contracts import Auth, Host, StreamOptions, Transport
from jackfield.events import NoticeEvent
from jackfield.http import Timeouts
from jackfield_httpx.retry import RetryPolicy
from jackfield_httpx.service import HostedAuth, KeyAuth, ServiceAuth
from jackfield_httpx.service.service import ResponseHook
from jackfield_infinity.client import AsyncInfinityAssistantClient
from jackfield_infinity.cookies import Cookies
from jackfield_infinity.service import KEY_HEADER, KEY_VARIABLE, InfinityService, backoff
from jackfield_infinity.settings import InfinitySettings

_MOST_KEYS = 1000


class Connection:
    """What one socket of the configuration says about the service.

    Cookies and routes that work are remembered from call to call.

    Args:
        settings: How it is called.
        transport: Sends the requests; it is not closed with the socket.
        auth: Adds the key; None for the one of the environment, or no key at all.
    """

    def __init__(
        self, settings: InfinitySettings, transport: Transport, auth: Auth | None = None
    ) -> None:
        self._settings = settings
        self._transport = transport
        self._auth: ServiceAuth = _key_of_environment() if auth is None else HostedAuth(auth)
        self._routes: dict[str, str] = {}
        self._cookies: OrderedDict[str | None, Cookies] = OrderedDict()

    @classmethod
    def open(cls, settings: InfinitySettings, kernel: Host) -> "Connection":
        """Return the connection with the transport and the auth that the settings name."""
        auth = kernel.auth(settings.auth) if settings.auth else None
        return cls(settings, kernel.transport(settings.transport), auth)

    def client(
        self, options: StreamOptions | None = None, *, after: ResponseHook | None = None
    ) -> AsyncInfinityAssistantClient:
        """Return a client for one call.

        Args:
            options: Its key, its headers, and who is told of retries.
            after: Sees the head of each answer.
        """
        options = options or StreamOptions()
        key = options.api_key
        auth = self._auth if key is None else KeyAuth(key, header=KEY_HEADER, scheme="")
        service = self._service(auth, options.headers, options.notify, self._cookies_of(key))
        if after is not None:
            service.after = (*service.after, after)
        return AsyncInfinityAssistantClient.of(service, transport=self._transport)

    def _service(
        self,
        auth: ServiceAuth,
        headers: Mapping[str, str],
        notify: Callable[[NoticeEvent], None] | None,
        cookies: Cookies,
    ) -> InfinityService:
        settings = self._settings
        service = InfinityService(
            base_url=settings.base_url.rstrip("/"),
            auth=auth,
            headers=dict(headers),
            on_notice=notify,
            profile=settings.profile,
            retry_timeouts=settings.retry_timeouts,
            retries=_retries(settings),
            cookies=cookies,
            routes=self._routes,
        )
        _set_timeouts(service, settings)
        return service

    def _cookies_of(self, key: str | None) -> Cookies:
        """Return the cookies of a key: to the service they mean a user."""
        cookies = self._cookies.setdefault(key, Cookies())
        self._cookies.move_to_end(key)
        while len(self._cookies) > _MOST_KEYS:
            self._cookies.popitem(last=False)
        return cookies


def _key_of_environment() -> KeyAuth:
    """Return an auth that sends the key in the environment; without one, calls are anonymous."""
    return KeyAuth(
        lambda: os.environ.get(KEY_VARIABLE, "").strip() or None, header=KEY_HEADER, scheme=""
    )


def _retries(settings: InfinitySettings) -> RetryPolicy:
    policy = backoff()
    if settings.max_retries is not None:
        policy = replace(policy, max_retries=settings.max_retries)
    if settings.max_retry_delay is not None:
        policy = replace(policy, max_delay_s=settings.max_retry_delay)
    return policy


def _set_timeouts(service: InfinityService, settings: InfinitySettings) -> None:
    """Let timeouts of single steps that were set go before the service's own."""
    own, given = settings.timeouts.steps(), service.timeouts or Timeouts()
    names = ("connect_s", "read_s", "write_s", "pool_s", "stall_s")
    said = {name: getattr(own, name) for name in names}
    rest = {name: getattr(given, name) for name in names}
    service.timeouts = Timeouts(**(rest | {name: value for name, value in said.items() if value}))
    service.deadline_s = settings.timeouts.total_s
    if own.read_s is not None:
        service.timeout_s = max(own.read_s, service.timeout_s or 0)
