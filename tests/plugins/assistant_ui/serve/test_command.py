"""`jackfield serve` as a process of its own."""

import asyncio
import json
import os
import signal
import socket
import sys
from contextlib import asynccontextmanager

import pytest
from support.assistant_asks import ui_request
from support.assistant_calls import Caller

from jackfield.plugins.manifest import is_stale

CONFIG = """
[agents.default]
model = "scripted:test"

[providers.scripted]
answers = ["Hello from a process"]

[commands.serve]
port = 0
database = ""
"""


@pytest.fixture
def config(tmp_path, scripted_plugin):
    path = tmp_path / "jackfield.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


@asynccontextmanager
async def process(*arguments):
    command = [sys.executable, "-m", "jackfield", *map(str, arguments)]
    started = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.communicate()


async def test_serves_until_it_is_told_to_stop(config, isolated_folders):
    async with process("serve", "--config", config) as server:
        line = (await server.stderr.readline()).decode()
        url = next(word for word in line.split() if word.startswith("http://127.0.0.1:"))
        call = Caller("127.0.0.1", int(url.rpartition(":")[2]))
        reply = await call("POST", "/api/chat", ui_request("hi"))
        text = "".join(frame.get("delta", "") for frame in reply.frames())
        assert text == "Hello from a process"
        server.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            out, errors = await server.communicate()
        assert (server.returncode, out, errors) == (0, b"", b"")


async def failed(*arguments):
    async with process("serve", *arguments) as server:
        async with asyncio.timeout(20):
            _, errors = await server.communicate()
        return server.returncode, errors.decode()


async def test_does_not_open_itself_to_everybody(config, isolated_folders):
    code, errors = await failed("--config", config, "--host", "0.0.0.0")
    assert code == 2
    assert "needs tokens" in errors
    assert "Traceback" not in errors


async def test_port_that_is_taken_is_told(config, isolated_folders):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, errors = await failed("--config", config, "--port", port)
    assert code == 2
    assert f"port {port}" in errors
    assert "Traceback" not in errors


async def test_unknown_agent_is_told(config, isolated_folders):
    code, errors = await failed("--config", config, "--agent", "nobody")
    assert code == 2
    assert "nobody" in errors


async def test_token_comes_from_an_auth(config, isolated_folders, monkeypatch):
    monkeypatch.setenv("DOOR", "open sesame")
    with config.open("a", encoding="utf-8") as file:
        file.write('auth = "door"\n[auth.door]\nuse = "env"\nvariable = "DOOR"\n')
    async with process("serve", "--config", config) as server:
        line = (await server.stderr.readline()).decode()
        port = int(line.split("127.0.0.1:")[1].split()[0])
        call = Caller("127.0.0.1", port)
        assert (await call("GET", "/api/agents")).status == 401
        call.headers = {"authorization": "Bearer open sesame"}
        assert (await call("GET", "/api/agents")).json()["default"] == "default"


def test_help_and_manifest_need_no_web_server(monkeypatch):
    import subprocess

    code = (
        "import sys; from jackfield.cli.app import run; code = run(['serve', '--help']);"
        "assert not {'uvicorn', 'starlette'} & set(sys.modules); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", env=dict(os.environ)
    )
    assert done.returncode == 0, done.stderr
    assert "jackfield serve" in done.stdout


def test_manifest_is_up_to_date():
    assert not is_stale("jackfield-assistant-ui")


def test_settings_are_described_for_editors(tmp_path):
    from jackfield_assistant_ui.serve.settings import ServeSettings

    schema = ServeSettings.model_json_schema()
    assert all(field.get("description") for field in schema["properties"].values())
    assert json.dumps(schema)
