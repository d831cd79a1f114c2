"""The example of Infinity runs as it stands; a configuration alone gives an agent the tools."""

import asyncio
import json

import pytest

from jackfield_infinity.testing import InfinityServer, delivery

CALLS = """[
    [
        {call = "search_knowledge", arguments = {query = "*", limit = 2}},
        {call = "research", arguments = {query = "primes", depth = "shallow"}},
    ],
    [{call = "store_memory", arguments = {key = "seen", value = [2, 3]}}],
    [{call = "retrieve_memory", arguments = {key = "seen"}}],
    "It is remembered.",
]"""


@pytest.fixture(params=["published", "deployed"])
def server(request):
    with InfinityServer(routes=request.param, api_keys={"ia_mine": "pro"}) as server:
        yield server


@pytest.fixture
def environ(server):
    return {
        "INFINITY_ASSISTANT_API_KEY": "ia_mine",
        "JACKFIELD_TOOLS__INFINITY__BASE_URL": server.url,
        "JACKFIELD_PROVIDERS__INFINITY__BASE_URL": server.url,
    }


def test_the_program_runs_without_a_key(examples, run, monkeypatch):
    monkeypatch.delenv("INFINITY_ASSISTANT_API_KEY", raising=False)
    out = run(examples / "infinity/talk.py", cwd=examples / "infinity")
    assert out.splitlines() == [
        "> Name a prime.",
        "You said: Name a prime.",
        "> And the next one?",
        "You said: And the next one?",
        "remembered: [2, 3]",
    ]


def test_the_configured_agent_uses_all_four_tools(examples, run, server, environ, scripted_plugin):
    out = run(
        *("-m", "jackfield", "run", "default", "Try them.", "--model", "scripted:any"),
        *("--set", f"providers.scripted.answers={' '.join(CALLS.split())}"),
        "--json",
        cwd=examples / "infinity",
        **environ,
    )
    events = [json.loads(line) for line in out.splitlines()]
    results = {
        event["tool_name"]: event["result"]["content"][0]["text"]
        for event in events
        if event["type"] == "tool_execution_end" and not event["is_error"]
    }
    assert "Wait longer each time." in results["search_knowledge"]
    assert "https://primes.example/small" in results["research"]
    assert results["store_memory"] == "Stored under 'seen'."
    assert results["retrieve_memory"] == "[2, 3]"
    assert {request.headers["x-api-key"] for request in server.requests} == {"ia_mine"}
    stored = (
        server.state.values if server.state.manner.routes == "published" else server.state.facts
    )
    assert [key.removeprefix("kv:") for key in stored] == ["clerk/seen"]


def test_the_assistant_is_an_agent(examples, run, server, environ):
    server.plan("Seven.")
    out = run(
        *("-m", "jackfield", "run", "assistant", "Name a prime."),
        cwd=examples / "infinity",
        **environ,
    )
    assert out == "Seven.\n"
    assert server.requests[-1].json()["mode"] == "assist"


def test_the_configuration_is_valid(examples, run):
    run("-m", "jackfield", "config", "validate", cwd=examples / "infinity")


def test_the_receiver_of_webhooks_prints_events(examples, monkeypatch, capsys):
    import runpy
    from datetime import UTC, datetime

    monkeypatch.setenv("INFINITY_WEBHOOK_SECRET", "s3cr3t")
    app = runpy.run_path(str(examples / "infinity/webhooks.py"))["app"]
    now = datetime.now(UTC).isoformat()
    sent = delivery("chat.response", {"text": "Seven."}, "s3cr3t", timestamp=now)
    headers = {name.lower(): value for name, value in sent.headers.items()}
    assert asyncio.run(app.take(sent.body, headers)) == (200, {"received": True})
    assert capsys.readouterr().out == f"{now} chat.response {{'text': 'Seven.'}}\n"
