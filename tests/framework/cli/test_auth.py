"""`jackfield auth`, against a real keyring backend that keeps its keys in a file."""

import pytest

BACKEND = """\
import json, os
from pathlib import Path
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

class FileKeyring(KeyringBackend):
    priority = 1
    path = Path(os.environ["FILE_KEYRING"])

    def _all(self):
        return json.loads(self.path.read_text()) if self.path.exists() else {}

    def get_password(self, service, name):
        return self._all().get(f"{service}/{name}")

    def set_password(self, service, name, secret):
        self.path.write_text(json.dumps({**self._all(), f"{service}/{name}": secret}))

    def delete_password(self, service, name):
        entries = self._all()
        if entries.pop(f"{service}/{name}", None) is None:
            raise PasswordDeleteError("not found")
        self.path.write_text(json.dumps(entries))
"""


@pytest.fixture
def keyring_file(installed_plugin, home, monkeypatch):
    """Let subprocesses use a keyring that is a file, and give the file."""
    installed_plugin("filekeyring", code=BACKEND)
    monkeypatch.setenv("FILE_KEYRING", str(home / "keys.json"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "filekeyring.FileKeyring")
    return home / "keys.json"


def test_key_is_stored_listed_and_removed(jackfield, keyring_file):
    done = jackfield("auth", "set", "work-key", stdin="s3cret-value\n")
    assert done.returncode == 0
    assert 'use = "keyring"' in done.stdout
    assert '"jackfield/work-key": "s3cret-value"' in keyring_file.read_text(encoding="utf-8")

    assert jackfield("auth", "list").stdout == "work-key\n"

    assert jackfield("auth", "remove", "work-key").returncode == 0
    assert keyring_file.read_text(encoding="utf-8") == "{}"
    assert jackfield("auth", "list").stdout == ""


def test_key_is_never_shown_or_written_by_us(jackfield, keyring_file, isolated_folders):
    shown = [
        jackfield("auth", "set", "a", stdin="s3cret-value"),
        jackfield("auth", "list"),
        jackfield("--debug", "auth", "list"),
        jackfield("auth", "remove", "a"),
    ]
    assert all("s3cret-value" not in done.stdout + done.stderr for done in shown)
    files = [path for path in isolated_folders.rglob("*") if path.is_file()]
    assert all("s3cret-value" not in path.read_text(encoding="utf-8") for path in files)


def test_key_that_vanished_from_the_keyring_is_not_listed(jackfield, keyring_file):
    jackfield("auth", "set", "a", stdin="x1")
    jackfield("auth", "set", "b", stdin="x2")
    keyring_file.write_text('{"jackfield/b": "x2"}', encoding="utf-8")
    assert jackfield("auth", "list").stdout == "b\n"


@pytest.mark.parametrize("typed", ["", "\n", "two\nlines\n"])
def test_key_must_be_one_line(jackfield, keyring_file, typed):
    done = jackfield("auth", "set", "a", stdin=typed)
    assert done.returncode == 2
    assert done.stderr.startswith("error: A key is one line of text")
    assert not keyring_file.exists()


def test_key_is_not_taken_as_an_argument(jackfield, keyring_file):
    done = jackfield("auth", "set", "a", "s3cret-value")
    assert done.returncode == 2
    assert not keyring_file.exists()


def test_removing_an_unknown_key_says_so(jackfield, keyring_file):
    done = jackfield("auth", "remove", "nobody")
    assert done.returncode == 2
    assert done.stderr.startswith("error: The keyring has no key 'nobody'.")


def test_missing_backend_is_one_clear_error(jackfield):
    done = jackfield(
        "auth", "set", "a", stdin="s3cret", PYTHON_KEYRING_BACKEND="keyring.backends.fail.Keyring"
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: The system keyring cannot be used:")
    assert "hint: Without a keyring, use the auth `env`, `file` or `command`" in done.stderr
    assert "Traceback" not in done.stderr


def test_missing_package_names_the_line_that_installs_it(jackfield, installed_plugin):
    installed_plugin("keyring", code="raise ImportError('not there')")
    done = jackfield("auth", "list")
    assert done.returncode == 2
    assert 'pip install "jackfield[keyring]"' in done.stderr
    assert "Traceback" not in done.stderr
