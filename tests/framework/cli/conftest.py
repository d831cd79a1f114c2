"""What the tests of the command line share: a way to run it, and a provider on disk."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from jackfield.testing.pytest_plugin import PluginInstaller
from jackfield.testing.throwaway import InstalledPlugin

Jackfield = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty working directory without a configuration above it."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def jackfield(home: Path) -> Jackfield:
    """Give a function that runs the real command in a process of its own."""

    def run(*arguments: str, stdin: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "jackfield", *arguments],
            cwd=home,
            env={**os.environ, **environ},
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            timeout=30,
            check=False,
        )

    return run


@pytest.fixture
def talker(installed_plugin: PluginInstaller, monkeypatch: pytest.MonkeyPatch) -> InstalledPlugin:
    """Install the provider `talker` and the tool set `handy`, and make `talker:any` the model."""
    monkeypatch.setenv("JACKFIELD_MODEL", "talker:any")
    return installed_plugin(
        "jackfield-talker", code=TALKER, entry_points={"provider": ["talker"], "tools": ["handy"]}
    )


TALKER = '''\
import asyncio, time
from jackfield import AnswerStream, ModelInfo, ProviderError, Usage, extract_text, hookimpl, tool
from jackfield.errors import ContractError, PluginLoadError, SecretMissingError

ERRORS = {
    "contract": ContractError("The plugin broke a rule."),
    "plugin": PluginLoadError("The plugin is torn.", kind="provider", name="talker"),
    "fail": ProviderError("no route to the model", kind="connection"),
    "secret": SecretMissingError("No secret in X.", source="X", hint="Set X."),
    "crash": ZeroDivisionError("all gone"),
}

async def say(answer, text, last):
    if text in ERRORS:
        raise ERRORS[text]
    if text == "forever":
        answer.text("begun")
        yield
        await asyncio.Event().wait()
    if text == "freeze":
        answer.text("begun")
        yield
        await asyncio.sleep(0)  # the text is shown
        time.sleep(60)
    while text == "stubborn":
        if not answer.message.content:
            answer.text("begun")
            yield
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            print("I stay", flush=True)
    if text == "think":
        answer.thinking("let me see")
        yield
    if text.startswith("call ") and last.role == "user":
        answer.open_call("c1", id="c1", name=text.split()[1])
        answer.arguments("c1", "{}")
        answer.end_call("c1")
        answer.finish("tool_calls")
    else:
        answer.text(f"you said: {text}")
        answer.message.usage = Usage(input=7, output=3, total_tokens=10)
        answer.finish("stop")
    yield

class Talker:
    def __init__(self, name):
        self.name = name

    def stream(self, model, context, options):
        last = context.messages[-1]
        asked = [message for message in context.messages if message.role == "user"]
        text = extract_text(asked[-1])
        if text == "count":
            text = f"message {len(asked)} to {model.id}"
        return AnswerStream(model, lambda answer: say(answer, text, last))

    async def models(self):
        return [ModelInfo(id="any", name="Any", context_tokens=8192), ModelInfo(id="other")]

    async def aclose(self):
        pass

@hookimpl
def open_provider(name):
    return Talker(name)

@tool
def add() -> str:
    """Add nothing."""
    return "nothing added"

@tool
def sleep() -> str:
    """Sleep where nobody can wake it."""
    time.sleep(60)
    return "slept"

@tool
def odd():
    """Return what JSON does not know."""
    from jackfield import AgentToolResult, TextContent
    return AgentToolResult(content=[TextContent(text="odd")], details={"object": object()})

@hookimpl
def open_tools():
    return [add, sleep, odd]
'''
