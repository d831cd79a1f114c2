"""The acceptance checks A1 to A9 of the specification: construction, input, scopes."""

import logging

import pytest
from support.lumnis_clients import Either, created, run, snapshot

import jackfield_lumnis as lumnisai
from jackfield.testing import json_reply
from jackfield_lumnis import Scope
from jackfield_lumnis.exceptions import MissingUserId, TenantScopeUserIdConflict, ValidationError

DONE = snapshot("succeeded", output_text="hi")
NO_USERS = {"users": [], "pagination": {"page": 1, "page_size": 20, "total": 0}}
NO_RESPONSES = {"responses": [], "total": 0, "limit": 50, "offset": 0}
NO_THREADS = {"threads": [], "total": 0, "limit": 50, "offset": 0}
HELLO = {"role": "user", "content": "Hello"}


async def test_a1_without_a_key_there_is_no_client(kind, server):
    with pytest.raises(ValueError, match="LUMNISAI_API_KEY"):
        kind(base_url=server.url)
    assert server.requests == []


async def test_a2_key_and_address_come_from_the_environment(kind, server, monkeypatch):
    monkeypatch.setenv("LUMNISAI_API_KEY", "k")
    monkeypatch.setenv("LUMNISAI_BASE_URL", f"{server.url}/")
    server.add(json_reply(NO_USERS))
    either = Either(kind(), server)
    await either.call("list_users")
    await either.close()
    (request,) = server.requests
    assert either.sent == ["GET /v1/users?page=1&page_size=20"]
    assert request.headers["authorization"] == "Bearer k"
    assert request.headers["user-agent"] == f"lumnisai-python/{lumnisai.__version__}"
    assert request.headers["content-type"] == "application/json"


async def test_a3_a_path_in_the_address_is_kept(make, server):
    server.add(json_reply(NO_USERS))
    lumnis = make(base_url=f"{server.url}/proxy/")
    await lumnis.call("list_users")
    assert lumnis.sent == ["GET /proxy/v1/users?page=1&page_size=20"]


async def test_a4_invoke_begins_a_run_and_returns_its_end(lumnis, server, capsys):
    server.add(*run(DONE))
    response = await lumnis.call("invoke", "Hello", user_id="user-123")
    assert lumnis.bodies() == [{"messages": [HELLO], "user_id": "user-123"}]
    assert lumnis.sent == ["POST /v1/responses", "GET /v1/responses/r-1?wait=10"]
    assert (response.output_text, response.status) == ("hi", "succeeded")
    assert capsys.readouterr().out == ""


CONVERSATION = [
    {"role": "user", "content": "What is Python?"},
    {"role": "assistant", "content": "A language."},
    {"role": "user", "content": "Show me."},
]


@pytest.mark.parametrize(
    ("args", "kwargs", "messages"),
    [
        ((HELLO,), {}, [HELLO]),
        ((CONVERSATION,), {}, CONVERSATION),
        ((), {"messages": "Hello"}, [HELLO]),
        ((), {"prompt": "Hello"}, [HELLO]),
        ((lumnisai.Message(role="user", content="Hello"),), {}, [HELLO]),
    ],
    ids=["dict", "list", "keyword", "prompt", "model"],
)
async def test_a5_messages_can_be_given_in_several_forms(lumnis, server, args, kwargs, messages):
    server.add(*run(DONE))
    await lumnis.call("invoke", *args, user_id="u", **kwargs)
    assert lumnis.bodies()[0]["messages"] == messages


async def test_a5_task_is_a_deprecated_name(lumnis, server, deprecations):
    server.add(*run(DONE))
    await lumnis.call("invoke", task="Hello", user_id="u")
    assert lumnis.bodies()[0]["messages"] == [HELLO]
    (warning,) = deprecations
    assert issubclass(warning.category, DeprecationWarning)
    assert warning.filename.endswith("lumnis_clients.py")  # where invoke was called


@pytest.mark.parametrize(
    ("args", "kwargs"), [((), {}), (("Hello",), {"prompt": "Hello"})], ids=["none", "two"]
)
async def test_a5_nothing_or_two_things_to_ask_are_refused(lumnis, server, args, kwargs):
    with pytest.raises(ValueError, match="exactly one"):
        await lumnis.call("invoke", *args, user_id="u", **kwargs)
    assert server.requests == []


@pytest.mark.parametrize("stream", [False, True])
async def test_a6_user_scope_needs_a_user(lumnis, server, stream):
    with pytest.raises(MissingUserId) as caught:
        await lumnis.call("invoke", "Hello", stream=stream)
    assert isinstance(caught.value, ValidationError)
    assert server.requests == []


@pytest.mark.parametrize(
    ("name", "args", "kwargs"),
    [
        ("invoke", ("x",), {}),
        ("invoke", ("x",), {"stream": True}),
        ("list_responses", (), {}),
        ("responses.list", (), {}),
        ("responses.create", (), {"messages": "x"}),
        ("list_threads", (), {}),
        ("create_thread", (), {}),
    ],
)
async def test_a7_tenant_scope_refuses_a_user(tenant_lumnis, server, name, args, kwargs):
    with pytest.raises(TenantScopeUserIdConflict) as caught:
        await tenant_lumnis.call(name, *args, user_id="u", **kwargs)
    assert caught.value.code == "TENANT_SCOPE_USER_ID_CONFLICT"
    assert server.requests == []


async def test_a8_tenant_scope_sends_no_user_and_warns(tenant_lumnis, server, caplog):
    server.add(*run(DONE), json_reply(NO_RESPONSES))
    with caplog.at_level(logging.WARNING, logger="lumnisai.scoping"):
        await tenant_lumnis.call("invoke", "report")
        await tenant_lumnis.call("list_responses")
    assert "user_id" not in tenant_lumnis.bodies()[0]
    assert tenant_lumnis.sent[-1] == "GET /v1/responses?limit=50&offset=0"
    warned = [each for each in caplog.records if each.name == "lumnisai.scoping"]
    assert [each.levelname for each in warned] == ["WARNING", "WARNING"]


@pytest.mark.parametrize("scope", list(Scope))
async def test_a9_a_client_for_a_user_names_that_user(make, server, scope):
    parent = make(scope=scope)
    child = parent.of(parent.client.for_user("user-123"))
    server.add(*run(DONE), json_reply(NO_THREADS), *run(DONE))
    await child.call("invoke", "x")
    await child.call("list_threads")
    await parent.of(parent.client.for_user("a")).call("invoke", "x", user_id="b")
    assert [body["user_id"] for body in parent.bodies()] == ["user-123", "b"]
    assert "GET /v1/threads?user_id=user-123&limit=50&offset=0" in parent.sent


@pytest.mark.parametrize("scope", list(Scope))
async def test_a9_leaving_as_user_leaves_the_parent_usable(make, server, scope):
    parent = make(scope=scope)
    server.add(*run(DONE), json_reply(NO_USERS), *run(DONE))
    if parent.is_async:
        async with parent.client.as_user("user-123") as client:
            await client.invoke("x")
            await client.close()
    else:
        with parent.client.as_user("user-123") as client:
            client.invoke("x")
            client.close()
    await parent.call("list_users")
    assert parent.bodies() == [
        {"messages": [{"role": "user", "content": "x"}], "user_id": "user-123"}
    ]
    assert server.connections == 1


async def test_a_scoped_client_refuses_tenant_scope(lumnis, server):
    child = lumnis.of(lumnis.client.for_user("u"))
    with pytest.raises(TenantScopeUserIdConflict):
        await child.call("invoke", "x", scope=Scope.TENANT)
    with pytest.raises(ValidationError) as caught:
        await child.call("invoke", "x", scope="nobody")
    assert caught.value.code == "INVALID_SCOPE"
    assert server.requests == []


async def test_a_closed_client_opens_again(lumnis, server):
    server.add(json_reply(NO_USERS), json_reply(NO_USERS))
    await lumnis.call("list_users")
    await lumnis.close()
    await lumnis.close()
    await lumnis.call("list_users")
    assert server.connections == 2


async def test_both_clients_are_context_managers(kind, server):
    server.add(json_reply(created()))
    client = kind(api_key="k", base_url=server.url)
    if kind is lumnisai.AsyncClient:
        async with client as opened:
            await opened.init()
            await opened.responses.create(messages="x", user_id="u")
    else:
        with client as opened:
            opened.responses.create(messages="x", user_id="u")
    assert client.is_closed


def test_a_wrong_setting_is_refused_at_construction():
    for settings in ({"timeout": 0}, {"max_retries": -1}, {"base_url": "ftp://x"}, {"scope": "x"}):
        with pytest.raises((ValueError, ValidationError)):
            lumnisai.Client(api_key="k", **settings)


def test_the_address_of_the_environment_may_be_empty(monkeypatch):
    monkeypatch.setenv("LUMNISAI_BASE_URL", "")
    assert "https://api.lumnis.ai" in repr(lumnisai.Client(api_key="sk-canary-0123456789"))
    assert "canary" not in repr(lumnisai.Client(api_key="sk-canary-0123456789"))
