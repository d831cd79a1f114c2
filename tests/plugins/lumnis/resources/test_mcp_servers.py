"""MCP servers: what belongs to which transport and scope, secrets, whose servers."""

import pytest

from jackfield.testing import Reply, json_reply
from jackfield_lumnis.exceptions import ValidationError

SERVER = {
    "id": "m-1",
    "tenant_id": "n-1",
    "user_id": None,
    "scope": "tenant",
    "name": "db",
    "transport": "carrier_pigeon",
    "is_active": True,
}
URL = {"name": "db", "transport": "sse", "scope": "tenant", "url": "https://mcp.example.com"}
LISTED = {"servers": [SERVER], "total": 1, "skip": 0, "limit": 100}


async def test_a_server_is_added(api):
    server = await api.call("mcp_servers.create", **URL, headers={"X": "s3cret"}, answer=SERVER)
    assert api.sent == "POST /v1/mcp-servers"
    assert api.body == {**URL, "headers": {"X": "s3cret"}}
    assert (server.id, server.transport) == ("m-1", "carrier_pigeon")


async def test_a_command_is_added_for_a_user(api):
    await api.call(
        "mcp_servers.create",
        name="x",
        transport="stdio",
        scope="user",
        user_identifier="u",
        command="run",
        args=["-v"],
        env={"KEY": "1"},
        answer=SERVER,
    )
    assert api.body == {
        "name": "x",
        "transport": "stdio",
        "scope": "user",
        "user_identifier": "u",
        "command": "run",
        "args": ["-v"],
        "env": {"KEY": "1"},
    }


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"name": ""}, "'name'"),
        ({"name": "n" * 256}, "'name'"),
        ({"description": "d" * 1001}, "'description'"),
        ({"transport": "pigeon"}, "'transport'"),
        ({"scope": "all"}, "'scope'"),
        ({"scope": "user"}, "'user_identifier'"),
        ({"user_identifier": "u"}, "'user_identifier'"),
        ({"url": None}, "needs 'url'"),
        ({"url": "ftp://x"}, "'url'"),
        ({"url": "https://" + "x" * 1024}, "'url'"),
        ({"transport": "stdio"}, "needs 'command'"),
        ({"transport": "stdio", "command": "c" * 256}, "'command'"),
    ],
)
async def test_what_does_not_fit_is_not_sent(api, wrong, told):
    with pytest.raises(ValidationError, match=told):
        await api.call("mcp_servers.create", **URL | wrong, env={"KEY": "s3cret"})
    assert api.server.requests == []


async def test_a_scoped_client_fills_in_its_user(scoped):
    user = {**URL, "scope": "user"}
    await scoped.call("mcp_servers.create", **user, answer=SERVER)
    assert scoped.body["user_identifier"] == "user-123"
    await scoped.call("mcp_servers.create", **user, user_identifier="b", answer=SERVER)
    assert scoped.body["user_identifier"] == "b"
    await scoped.call("mcp_servers.create", **URL, answer=SERVER)
    assert "user_identifier" not in scoped.body
    await scoped.call("mcp_servers.list", answer=LISTED)
    assert scoped.sent == "GET /v1/mcp-servers?skip=0&limit=100&user_identifier=user-123"
    await scoped.call("mcp_servers.list", scope="tenant", answer=LISTED)
    assert scoped.sent == "GET /v1/mcp-servers?skip=0&limit=100&scope=tenant"


async def test_servers_are_listed(api):
    found = await api.call(
        "mcp_servers.list", scope="all", is_active=False, skip=5, limit=1000, answer=LISTED
    )
    assert api.sent == "GET /v1/mcp-servers?skip=5&limit=100&scope=all&is_active=false"
    assert found.servers[0].name == "db"


async def test_a_change_sends_what_is_given_and_null_for_none(api):
    await api.call("mcp_servers.update", "m/1", env={}, description=None, answer=SERVER)
    assert (api.sent, api.body) == (
        "PATCH /v1/mcp-servers/m%2F1",
        {"description": None, "env": {}},
    )
    with pytest.raises(ValidationError, match="'url'"):
        await api.call("mcp_servers.update", "m-1", url="nowhere")


async def test_a_server_is_looked_at_tested_and_deleted(api):
    assert (await api.call("mcp_servers.get", "m-1", answer=SERVER)).id == "m-1"
    tools = {"server_id": "m-1", "server_name": "db", "tools": [{"name": "q"}], "total": 1}
    found = await api.call("mcp_servers.list_tools", "m-1", answer=tools)
    assert (api.sent, found.tools[0].input_schema) == ("GET /v1/mcp-servers/m-1/tools", None)
    test = await api.call(
        "mcp_servers.test_connection", "m-1", answer={"success": False, "message": "no"}
    )
    assert (api.sent, test.success) == ("POST /v1/mcp-servers/m-1/test", False)
    api.server.add(Reply(status=204))
    assert await api.call("mcp_servers.delete", "m-1") is None
    assert api.sent == "DELETE /v1/mcp-servers/m-1"


@pytest.mark.parametrize("verb", ["create", "update"])
async def test_secrets_that_a_refusal_repeats_are_not_shown(api, verb):
    body = {"detail": [{"msg": "canary-1", "input": ["canary-2"]}]}
    api.server.add(json_reply(body, status=422))
    given = URL if verb == "create" else {"server_id": "m-1"}
    with pytest.raises(ValidationError) as caught:
        await api.call(
            f"mcp_servers.{verb}", **given, env={"A": "canary-1"}, headers={"B": "canary-2"}
        )
    assert "canary-" not in f"{caught.value} {caught.value!r} {caught.value.detail}"
