"""A reader who does what a page says: writes its files, runs its code and its commands.

Every model is scripted: a throw-away distribution offers the providers that the pages name.
"""

import io
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import invalidate_caches
from pathlib import Path
from typing import Any

import pytest
from sybil import Example
from sybil.document import Document
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.myst import CodeBlockParser

from jackfield.cli.app import run
from jackfield.config.load import load_config
from jackfield.config.validate import check
from jackfield.plugins.index import PluginIndex
from jackfield.plugins.kinds import KIND_OF_GROUP
from jackfield.plugins.sockets import Sockets
from jackfield.testing import LoopbackServer, sse, sse_reply

MODELS = '''
"""Providers for the pages: call the first tool once, then answer."""

from pydantic import BaseModel

from jackfield import hookimpl
from jackfield.testing import Call, ScriptedProvider


class Settings(BaseModel):
    auth: str | None = None
    transport: str | None = None


def answer(context, options):
    if context.tools and context.messages[-1].role == "user":
        return Call(context.tools[0].name)
    return "It is so."


@hookimpl
def describe_settings():
    return Settings


@hookimpl
def open_provider(name):
    return ScriptedProvider(name=name, default=answer)
'''
PREPARATION = re.compile(
    r'pip install (jackfield\b|"jackfield\[|\./(framework|bindings)\b|"tox|-r requirements-dev).*'
    r"|python3 -m venv .*|\. \S+|tox (run|list).*"
)


class Reader:
    """Follows one page in a folder of its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, installed_plugin: Any) -> None:
        self._monkeypatch = monkeypatch
        self._install = installed_plugin
        self._python = PythonEvaluator()
        self.sources: list[str] = []

    def follow(self, page: Path) -> int:
        """Follow the page and return how many blocks it has."""
        languages = {"python": self.python, "toml": self.toml, "sh": self.sh}
        parsers = [CodeBlockParser(language, read) for language, read in languages.items()]
        examples = list(Document.parse(str(page), *parsers).examples())
        for example in examples:
            example.evaluate()
        return len(examples)

    def python(self, example: Example) -> None:
        if not self._written(example):
            self._python(example)

    def toml(self, example: Example) -> None:
        data = tomllib.loads(example.parsed)
        if self._written(example):
            groups = data["project"]["entry-points"]
            assert set(groups) <= set(KIND_OF_GROUP)
            return
        block = Path("jackfield.toml" if "agents" in data else "block.toml")
        block.write_text(example.parsed, encoding="utf-8")
        config, index = load_config(block), PluginIndex.scan()
        sockets = Sockets(index, config.plugins.prefer)
        problems = check(config, index, sockets.settings_schema)
        assert [str(problem) for problem in problems] == [], f"{example.path}:{example.line}"

    def sh(self, example: Example) -> None:
        for line in example.parsed.splitlines():
            self._command(line, f"{example.path}:{example.line}")

    def _command(self, line: str, place: str) -> None:
        line = re.sub(r"^\.venv(-test)?/bin/", "", line)
        words = shlex.split(line, comments=True)
        if words[:1] == ["jackfield"]:
            self._monkeypatch.setattr(sys, "stdin", io.StringIO("a-key\n"))
            assert run(words[1:]) == 0, f"{place}: {line}"
        elif words[:1] == ["export"]:
            self._monkeypatch.setenv(*words[1].split("=", 1))
        elif words[:3] == ["pip", "install", "-e"]:
            self.install(Path(words[3]))
        elif words[:1] == ["pytest"]:
            self._pytest(words[1:], place)
        else:
            assert PREPARATION.fullmatch(line), f"{place}: nobody runs {line!r}"

    def _pytest(self, words: list[str], place: str) -> None:
        arguments = ["-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-c", os.devnull]
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *arguments, *words],
            env=environ,
            capture_output=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, f"{place}: {done.stdout}"

    def _written(self, example: Example) -> bool:
        """Write a block with a caption to the file that the caption names."""
        caption = (example.region.lexemes.get("options") or {}).get("caption")
        if caption is None:
            return False
        path = Path(caption)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(example.parsed, encoding="utf-8")
        for name in [name for name in sys.modules if name.split(".")[0] == path.parent.name]:
            del sys.modules[name]
        return True

    def install(self, folder: Path) -> None:
        """Install a distribution in place, as `pip install -e` does."""
        project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        name = project["name"]
        module = f"{name.replace('-', '_')}_metadata"
        self._install(name, module=module, entry_points=project["entry-points"])
        # Not monkeypatch: it would put back a path on which other plugins of this test still are.
        self.sources.append(str((folder / "src").resolve()))
        sys.path.insert(0, self.sources[-1])
        invalidate_caches()

    def forget(self) -> None:
        """Take what was installed in place off `sys.path`."""
        for source in self.sources:
            sys.path.remove(source)


@pytest.fixture
def reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installed_plugin: Any, memory_keyring: None
) -> Iterator[Reader]:
    installed_plugin("jackfield-pages", code=MODELS, entry_points={"provider": ["local"]})
    monkeypatch.setenv("JACKFIELD_PLUGINS__PREFER__LOCAL", "jackfield-pages")
    if "openrouter" not in PluginIndex.scan().names("provider"):
        installed_plugin(
            "jackfield-openrouter", code=MODELS, entry_points={"provider": ["openrouter"]}
        )
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    folder = tmp_path / "reader"
    folder.mkdir()
    monkeypatch.chdir(folder)
    before = set(sys.modules)
    reader = Reader(monkeypatch, installed_plugin)
    yield reader
    reader.forget()
    for name in set(sys.modules) - before:
        if name.startswith("jackfield_"):
            del sys.modules[name]


@pytest.fixture
def models_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackServer]:
    """Put a server in place of OpenAI and OpenRouter; it answers every question the same."""
    usage = sse.sse({"choices": [], "usage": {"prompt_tokens": 5, "cost": 0.25}})
    answer = sse.chat_stream("Paris.")
    with LoopbackServer(default=sse_reply([*answer[:-1], usage, answer[-1]])) as server:
        monkeypatch.setenv("OPENROUTER_BASE_URL", f"{server.url}/api/v1")
        for name in ("OPENAI", "OPENROUTER"):
            monkeypatch.setenv(f"JACKFIELD_PROVIDERS__{name}__BASE_URL", f"{server.url}/api/v1")
        yield server


@pytest.fixture
def memory_keyring() -> Iterator[None]:
    """Keep keys in memory instead of the keyring of whoever runs the tests."""
    import keyring
    from keyring.backend import KeyringBackend

    class MemoryKeyring(KeyringBackend):
        priority = 1

        def __init__(self) -> None:
            super().__init__()
            self.entries: dict[tuple[str, str], str] = {}

        def get_password(self, service: str, username: str) -> str | None:
            return self.entries.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            self.entries[service, username] = password

        def delete_password(self, service: str, username: str) -> None:
            del self.entries[service, username]

    outer = keyring.get_keyring()
    keyring.set_keyring(MemoryKeyring())
    yield
    keyring.set_keyring(outer)
