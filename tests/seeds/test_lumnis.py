"""Every Python snippet of the Lumnis README, with the import lines changed, at a real socket.

Key and address come from the environment, as the README says; `Scope`, which the README does
not import, is given to the snippets.
"""

import pytest
from support.lumnis_readme import (
    CLIENT_CONFIGURATION,
    ERRORS,
    EXTERNAL_KEYS,
    IDEMPOTENCY,
    INVOKE,
    MESSAGES,
    PROGRESS,
    QUICK_START_ASYNC,
    QUICK_START_SYNC,
    RESPONSES,
    SCOPE_ERRORS,
    STREAMING,
    TENANT_SCOPED,
    THREADS,
    USER_SCOPED,
    USERS,
    USERS_SYNC,
    run_snippet,
)

import jackfield_lumnis
from jackfield_httpx.retry import Clock
from jackfield_lumnis import AsyncClient, Client, Scope
from jackfield_lumnis.testing import LumnisServer, Run, Step, entry, error_reply

ALICE = "550e8400-e29b-41d4-a716-446655440000"
POST = "POST /v1/responses"


@pytest.fixture
def server(monkeypatch):
    async def no_time(clock, seconds):
        pass

    monkeypatch.setattr(Clock, "sleep", no_time)
    monkeypatch.setattr(Clock, "sleep_blocking", lambda clock, seconds, woken: None)
    with LumnisServer() as server:
        monkeypatch.setenv("LUMNISAI_API_KEY", "the-key-of-the-test")
        monkeypatch.setenv("LUMNISAI_BASE_URL", server.url)
        monkeypatch.delenv("LUMNISAI_TENANT_ID", raising=False)
        yield server


@pytest.fixture
def client(server):
    with Client() as client:
        yield client


def test_quick_start(server, capsys):
    server.plan(Run.of(output_text="More data."))
    run_snippet(QUICK_START_SYNC)["client"].close()
    assert capsys.readouterr().out == "More data.\n"
    [request] = server.received(POST)
    assert request.json() == {
        "messages": [{"role": "user", "content": "Analyze the latest trends in machine learning"}],
        "user_id": "user-123",
    }
    assert request.headers["authorization"] == "Bearer the-key-of-the-test"


def test_quick_start_async(server, capsys):
    server.plan(Run.of(output_text="More qubits."))
    run_snippet(QUICK_START_ASYNC)
    assert capsys.readouterr().out == "More qubits.\n"


def test_streaming(server, capsys):
    server.plan(Run.of(entry("planning", "P"), entry("writing", "W"), output_text="Sun and wind."))
    run_snippet(STREAMING, lumnisai=jackfield_lumnis, asyncio=__import__("asyncio"))
    assert capsys.readouterr().out.splitlines() == [
        *["Status: in_progress"] * 2,
        "Status: succeeded",
        "Final result: Sun and wind.",
    ]


def test_invoke_blocking_and_streaming(server, capsys):
    run_snippet(INVOKE, client=AsyncClient)
    assert capsys.readouterr().out.splitlines() == [
        "You said: Hello world",
        *["Status: in_progress"] * 2,
        "Status: succeeded",
        "You said: Hello world",
    ]


def test_client_configuration(server):
    client = run_snippet(CLIENT_CONFIGURATION, lumnisai=jackfield_lumnis, Scope=Scope)["client"]
    assert client.service.base_url == "https://api.lumnis.ai"
    assert "your-api-key" not in repr(client)
    assert server.requests == []
    client.close()


def test_user_scoped_operations(server):
    names = run_snippet(USER_SCOPED, lumnisai=jackfield_lumnis, Scope=Scope)
    users = [request.json()["user_id"] for request in server.received(POST)]
    assert users == ["user-123"] * 4
    names["client"].close()


def test_tenant_scoped_operations(server):
    names = run_snippet(TENANT_SCOPED, lumnisai=jackfield_lumnis, Scope=Scope)
    assert "user_id" not in server.received(POST)[0].json()
    assert names["all_responses"].total == 1
    assert names["tenant_info"].name == "Acme"
    names["client"].close()


def test_scope_errors(server, capsys):
    run_snippet(SCOPE_ERRORS, Scope=Scope)
    assert capsys.readouterr().out.splitlines() == [
        "user_id is required when scope is USER",
        "user_id must not be provided when scope is TENANT",
    ]
    assert server.requests == []


def test_users(server, capsys):
    server.state.users[ALICE] = {
        "id": ALICE,
        "email": "alice@example.com",
        "first_name": "Alice",
        "last_name": "Johnson",
        "tenant_id": "n-1",
        "is_active": True,
        "created_at": "2025-03-01T10:00:00Z",
        "updated_at": "2025-03-01T10:00:00Z",
    }
    names = run_snippet(USERS, client=AsyncClient)
    assert capsys.readouterr().out == "alice@example.com - Alicia Smith\n"
    assert names["updated_user"].first_name == "Alicia"
    assert server.state.users == {}


def test_users_sync(server, capsys):
    names = run_snippet(USERS_SYNC, lumnisai=jackfield_lumnis)
    assert capsys.readouterr().out == "Total users: 1\n"
    assert names["user"].email == "bob@example.com"
    names["client"].close()


def test_threads(server, client):
    names = run_snippet(THREADS, client=client)
    bodies = [request.json() for request in server.received(POST)]
    assert [body["thread_id"] for body in bodies] == [names["thread"].thread_id] * 2
    assert [thread.title for thread in names["threads"].threads] == ["Research Project"]
    assert names["threads"].threads[0].response_count == 2


def test_progress(server, capsys):
    entries = [
        entry("planning", "Starting research on AI developments"),
        entry("researching", "Gathering information from recent sources"),
        entry("writing", "Composing comprehensive report"),
    ]
    steps = [Step(progress=entries[:count]) for count in range(1, 4)]
    end = Step(status="succeeded", progress=entries, fields={"output_text": "A report."})
    server.plan(Run(steps=[*steps, end]))
    run_snippet(PROGRESS, client=AsyncClient)
    shown = capsys.readouterr().out.splitlines()
    sample = PROGRESS.partition("# Output example:\n")[2].splitlines()
    assert shown == [line.removeprefix("# ") for line in sample]


def test_external_keys(server, client):
    run_snippet(EXTERNAL_KEYS, client=client, key_id="k-1")
    body = server.received("POST /v1/external-api-keys")[0].json()
    assert body == {
        "provider": "OPENAI_API_KEY",
        "api_key": "sk-...",
        "user_id": "user-123",
        "mode": "byo_keys",
    }
    assert server.state.keys == {}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, "Invalid API key"),
        (422, "Invalid request: no"),
        (429, "Rate limit exceeded"),
        (404, "Resource not found"),
    ],
)
def test_errors(server, client, capsys, status, expected):
    server.fail(POST, error_reply(status, "", "no"))
    run_snippet(ERRORS, client=client)
    assert capsys.readouterr().out == f"{expected}\n"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"scope": Scope.TENANT}, "Cannot specify user_id with tenant scope"),
        ({}, "User ID required for user-scoped operations"),
    ],
)
def test_scope_errors_among_the_others(server, capsys, changes, expected):
    snippet = ERRORS if changes else ERRORS.replace(', user_id="user-123"', "")
    with Client(**changes) as client:
        run_snippet(snippet, client=client)
    assert capsys.readouterr().out == f"{expected}\n"


def test_messages(server, client):
    run_snippet(MESSAGES, client=client)
    sent = [request.json()["messages"] for request in server.received(POST)]
    assert sent[0] == sent[1] == [{"role": "user", "content": "Hello world"}]
    assert [message["role"] for message in sent[2]] == ["user", "assistant", "user"]


def test_responses(server):
    names = run_snippet(RESPONSES, client=AsyncClient)
    assert server.received("GET /v1/responses/{}")[0].path == "/v1/responses/r-1?wait=30"
    assert names["final_response"].response_id == "r-1"
    assert names["cancelled"].status == "cancelled"
    assert [each.response_id for each in names["responses"].responses] == ["r-1"]
    assert "limit=10" in server.received("GET /v1/responses")[0].path


def test_idempotency(server, client):
    run_snippet(IDEMPOTENCY, client=client)
    keys = [request.headers["idempotency-key"] for request in server.received(POST)]
    assert keys == ["calc-2024-001"] * 2
    assert len(server.state.runs) == 1
