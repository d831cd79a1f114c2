"""Apps of others that the service may use for a user. Source: spec/lumnis.md, 2.7."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from jackfield_httpx.service import Call, D, Flow, Pace, endpoint, fields, poll
from jackfield_lumnis.arguments import joined, words_of
from jackfield_lumnis.exceptions import LumnisAIError
from jackfield_lumnis.models.integration import (
    AppList,
    AppState,
    Connection,
    ConnectionCallback,
    ConnectionList,
    ConnectionStart,
    IntegrationTools,
)
from jackfield_lumnis.scoping import ScopedResource

ENDED = ("failed", "expired")
"""From here a connection does not become another by waiting."""


class Integrations(ScopedResource[D]):
    """The apps that users may connect, and their connections.

    The user is always named: a client made by `for_user` does not fill its own in. Names of
    apps may be in lower case.
    """

    @endpoint
    def initiate_connection(  # noqa: PLR0913 - the documented signature
        self,
        *,
        user_id: str | UUID,
        app_name: str,
        integration_id: str | None = None,
        redirect_url: str | None = None,
        auth_mode: str | None = None,
        connection_params: Mapping[str, Any] | None = None,
    ) -> Call[ConnectionStart]:
        """Begin to connect an app; the user is then sent to the `redirect_url` of the reply.

        Args:
            user_id: The user.
            app_name: The app.
            integration_id: Which set-up of the app.
            redirect_url: Where the user comes back to.
            auth_mode: Reserved by the service.
            connection_params: Reserved by the service.
        """
        body = fields(
            user_id=str(user_id),
            app_name=app_name.upper(),
            integration_id=integration_id,
            redirect_url=redirect_url,
            auth_mode=auth_mode,
            connection_params=connection_params,
        )
        path = "/v1/integrations/connections/initiate"
        return self.call("POST", path, json=body, read=ConnectionStart.parse)

    @endpoint
    def get_connection_status(self, user_id: str | UUID, app_name: str) -> Call[Connection]:
        """Return the connection of a user to an app.

        Args:
            user_id: The user.
            app_name: The app.
        """
        path = "/v1/integrations/connections/{}/{}"
        return self.call("GET", path, user_id, app_name.upper(), read=Connection.parse)

    @endpoint
    def list_connections(
        self, user_id: str | UUID, *, app_filter: str | Iterable[str] | None = None
    ) -> Call[ConnectionList]:
        """Return the connections of a user.

        Args:
            user_id: The user.
            app_filter: Only these apps: a list, or a text with commas.
        """
        query = {"app_filter": joined(_apps(app_filter))}
        path = "/v1/integrations/connections/{}"
        return self.call("GET", path, user_id, query=query, read=ConnectionList.parse)

    @endpoint
    def wait_for_connection(
        self,
        user_id: str | UUID,
        app_name: str,
        *,
        timeout: float = 300.0,
        poll_interval: float = 5.0,
        target_status: str = "active",
    ) -> Flow[Connection]:
        """Wait until a connection has a status, and return it.

        Args:
            user_id: The user.
            app_name: The app.
            timeout: Seconds after which to give up.
            poll_interval: Seconds from one question to the next.
            target_status: What to wait for.

        Raises:
            LumnisAIError: It has failed or expired, unless that is what was waited for.
            TimeoutError: The time is over.
        """

        def give_up(last: Connection) -> Exception:
            return TimeoutError(
                f"The connection to {app_name} was not {target_status} after {timeout:g} s: it "
                f"is {last.status}."
            )

        found = yield from poll(
            lambda: self.get_connection_status(user_id, app_name),
            until=lambda connection: connection.status in (target_status, *ENDED),
            pace=Pace(
                interval_s=poll_interval,
                longest_s=poll_interval,
                timeout_s=timeout,
                clock=self.service.clock,
            ),
            give_up=give_up,
        )
        if found.status == target_status:
            return found
        reason = found.error_message or "the service does not say why"
        raise LumnisAIError(f"The connection to {app_name} has {found.status}: {reason}")

    @endpoint
    def callback(
        self, *, connection_id: str | UUID, code: str, state: str, error: str | None = None
    ) -> Call[ConnectionCallback]:
        """Hand on what a user brought back from the app.

        Args:
            connection_id: The service's id of the connection.
            code: The app's code.
            state: The app's state.
            error: What the app complained of.
        """
        body = fields(connection_id=str(connection_id), code=code, state=state, error=error)
        path = "/v1/integrations/connections/callback"
        return self.call("POST", path, json=body, read=ConnectionCallback.parse)

    @endpoint
    def get_tools(
        self, *, user_id: str | UUID, app_filter: str | Iterable[str] | None = None
    ) -> Call[IntegrationTools]:
        """Return the tools of the apps that a user has connected.

        Args:
            user_id: The user.
            app_filter: Only these apps: a list, or a text with commas.
        """
        body = fields(user_id=str(user_id), app_filter=_apps(app_filter))
        path = "/v1/integrations/tools"
        return self.call("POST", path, json=body, read=IntegrationTools.parse)

    @endpoint
    def get_non_oauth_required_fields(
        self, app_name: str, *, auth_scheme: str | None = None
    ) -> Call[dict[str, Any]]:
        """Return what an app wants that is connected without OAuth; reserved by the service.

        Args:
            app_name: The app.
            auth_scheme: How it is connected.

        Raises:
            NotImplementedYetError: The service does not offer that yet.
        """
        path = "/v1/integrations/non-oauth/required-fields/{}"
        query = {"auth_scheme": auth_scheme}
        return self.call("GET", path, app_name.upper(), query=query, read=_fields)

    @endpoint
    def list_apps(self, *, include_available: bool = True) -> Call[AppList]:
        """Return the apps that users may connect.

        Args:
            include_available: Whether to name all that the service knows, too.
        """
        query = {"include_available": include_available}
        return self.call("GET", "/v1/integrations/apps", query=query, read=AppList.parse)

    @endpoint
    def is_app_enabled(self, app_name: str) -> Call[AppState]:
        """Return whether users may connect an app.

        Args:
            app_name: The app.
        """
        path = "/v1/integrations/apps/{}/enabled"
        return self.call("GET", path, app_name.upper(), read=AppState.parse)

    @endpoint
    def set_app_enabled(self, app_name: str, *, enabled: bool) -> Call[AppState]:
        """Say whether users may connect an app.

        Args:
            app_name: The app.
            enabled: Whether they may.
        """
        path, query = "/v1/integrations/apps/{}", {"enabled": enabled}
        return self.call("PUT", path, app_name.upper(), query=query, read=AppState.parse)


def _apps(app_filter: str | Iterable[str] | None) -> list[str] | None:
    return None if app_filter is None else [app.upper() for app in words_of(app_filter)] or None


def _fields(data: dict[str, Any] | None) -> dict[str, Any]:
    return dict(data or {})
