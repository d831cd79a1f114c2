"""The built-ins keep the contracts that every plugin has to keep."""

import json
import sys
from typing import ClassVar

import keyring
import pytest
from keyring.backend import KeyringBackend

from jackfield.testing import AuthContract, SinkContract, ToolsContract

CANARY = "sk-canary-0123456789"


class OneKey(KeyringBackend):
    """A keyring with one entry."""

    priority = 1

    def get_password(self, service, username):
        return CANARY if (service, username) == ("jackfield", "work") else None

    def set_password(self, service, username, password):
        raise NotImplementedError

    def delete_password(self, service, username):
        raise NotImplementedError


class TestEnv(AuthContract):
    secret = CANARY

    @pytest.fixture
    def auth(self, panel, monkeypatch):
        monkeypatch.setenv("CANARY_KEY", CANARY)
        return panel.open("auth", "env", variable="CANARY_KEY")

    @pytest.fixture
    def auth_without_secret(self, panel):
        return panel.open("auth", "env", variable="NOBODY_SETS_THIS")


class TestFile(AuthContract):
    secret = CANARY

    @pytest.fixture
    def auth(self, panel, tmp_path):
        path = tmp_path / "key"
        path.write_text(CANARY, encoding="utf-8")
        return panel.open("auth", "file", path=str(path))

    @pytest.fixture
    def auth_without_secret(self, panel, tmp_path):
        return panel.open("auth", "file", path=str(tmp_path / "nokey"))


class TestCommand(AuthContract):
    secret = CANARY

    @pytest.fixture
    def auth(self, panel):
        argv = [sys.executable, "-S", "-c", f"print({CANARY!r})"]
        return panel.open("auth", "command", argv=argv)

    @pytest.fixture
    def auth_without_secret(self, panel):
        return panel.open("auth", "command", argv=[sys.executable, "-S", "-c", "pass"])


class TestCommandWithATokenEachTime(AuthContract):
    secret = CANARY

    @pytest.fixture
    def auth(self, panel):
        code = f"import time; print({CANARY!r}, time.time_ns())"
        return panel.open("auth", "command", argv=[sys.executable, "-S", "-c", code])

    @pytest.fixture
    def auth_without_secret(self, panel):
        return panel.open(
            "auth", "command", argv=[sys.executable, "-S", "-c", "raise SystemExit(3)"]
        )


class TestStatic(AuthContract):
    secret = CANARY

    @pytest.fixture
    def auth(self, panel):
        return panel.open("auth", "static", value=CANARY, header="X-Api-Key", scheme="")

    @pytest.fixture
    def auth_without_secret(self, panel):
        return panel.open("auth", "static", value=" ")


class TestKeyring(AuthContract):
    secret = CANARY

    @pytest.fixture(autouse=True)
    def _one_key(self):
        before = keyring.get_keyring()
        keyring.set_keyring(OneKey())
        yield
        keyring.set_keyring(before)

    @pytest.fixture
    def auth(self, panel):
        return panel.open("auth", "keyring", name="work")

    @pytest.fixture
    def auth_without_secret(self, panel):
        return panel.open("auth", "keyring", name="home")


class TestJsonl(SinkContract):
    @pytest.fixture
    def sink(self, panel, tmp_path):
        self.path = tmp_path / "runs" / "all.jsonl"
        return panel.open("sink", "jsonl", path=str(self.path), deltas=True)

    def written(self, sink):
        if not self.path.exists():
            return []
        lines = self.path.read_text(encoding="utf-8").split("\n")[:-1]
        return [json.loads(line)["type"] for line in lines]


class TestJsonlWithoutDeltas(TestJsonl):
    @pytest.fixture
    def sink(self, panel, tmp_path):
        self.path = tmp_path / "runs" / "all.jsonl"
        return panel.open("sink", "jsonl", path=str(self.path))

    def wanted(self, events):
        return [event.type for event in events if event.type != "message_update"]


class TestConsole(SinkContract):
    @pytest.fixture
    def sink(self, panel, capsys):
        return panel.open("sink", "console")


class TestCalculator(ToolsContract):
    examples: ClassVar = {"calculate": {"expression": "(17 + 4) ** 2 / 3"}}

    @pytest.fixture
    def tools(self, panel):
        return panel.open("tools", "calculator")


class TestClock(ToolsContract):
    examples: ClassVar = {"now": {"timezone": "Europe/Vienna"}}

    @pytest.fixture
    def tools(self, panel):
        return panel.open("tools", "clock")
