"""MCP servers that the service may use. Source: spec/lumnis.md, 2.8."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from jackfield_httpx.service import OMIT, Call, D, Omit, endpoint, fields
from jackfield_lumnis.arguments import check, check_length, clamped, word_of
from jackfield_lumnis.models.mcp_server import (
    MCPServer,
    MCPServerList,
    MCPTest,
    MCPToolList,
    MCPTransport,
)
from jackfield_lumnis.scoping import ScopedResource, UserId
from jackfield_lumnis.types import Scope

MAX_LIMIT = 100


class MCPServers(ScopedResource[D]):
    """The MCP servers that runs may use."""

    @endpoint
    def create(  # noqa: PLR0913 - the documented signature
        self,
        *,
        name: str,
        transport: MCPTransport | str,
        scope: Scope | str,
        description: str | None = None,
        user_identifier: UserId = None,
        command: str | None = None,
        args: Sequence[str] | None = None,
        url: str | None = None,
        env: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Call[MCPServer]:
        """Add an MCP server.

        Args:
            name: Up to 255 characters.
            transport: `stdio`, `streamable_http` or `sse`.
            scope: Who may use it: `tenant` or `user`.
            description: What it is for, up to 1000 characters.
            user_identifier: Whose it is, for the scope `user`; by default the user of the
                client.
            command: What is started, for `stdio`.
            args: Arguments of the command.
            url: Where it is, for the other two: `https://...` or `http://...`.
            env: Environment of the command; kept secret by the service.
            headers: Sent to the server; kept secret by the service.

        Raises:
            ValidationError: A value is missing, too much, or has a wrong form.
        """
        _check_texts(name=name, description=description, command=command, url=url)
        kind = word_of("transport", transport, MCPTransport)
        body = fields(
            name=name,
            transport=kind,
            scope=word_of("scope", scope, Scope),
            description=description,
            user_identifier=self._owner(scope, user_identifier),
            command=command,
            args=args,
            url=url,
            env=env,
            headers=headers,
        )
        needed = "command" if kind == MCPTransport.STDIO else "url"
        check(body.get(needed), f"An MCP server with transport '{kind}' needs '{needed}'.")
        return self.call(
            "POST",
            "/v1/mcp-servers",
            json=body,
            secrets=_secrets(env, headers),
            read=MCPServer.parse,
        )

    @endpoint
    def list(
        self,
        *,
        scope: str | None = None,
        user_identifier: UserId = None,
        is_active: bool | None = None,
        skip: int = 0,
        limit: int = 100,
    ) -> Call[MCPServerList]:
        """Return a part of the MCP servers.

        Args:
            scope: Only those of `tenant` or `user`; `all` for both.
            user_identifier: Whose; by default the user of the client, if it has one and the
                scope is not `tenant`.
            is_active: Only those that are used, or are not; None for both.
            skip: How many to pass over.
            limit: How many; at most 100, whatever is asked for.
        """
        if scope != Scope.TENANT.value:
            user_identifier = self.scoping.default_user(user_identifier)
        query = {
            "skip": skip,
            "limit": clamped(limit, MAX_LIMIT),
            "scope": scope,
            "user_identifier": user_identifier,
            "is_active": is_active,
        }
        return self.call("GET", "/v1/mcp-servers", query=query, read=MCPServerList.parse)

    @endpoint
    def get(self, server_id: str | UUID) -> Call[MCPServer]:
        """Return an MCP server, without its secrets.

        Args:
            server_id: The service's id.

        Raises:
            NotFoundError: There is none.
        """
        return self.call("GET", "/v1/mcp-servers/{}", server_id, read=MCPServer.parse)

    @endpoint
    def update(  # noqa: PLR0913 - the documented signature
        self,
        server_id: str | UUID,
        *,
        name: str | Omit = OMIT,
        description: str | Omit | None = OMIT,
        url: str | Omit | None = OMIT,
        env: Mapping[str, str] | Omit | None = OMIT,
        headers: Mapping[str, str] | Omit | None = OMIT,
        is_active: bool | Omit = OMIT,
    ) -> Call[MCPServer]:
        """Change what is given; None empties a field.

        Args:
            server_id: The service's id.
            name: Up to 255 characters.
            description: What it is for, up to 1000 characters.
            url: Where it is.
            env: All of the environment: what was stored is forgotten.
            headers: All of the headers: what was stored is forgotten.
            is_active: Whether runs use it.

        Raises:
            NotFoundError: There is no such server.
            ValidationError: A value has a wrong form.
        """
        body: dict[str, Any] = {
            "name": name,
            "description": description,
            "url": url,
            "env": env,
            "headers": headers,
            "is_active": is_active,
        }
        _check_texts(**fields(name=name, description=description, url=url))
        return self.call(
            "PATCH",
            "/v1/mcp-servers/{}",
            server_id,
            json=body,
            secrets=_secrets(env, headers),
            read=MCPServer.parse,
        )

    @endpoint
    def delete(self, server_id: str | UUID) -> Call[None]:
        """Delete an MCP server.

        Args:
            server_id: The service's id.

        Raises:
            NotFoundError: There is none.
        """
        return self.call("DELETE", "/v1/mcp-servers/{}", server_id)

    @endpoint
    def list_tools(self, server_id: str | UUID) -> Call[MCPToolList]:
        """Return the tools of an MCP server.

        Args:
            server_id: The service's id.

        Raises:
            NotFoundError: There is no such server.
        """
        return self.call("GET", "/v1/mcp-servers/{}/tools", server_id, read=MCPToolList.parse)

    @endpoint
    def test_connection(self, server_id: str | UUID) -> Call[MCPTest]:
        """Have the service try to reach an MCP server.

        Args:
            server_id: The service's id.

        Raises:
            NotFoundError: There is no such server.
        """
        return self.call("POST", "/v1/mcp-servers/{}/test", server_id, read=MCPTest.parse)

    def _owner(self, scope: Scope | str, user_identifier: UserId) -> str | None:
        """Return whose a new server is."""
        if word_of("scope", scope, Scope) == Scope.TENANT.value:
            check(not user_identifier, "An MCP server of the tenant has no 'user_identifier'.")
            return None
        owner = self.scoping.default_user(user_identifier)
        check(owner, "An MCP server of a user needs 'user_identifier'.")
        return owner


def _secrets(*maps: Mapping[str, str] | Omit | None) -> list[str]:
    return [str(value) for each in maps if isinstance(each, Mapping) for value in each.values()]


def _check_texts(
    *,
    name: str | None = None,
    description: str | None = None,
    command: str | None = None,
    url: str | None = None,
) -> None:
    check_length("name", name, least=1, most=255)
    check_length("description", description, most=1000)
    check_length("command", command, most=255)
    check_length("url", url, most=1024)
    is_http = url is None or url.lower().startswith(("http://", "https://"))
    check(is_http, "'url' must begin with 'https://' or 'http://'.")
