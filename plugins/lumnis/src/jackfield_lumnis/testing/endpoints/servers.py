"""Endpoints 48-54: MCP servers."""

from typing import Any

from jackfield.testing import Reply
from jackfield_lumnis.testing.asked import Asked, invalid
from jackfield_lumnis.testing.routes import Routes
from jackfield_lumnis.testing.state import State, cut, found

routes = Routes()

SCOPES = ("tenant", "user")
TRANSPORTS = ("stdio", "streamable_http", "sse")
SECRETS = ("env", "headers")


@routes("POST /v1/mcp-servers")
def create(state: State, asked: Asked) -> Any:
    """Add a server; its secrets are never told again."""
    name, body = asked.needed("name"), asked.body
    transport, scope = asked.one_of("transport", TRANSPORTS), asked.one_of("scope", SCOPES)
    asked.needed("command" if transport == "stdio" else "url")
    if (scope == "user") != bool(body.get("user_identifier")):
        raise invalid("body.user_identifier", "belongs to the scope `user`, and only to it")
    server_id, moment = state.new_id("m"), state.now()
    names = ("description", "command", "args", "url")
    state.mcp_servers[server_id] = {
        "id": server_id,
        "tenant_id": state.tenant_id,
        "user_id": body.get("user_identifier"),
        "scope": scope,
        "name": name,
        "transport": transport,
        "is_active": True,
        "created_at": moment,
        "updated_at": moment,
    } | {each: body.get(each) for each in names}
    state.secrets[server_id] = {each: body.get(each) for each in SECRETS}
    return state.mcp_servers[server_id]


@routes("GET /v1/mcp-servers")
def list_servers(state: State, asked: Asked) -> Any:
    """List the servers."""
    skip, limit = asked.number("skip", 0), asked.number("limit", 100, least=1, most=100)
    every = list(state.mcp_servers.values())
    if asked.query.get("scope", "all") != "all":
        every = [each for each in every if each["scope"] == asked.query["scope"]]
    if "user_identifier" in asked.query:
        every = [each for each in every if each["user_id"] == asked.query["user_identifier"]]
    if "is_active" in asked.query:
        is_active = asked.flag("is_active", default=True)
        every = [each for each in every if each["is_active"] == is_active]
    page = {"total": len(every), "skip": skip, "limit": limit}
    return {"servers": cut(every, skip, limit)} | page


@routes("GET /v1/mcp-servers/{}")
def get(state: State, asked: Asked) -> Any:
    """Return a server."""
    return found(state.mcp_servers, asked.ids[0], "MCP server")


@routes("PATCH /v1/mcp-servers/{}")
def update(state: State, asked: Asked) -> Any:
    """Change a server; secrets are replaced as a whole."""
    server = found(state.mcp_servers, asked.ids[0], "MCP server")
    names = ("name", "description", "url", "is_active")
    server |= {name: asked.body[name] for name in names if name in asked.body}
    secrets = {name: asked.body[name] for name in SECRETS if name in asked.body}
    state.secrets[server["id"]] |= secrets
    server["updated_at"] = state.now()
    return server


@routes("DELETE /v1/mcp-servers/{}")
def delete(state: State, asked: Asked) -> Any:
    """Delete a server and its secrets."""
    server = found(state.mcp_servers, asked.ids[0], "MCP server")
    del state.mcp_servers[server["id"]], state.secrets[server["id"]]
    return Reply(status=204)


@routes("GET /v1/mcp-servers/{}/tools")
def list_tools(state: State, asked: Asked) -> Any:
    """List the tools of a server."""
    server = found(state.mcp_servers, asked.ids[0], "MCP server")
    tools = [{"name": "query", "description": "Ask it.", "input_schema": {"type": "object"}}]
    told = {"server_id": server["id"], "server_name": server["name"]}
    return told | {"tools": tools, "total": len(tools)}


@routes("POST /v1/mcp-servers/{}/test")
def test_connection(state: State, asked: Asked) -> Any:
    """Try to reach a server; one whose URL says `down` is not there."""
    server = found(state.mcp_servers, asked.ids[0], "MCP server")
    if "down" in (server["url"] or ""):
        told = {"success": False, "message": "No answer"}
        return told | {"error_details": "connection refused"}
    return {"success": True, "message": "Connected", "tool_count": 1}
