"""How the sockets reach a server: on the user's transport, with the user's auth."""

from dataclasses import replace

from jackfield.contracts import Auth, Host, StreamOptions, Transport
from jackfield_assistant_ui.settings import RemoteSettings
from jackfield_assistant_ui.version import __version__
from jackfield_httpx.retry import RetryPolicy
from jackfield_httpx.service import AsyncServiceClient, HostedAuth, KeyAuth, Service, ServiceAuth


class Connection:
    """What one socket of the configuration says about its server.

    Args:
        name: What the configuration calls the socket.
        settings: Its settings.
        transport: Sends the requests; it is not closed with the socket.
        auth: Adds the token; None for none.
    """

    def __init__(
        self, name: str, settings: RemoteSettings, transport: Transport, auth: Auth | None = None
    ) -> None:
        self.name = name
        self._settings = settings
        self._transport = transport
        self._auth = None if auth is None else HostedAuth(auth)

    @classmethod
    def open(cls, name: str, settings: RemoteSettings, kernel: Host) -> "Connection":
        """Return the connection with the transport and the auth that the settings name."""
        auth = kernel.auth(settings.auth) if settings.auth else None
        return cls(name, settings, kernel.transport(settings.transport), auth)

    def client(self, options: StreamOptions | None = None) -> AsyncServiceClient:
        """Return a client; its calls fail with `ProviderError`.

        Args:
            options: The key and headers of a run, and who is told of retries.
        """
        options = options or StreamOptions()
        auth: ServiceAuth | None = KeyAuth(options.api_key) if options.api_key else self._auth
        settings = self._settings
        service = Service(
            name=self.name,
            base_url=settings.base_url.rstrip("/"),
            auth=auth,
            headers={**settings.headers, **options.headers},
            user_agent=f"jackfield-assistant-ui/{__version__}",
            timeouts=settings.timeouts.steps(),
            deadline_s=settings.timeouts.total_s,
            retries=_retries(settings),
            on_notice=options.notify,
        )
        return AsyncServiceClient(service, transport=self._transport)


def _retries(settings: RemoteSettings) -> RetryPolicy:
    policy = RetryPolicy()
    if settings.max_retries is not None:
        policy = replace(policy, max_retries=settings.max_retries)
    if settings.max_retry_delay is not None:
        policy = replace(policy, max_delay_s=settings.max_retry_delay)
    return policy
