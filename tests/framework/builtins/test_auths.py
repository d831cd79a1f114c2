"""The built-in auths: where each finds its secret, and what it says when there is none."""

import logging
import os
import shlex
import sys
import traceback

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring

from jackfield import Auth, Request
from jackfield.errors import ConfigError, SecretMissingError, SettingsError

CANARY = "sk-canary-0123456789"


class MemoryKeyring(KeyringBackend):
    """A keyring that forgets with the process."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[tuple[str, str], str] = {}

    def get_password(self, service, username):
        return self.entries.get((service, username))

    def set_password(self, service, username, password):
        self.entries[service, username] = password

    def delete_password(self, service, username):
        del self.entries[service, username]


@pytest.fixture
def memory_keyring():
    before = keyring.get_keyring()
    backend = MemoryKeyring()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "key"
    path.write_text(f"{CANARY}\n", encoding="utf-8")
    path.chmod(0o600)
    return path


def python(code: str) -> list[str]:
    return [sys.executable, "-S", "-c", code]


async def sent_by(auth: Auth) -> str:
    return (await auth.apply(Request(url="http://127.0.0.1/"))).headers["authorization"]


@pytest.fixture(params=["env", "file", "command", "static", "keyring"])
def canary_auth(request, panel, monkeypatch, key_file, memory_keyring):
    """Each auth in turn, its secret being the canary."""
    monkeypatch.setenv("CANARY_KEY", CANARY)
    memory_keyring.set_password("jackfield", "work", CANARY)
    settings = {
        "env": {"variable": "CANARY_KEY"},
        "file": {"path": str(key_file)},
        "command": {"argv": python(f"print({CANARY!r})")},
        "static": {"value": CANARY},
        "keyring": {},
    }
    return panel.open("auth", request.param, name="work", **settings[request.param])


async def test_each_auth_sends_its_secret_and_shows_it_nowhere(canary_auth, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    sent = await canary_auth.apply(Request(url="http://127.0.0.1/"))
    assert sent.headers == {"authorization": f"Bearer {CANARY}"}
    assert await canary_auth.refused(sent, 401) is False
    shown = [
        repr(canary_auth),
        str(vars(canary_auth)),
        repr(sent),
        caplog.text,
        *capfd.readouterr(),
    ]
    assert CANARY not in "".join(shown)


@pytest.mark.parametrize("use", ["env", "file", "command", "static", "keyring"])
def test_wrong_settings_do_not_show_the_secret(panel, use):
    with pytest.raises(SettingsError) as caught:
        panel.open("auth", use, value=[CANARY], header=CANARY + "\n")
    assert CANARY not in str(caught.value)


async def test_env_takes_a_new_value_at_once(panel, monkeypatch):
    auth = panel.open("auth", "env", variable="SOME_KEY")
    monkeypatch.setenv("SOME_KEY", "old")
    old = await auth.apply(Request(url="http://127.0.0.1/"))
    monkeypatch.setenv("SOME_KEY", "new")
    assert await auth.refused(old, 401) is True
    assert await sent_by(auth) == "Bearer new"


async def test_env_names_the_variable_that_is_missing(panel, monkeypatch):
    monkeypatch.delenv("SOME_KEY", raising=False)
    with pytest.raises(
        SecretMissingError, match=r"environment variable SOME_KEY.*export SOME_KEY="
    ):
        await sent_by(panel.open("auth", "env", variable="SOME_KEY"))


async def test_file_is_read_again_after_a_rotation(panel, key_file):
    auth = panel.open("auth", "file", path=str(key_file))
    old = await auth.apply(Request(url="http://127.0.0.1/"))
    key_file.write_text("rotated", encoding="utf-8")
    assert await auth.refused(old, 401) is True
    assert await sent_by(auth) == "Bearer rotated"


@pytest.mark.skipif(os.name != "posix", reason="permission bits are POSIX")
async def test_file_that_others_may_read_is_warned_about_once(panel, key_file, caplog):
    key_file.chmod(0o644)
    auth = panel.open("auth", "file", path=str(key_file))
    await sent_by(auth)
    await sent_by(auth)
    assert [record.message for record in caplog.records] == [
        f"Other users may read the secret in {key_file}. Run: chmod 600 {key_file}"
    ]


async def test_file_in_the_home_folder_is_found(panel, key_file, monkeypatch):
    monkeypatch.setenv("HOME", str(key_file.parent))
    assert await sent_by(panel.open("auth", "file", path="~/key")) == f"Bearer {CANARY}"


@pytest.mark.parametrize("content", [None, b"", b"\n\n"], ids=["absent", "empty", "blank"])
async def test_file_without_a_secret_is_named(panel, tmp_path, content):
    path = tmp_path / "nokey"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SecretMissingError, match=r"nokey.*chmod 600"):
        await sent_by(panel.open("auth", "file", path=str(path)))


@pytest.mark.parametrize("content", [f"{CANARY}\nsecond", f"\xff{CANARY}"], ids=["lines", "latin"])
async def test_file_with_more_than_a_key_is_refused(panel, key_file, content):
    key_file.write_text(content, encoding="latin-1")
    with pytest.raises(ConfigError, match="bare key") as caught:
        await sent_by(panel.open("auth", "file", path=str(key_file)))
    assert CANARY not in "".join(traceback.format_exception(caught.value))


async def test_command_runs_once_for_many_requests(panel, tmp_path):
    count = tmp_path / "count"
    code = f"open({str(count)!r}, 'a').write('x'); print('key')"
    auth = panel.open("auth", "command", argv=python(code))
    assert [await sent_by(auth) for _ in range(3)] == ["Bearer key"] * 3
    assert count.read_text(encoding="utf-8") == "x"


async def test_command_runs_again_when_its_secret_is_refused(panel, tmp_path):
    count = tmp_path / "count"
    code = f"f = open({str(count)!r}, 'a+'); f.write('x'); print('key', f.tell())"
    auth = panel.open("auth", "command", argv=python(code))
    sent = await auth.apply(Request(url="http://127.0.0.1/"))
    assert await auth.refused(sent, 401) is True
    assert await sent_by(auth) == "Bearer key 2"


async def test_command_as_a_string_is_split_without_a_shell(panel):
    text = shlex.join(python("import sys; print(sys.argv[1])")) + " '$HOME;key'"
    assert await sent_by(panel.open("auth", "command", argv=text)) == "Bearer $HOME;key"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("raise SystemExit(3)", "it ended with status 3"),
        ("pass", "No secret in output"),
        ("print('k' * 70000)", "it prints more than 65536 bytes"),
    ],
    ids=["fails", "silent", "floods"],
)
async def test_command_without_a_secret_says_why(panel, code, reason):
    argv = [*python(code), CANARY]
    with pytest.raises(SecretMissingError, match=reason) as caught:
        await sent_by(panel.open("auth", "command", argv=argv))
    assert CANARY not in "".join(traceback.format_exception(caught.value))


async def test_command_that_does_not_exist_is_named(panel):
    with pytest.raises(SecretMissingError, match="command no-such-program-here"):
        await sent_by(panel.open("auth", "command", argv=["no-such-program-here"]))


@pytest.mark.timeout(30)  # half of what the command would take
async def test_command_that_hangs_is_ended_with_its_children(panel):
    child = shlex.join(python("import time; time.sleep(60)"))
    code = f"import os; os.system({child!r})"
    with pytest.raises(SecretMissingError, match=r"longer than 0.3 s"):
        await sent_by(panel.open("auth", "command", argv=python(code), timeout_s=0.3))


def test_command_with_an_open_quote_is_a_settings_error(panel):
    with pytest.raises(SettingsError, match="No closing quotation"):
        panel.open("auth", "command", argv="pass 'show")


async def test_keyring_entry_is_named_like_the_auth(panel, memory_keyring):
    memory_keyring.set_password("jackfield", "work", "one")
    memory_keyring.set_password("other", "entry", "two")
    assert await sent_by(panel.open("auth", "keyring", name="work")) == "Bearer one"
    chosen = panel.open("auth", "keyring", name="work", service="other", entry="entry")
    assert await sent_by(chosen) == "Bearer two"


async def test_keyring_is_asked_again_when_refused(panel, memory_keyring):
    memory_keyring.set_password("jackfield", "work", "old")
    auth = panel.open("auth", "keyring", name="work")
    sent = await auth.apply(Request(url="http://127.0.0.1/"))
    memory_keyring.set_password("jackfield", "work", "new")
    assert await sent_by(auth) == "Bearer old"
    assert await auth.refused(sent, 401) is True
    assert await sent_by(auth) == "Bearer new"


async def test_keyring_without_the_entry_says_how_to_set_it(panel, memory_keyring):
    with pytest.raises(SecretMissingError, match="jackfield auth set work"):
        await sent_by(panel.open("auth", "keyring", name="work"))


async def test_keyring_without_a_backend_names_the_alternatives(panel, memory_keyring):
    keyring.set_keyring(NoKeyring())
    with pytest.raises(SecretMissingError, match=r"cannot be used.*auth `env`"):
        await sent_by(panel.open("auth", "keyring"))


async def test_keyring_without_its_package_gives_the_pip_line(panel, monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(SecretMissingError, match=r'pip install "jackfield\[keyring\]"'):
        await sent_by(panel.open("auth", "keyring"))
