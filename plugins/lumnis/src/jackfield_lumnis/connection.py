"""How the sockets reach the service: on the user's transport, with the user's auth."""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace

from jackfield.contracts import Auth, Host, StreamOptions, Transport
from jackfield.errors import SettingsError
from jackfield.events import NoticeEvent
from jackfield_httpx.retry import RetryPolicy
from jackfield_httpx.service import Async, AsyncServiceClient, HostedAuth
from jackfield_lumnis.auth import env_key, given_key
from jackfield_lumnis.identity import Identity, identity_of
from jackfield_lumnis.invoke.polling import Polling
from jackfield_lumnis.invoke.run import Run, Task
from jackfield_lumnis.resources.model_preferences import ModelPreferences
from jackfield_lumnis.resources.responses import Responses
from jackfield_lumnis.scoping import ScopedResource, Scoping
from jackfield_lumnis.service import BASE_URL, LumnisService
from jackfield_lumnis.settings import LumnisSettings
from jackfield_lumnis.types import Scope

URL_VARIABLE = "LUMNISAI_BASE_URL"
_MAX_RETRIES = 3


class SocketClient(AsyncServiceClient, ScopedResource[Async]):
    """What the sockets need of the client, on a transport of the kernel.

    Args:
        service: Where the service is and how it is called.
        transport: Sends the requests.
        scoping: For whom.
    """

    def __init__(self, service: LumnisService, transport: Transport, scoping: Scoping) -> None:
        AsyncServiceClient.__init__(self, service, transport=transport)
        self.scoping = scoping

    @property
    def responses(self) -> Responses[Async]:
        """Runs."""
        return Responses(self)

    @property
    def model_preferences(self) -> ModelPreferences[Async]:
        """The models of the tenant."""
        return ModelPreferences(self)

    def run(self, task: Task) -> Run:
        """Return a run that is about to be begun.

        Raises:
            ValidationError: The task is not allowed.
        """
        planning = Responses(self).plans()
        assert isinstance(planning, Responses)  # noqa: S101 - a copy of it
        return Run(planning, task)


class Connection:
    """What one socket of the configuration says about the service.

    Args:
        place: Where its settings stand, for messages: `providers.lumnis`.
        settings: Those.
        transport: Sends the requests; it is not closed with the socket.
        auth: Adds the key; None for the one of the environment.

    Raises:
        SettingsError: Settings and auth do not fit.
    """

    def __init__(
        self, place: str, settings: LumnisSettings, transport: Transport, auth: Auth | None
    ) -> None:
        self._place = place
        self._settings = settings
        self._transport = transport
        self._auth = auth or env_key()
        self._identity = _identity(place, settings, auth)

    @classmethod
    def open(cls, place: str, settings: LumnisSettings, kernel: Host) -> "Connection":
        """Return the connection with the transport and the auth that the settings name."""
        auth = kernel.auth(settings.auth) if settings.auth else None
        return cls(place, settings, kernel.transport(settings.transport), auth)

    @property
    def polling(self) -> Polling:
        """How a run is watched."""
        settings = self._settings
        return Polling(
            poll_interval=settings.poll_interval_s,
            wait_timeout=settings.wait_s,
            max_wait=settings.max_wait_s,
        )

    def user_of(self, told: object = None) -> str | None:
        """Return the user for whom a run is made.

        Args:
            told: Whom the run itself names, if anybody.

        Raises:
            ConfigError: Nobody is named, or somebody for a run of the tenant.
        """
        return self._identity.user_of(str(told) if told else None, self._place)

    def client(self, options: StreamOptions | None = None) -> SocketClient:
        """Return a client for one run.

        Args:
            options: Its key, its headers, and who is told of retries.
        """
        options = options or StreamOptions()
        auth = self._auth if options.api_key is None else given_key(options.api_key)
        service = self._service(HostedAuth(auth), options.headers, options.notify)
        return SocketClient(service, self._transport, Scoping(self._identity.scope or Scope.USER))

    def _service(
        self,
        auth: HostedAuth,
        headers: Mapping[str, str],
        notify: Callable[[NoticeEvent], None] | None,
    ) -> LumnisService:
        settings = self._settings
        url = settings.base_url or os.environ.get(URL_VARIABLE) or BASE_URL
        service = LumnisService(
            base_url=url.rstrip("/"),
            tenant_id=self._identity.tenant_id,
            auth=auth,
            on_notice=notify,
            retries=_retries(settings),
        )
        service.headers = {**_plain(service.headers), **headers}
        if service.timeouts is not None:
            service.timeouts = settings.step_timeouts(service.timeouts)
        return service


def _plain(headers: object) -> Mapping[str, str]:
    return headers if isinstance(headers, Mapping) else {}


def _retries(settings: LumnisSettings) -> RetryPolicy:
    policy = RetryPolicy(max_retries=_MAX_RETRIES, jitter=0.25)
    if settings.max_retries is not None:
        policy = replace(policy, max_retries=settings.max_retries)
    if settings.max_retry_delay is not None:
        policy = replace(policy, max_delay_s=settings.max_retry_delay)
    return policy


def _identity(place: str, settings: LumnisSettings, auth: Auth | None) -> Identity:
    identity = settings.identity().over(identity_of(auth))
    if identity.scope is Scope.TENANT and identity.user_id is not None:
        raise SettingsError(
            f"[{place}] and its auth do not fit: one asks for the whole tenant, the other for "
            f"the user {identity.user_id!r}.",
            key=f"{place}.auth",
        )
    return identity
