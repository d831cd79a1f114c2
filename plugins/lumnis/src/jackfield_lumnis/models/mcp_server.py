"""MCP servers that the service may use. Source: spec/lumnis.md, 2.8."""

from enum import StrEnum
from typing import Any

from jackfield_lumnis.models.record import Id, Record, Timestamp


class MCPTransport(StrEnum):
    """How an MCP server is reached."""

    STDIO = "stdio"
    STREAMABLE_HTTP = "streamable_http"
    SSE = "sse"


class MCPServer(Record):
    """An MCP server. Its environment and headers hold secrets and are never returned.

    Attributes:
        id: The service's id.
        tenant_id: The tenant.
        user_id: Whose it is; None for one of the tenant.
        scope: `tenant` or `user`.
        name: Its name.
        description: What it is for.
        transport: `stdio`, `streamable_http` or `sse`.
        command: What is started, for `stdio`.
        args: Arguments of the command.
        url: Where it is, for the other two.
        is_active: Whether runs use it.
        created_at: When it was added.
        updated_at: When it was last changed.
    """

    id: Id
    tenant_id: Id | None = None
    user_id: Id | None = None
    scope: str = ""
    name: str = ""
    description: str | None = None
    transport: str = ""
    command: str | None = None
    args: list[str] | None = None
    url: str | None = None
    is_active: bool = True
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None


class MCPServerList(Record):
    """A part of the MCP servers.

    Attributes:
        servers: The servers.
        total: How many there are.
        skip: How many precede.
        limit: How many were asked for.
    """

    servers: list[MCPServer]
    total: int = 0
    skip: int = 0
    limit: int = 100


class MCPTool(Record):
    """A tool of an MCP server.

    Attributes:
        name: Its name.
        description: What it does.
        input_schema: What it takes, as a JSON Schema; None where the server does not say.
    """

    name: str
    description: str = ""
    input_schema: dict[str, Any] | None = None


class MCPToolList(Record):
    """The tools of an MCP server.

    Attributes:
        server_id: The server.
        server_name: Its name.
        tools: Its tools.
        total: How many there are.
    """

    server_id: Id | None = None
    server_name: str = ""
    tools: list[MCPTool]
    total: int = 0


class MCPTest(Record):
    """Whether an MCP server could be reached.

    Attributes:
        success: Whether it could.
        message: A sentence.
        tool_count: How many tools it offers.
        error_details: What went wrong; text or an object.
    """

    success: bool
    message: str = ""
    tool_count: int | None = None
    error_details: Any = None
