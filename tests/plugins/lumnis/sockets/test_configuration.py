"""Lumnis by a configuration alone: `jackfield run`, in a pipe and on a terminal."""

import json
import os
import subprocess
import sys

import pytest

from jackfield.errors import SettingsError
from jackfield.testing import Hold
from jackfield_lumnis.testing import Run, Step, entry, tool_call

KEY = "the-key-of-the-test"
PROVIDER = """
[agents.default]
model = "lumnis:auto"

[providers.lumnis]
base_url = "{url}"
user_id = "user-7"
poll_interval_s = 0.01
"""
TOOLS = """
[agents.default]
model = "scripted:any"
tools = ["lumnis.delegate"]

[tools.lumnis]
base_url = "{url}"
poll_interval_s = 0.01
auth = "work"

[auth.work]
use = "lumnis"
user_id = "user-9"

[providers.scripted]
answers = [[{{call = "delegate", arguments = {{task = "Name a prime."}}}}], "It says 7."]
"""
PLAN, FIND = entry("planning", "Thinking"), entry("searching", "Looking", tool_call("find", q=1))


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LUMNISAI_API_KEY", KEY)
    return tmp_path


@pytest.fixture
def jackfield(home, server):
    """Give a function that runs a command with a configuration file."""

    def run(config, *arguments):
        (home / "jackfield.toml").write_text(config.format(url=server.url), encoding="utf-8")
        return subprocess.run(
            [sys.executable, "-m", "jackfield", *arguments],
            cwd=home,
            env=os.environ,
            capture_output=True,
            encoding="utf-8",
            stdin=subprocess.DEVNULL,
            timeout=30,
            check=False,
        )

    return run


def test_run_with_a_file_alone_answers(jackfield, server):
    server.plan(Run.of(PLAN, FIND, output_text="7"))
    done = jackfield(PROVIDER, "run", "default", "Name a prime.")
    assert (done.returncode, done.stdout) == (0, "7\n"), done.stderr
    body = server.received("POST /v1/responses")[0].json()
    assert body["agent_config"] == {"agent_mode": "auto"}


def test_run_as_json_tells_the_progress(jackfield, server):
    server.plan(Run.of(PLAN, FIND, output_text="7"))
    done = jackfield(PROVIDER, "run", "default", "--json", "Name a prime.")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    deltas = [
        event["assistant_message_event"]["delta"]
        for event in events
        if event["type"] == "message_update" and "delta" in event["assistant_message_event"]
    ]
    assert deltas == ["PLANNING: Thinking\n", "SEARCHING: Looking\n\t→ find(q=1)\n", "7"]
    ends = [event for event in events if event["type"] == "message_end"]
    assert ends[-1]["message"]["response_id"] == "r-1"
    assert ends[-1]["message"]["metadata"]["thread_id"] == "t-1"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_progress_streams_in_the_terminal_while_the_run_goes_on(home, server):
    from support.terminal import Terminal

    hold = Hold()
    (home / "jackfield.toml").write_text(PROVIDER.format(url=server.url), encoding="utf-8")
    server.plan(
        Run(
            steps=[
                Step(progress=[PLAN]),
                Step(progress=[PLAN, FIND], hold=hold),
                Step(status="succeeded", progress=[PLAN, FIND], fields={"output_text": "7 it is"}),
            ]
        )
    )
    with Terminal("run", "default", "Name a prime.", cwd=home) as terminal:
        terminal.expect("PLANNING: Thinking")
        assert "SEARCHING" not in terminal.plain
        hold.release()
        terminal.expect("SEARCHING: Looking")
        terminal.expect("7 it is")
        assert terminal.exit_code() == 0


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_ctrl_c_cancels_the_run_at_the_service(home, server):
    from support.terminal import Terminal

    (home / "jackfield.toml").write_text(PROVIDER.format(url=server.url), encoding="utf-8")
    server.plan(Run.endless(PLAN))
    with Terminal("run", "default", "Name a prime.", cwd=home) as terminal:
        terminal.expect("PLANNING: Thinking")
        terminal.type("\x03")
        assert terminal.exit_code() == 130
    assert server.state.runs["r-1"].is_cancelled


def test_another_model_delegates_to_the_service(jackfield, server, scripted_plugin):
    server.plan(Run.of(PLAN, output_text="7"))
    done = jackfield(TOOLS, "run", "default", "A prime?")
    assert (done.returncode, done.stdout) == (0, "It says 7.\n"), done.stderr
    [request] = server.received("POST /v1/responses")
    assert request.json()["user_id"] == "user-9"
    assert request.headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("config", [PROVIDER, TOOLS])
def test_configurations_are_valid(jackfield, scripted_plugin, config):
    done = jackfield(config, "config", "validate")
    assert done.returncode == 0, done.stdout + done.stderr


def test_models_are_listed(jackfield):
    done = jackfield(PROVIDER, "models", "lumnis")
    assert "single_agent" in done.stdout, done.stderr


def test_wrong_setting_is_named(jackfield):
    done = jackfield(PROVIDER + "pol_interval_s = 1\n", "config", "validate")
    assert done.returncode == 2
    assert "pol_interval_s" in done.stdout + done.stderr


async def test_agent_of_a_kernel_keeps_its_thread(kernel, server, monkeypatch):
    monkeypatch.setenv("LUMNISAI_API_KEY", KEY)
    agent = kernel(
        {
            "agents": {"default": {"model": "lumnis:default"}},
            "providers": {
                "lumnis": {"base_url": server.url, "user_id": "u", "poll_interval_s": 0.01}
            },
        }
    ).agent()
    assert await agent.prompt_text("One") == "You said: One"
    assert await agent.prompt_text("Two") == "You said: Two"
    assert server.state.threads["t-1"]["response_count"] == 2


async def test_each_agent_of_a_kernel_may_be_another_user_s(kernel, server, monkeypatch):
    monkeypatch.setenv("LUMNISAI_API_KEY", KEY)
    made = kernel(
        {
            "agents": {"default": {"model": "lumnis:default"}},
            "providers": {"lumnis": {"base_url": server.url, "poll_interval_s": 0.01}},
        }
    )
    for user in ("user-8", "user-9"):
        agent = made.agent()
        agent.metadata = {"user_id": user}
        await agent.prompt("Hello")
    users = [request.json()["user_id"] for request in server.received("POST /v1/responses")]
    assert users == ["user-8", "user-9"]


async def test_auth_that_needs_itself_is_refused(kernel):
    made = kernel({"auth": {"lumnis": {"key": "lumnis"}}})
    with pytest.raises(SettingsError, match="lumnis"):
        made.auth("lumnis")
