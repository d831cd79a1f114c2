"""Apps of others that the service may use for a user. Source: spec/lumnis.md, 2.7."""

from typing import Any

from pydantic import Field

from jackfield_lumnis.models.record import Id, Record, Timestamp


class ConnectionStart(Record):
    """What to do to connect an app.

    Attributes:
        redirect_url: Where to send the user.
        status: Where the connection stands.
        message: A sentence.
        connection_id: The service's id of the connection.
    """

    redirect_url: str | None = None
    status: str = ""
    message: str | None = None
    connection_id: Id | None = None


class Connection(Record):
    """The connection of a user to an app.

    Attributes:
        app_name: The app, in upper case.
        status: `pending`, `active`, `failed`, `expired` or `not_connected`.
        connected_at: Since when.
        error_message: What went wrong.
    """

    app_name: str = ""
    status: str
    connected_at: Timestamp | None = None
    error_message: str | None = None


class ConnectionList(Record):
    """The connections of a user.

    Attributes:
        user_id: The user.
        connections: One for each app.
    """

    user_id: Id | None = None
    connections: list[Connection]


class ConnectionCallback(Record):
    """What became of a connection after the user came back.

    Attributes:
        success: Whether it works.
        status: Where it stands.
        message: A sentence.
    """

    success: bool = False
    status: str = ""
    message: str = ""


class ToolParameters(Record):
    """What a tool takes, as a JSON Schema.

    Attributes:
        type: Mostly `object`.
        description: What it is.
        properties: The schema of each argument.
        required: The arguments that must be given.
    """

    type: str = "object"
    description: str | None = None
    properties: dict[str, Any] = Field(default_factory=dict)
    required: list[str] = Field(default_factory=list)


class IntegrationTool(Record):
    """A tool of an app.

    Attributes:
        name: Its name.
        description: What it does.
        app_name: The app.
        parameters: What it takes.
    """

    name: str
    description: str = ""
    app_name: str = ""
    parameters: ToolParameters | None = None


class IntegrationTools(Record):
    """The tools that a user has.

    Attributes:
        user_id: The user.
        tools: The tools of all connected apps.
        tool_count: How many there are.
    """

    user_id: Id | None = None
    tools: list[IntegrationTool]
    tool_count: int = 0


class AppList(Record):
    """The apps of a tenant.

    Attributes:
        enabled_apps: The apps that users may connect.
        total_enabled: How many there are.
        available_apps: All apps that the service knows; None if it was not asked.
        total_available: How many there are.
    """

    enabled_apps: list[str] = Field(default_factory=list)
    total_enabled: int = 0
    available_apps: list[Any] | None = None
    total_available: int | None = None


class AppState(Record):
    """Whether the users of a tenant may connect an app.

    Attributes:
        app_name: The app, in upper case.
        enabled: Whether they may.
        message: A sentence.
        updated_at: When that was last changed.
    """

    app_name: str = ""
    enabled: bool
    message: str = ""
    updated_at: Timestamp | None = None
