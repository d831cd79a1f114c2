"""The example of Lumnis runs as it stands, with and without a key."""

import pytest

from jackfield_lumnis.testing import LumnisServer, Run


@pytest.fixture
def server():
    with LumnisServer(api_keys={"a-key"}) as server:
        yield server


def test_the_program_runs_without_a_key(examples, run, monkeypatch):
    monkeypatch.delenv("LUMNISAI_API_KEY", raising=False)
    out = run(examples / "lumnis/talk.py", cwd=examples / "lumnis")
    assert out.splitlines() == [
        "> Name a prime.",
        "  planning: Reading the question",
        "  processing: Writing the answer",
        "You said: Name a prime.",
        "> And the next one?",
        "  planning: Reading the question",
        "  processing: Writing the answer",
        "You said: And the next one?",
    ]


def test_the_program_goes_on_in_one_thread(examples, run, server):
    environ = {"LUMNISAI_API_KEY": "a-key", "LUMNISAI_BASE_URL": server.url}
    run(examples / "lumnis/talk.py", cwd=examples / "lumnis", **environ)
    bodies = [request.json() for request in server.received("POST /v1/responses")]
    assert [body["thread_id"] for body in bodies] == ["t-1", "t-1"]
    assert {body["user_id"] for body in bodies} == {"user-7"}


def test_the_configured_agent_asks_the_service(examples, run, server):
    server.plan(Run.of(output_text="Sun and wind."))
    out = run(
        *("-m", "jackfield", "run", "default", "Research renewable energy trends."),
        cwd=examples / "lumnis",
        LUMNISAI_API_KEY="a-key",
        LUMNISAI_BASE_URL=server.url,
    )
    assert out == "Sun and wind.\n"


def test_the_other_agent_delegates(examples, run, server, scripted_plugin):
    server.plan(Run.of(output_text="7"))
    answers = '[[{call = "delegate", arguments = {task = "Name a prime."}}], "It is 7."]'
    out = run(
        *("-m", "jackfield", "run", "clerk", "A prime?", "--model", "scripted:any"),
        *("--set", f"providers.scripted.answers={answers}"),
        cwd=examples / "lumnis",
        LUMNISAI_API_KEY="a-key",
        LUMNISAI_BASE_URL=server.url,
    )
    assert out == "It is 7.\n"
    assert server.received("POST /v1/responses")[0].json()["user_id"] == "user-7"


def test_the_configuration_is_valid(examples, run):
    run("-m", "jackfield", "config", "validate", cwd=examples / "lumnis")
