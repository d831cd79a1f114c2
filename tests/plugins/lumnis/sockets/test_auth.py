"""The auth `lumnis`: the key, and as whom the sockets ask."""

import pytest
from pydantic import ValidationError

from jackfield.credentials import HeaderAuth, Secret
from jackfield.errors import SecretMissingError, SettingsError
from jackfield.http import Request
from jackfield.testing import AuthContract
from jackfield_lumnis.auth import LumnisAuth, LumnisAuthSettings, env_key, open_auth
from jackfield_lumnis.connection import Connection
from jackfield_lumnis.identity import Identity
from jackfield_lumnis.settings import LumnisProviderSettings
from jackfield_lumnis.types import Scope


class Host:
    """What the auth asks of a kernel: other auths."""

    def auth(self, name):
        async def read():
            return Secret(f"key-of-{name}", source=f"the auth {name}")

        return HeaderAuth(read)


async def line_of(auth):
    signed = await auth.apply(Request(url="https://api.lumnis.ai/v1/tenant"))
    return signed.headers["authorization"]


class TestContract(AuthContract):
    secret = "lumnis-very-secret"

    @pytest.fixture
    def auth(self, monkeypatch):
        monkeypatch.setenv("LUMNISAI_API_KEY", self.secret)
        return open_auth(LumnisAuthSettings(user_id="u"), Host())

    @pytest.fixture
    def auth_without_secret(self, monkeypatch):
        monkeypatch.delenv("NOT_THERE", raising=False)
        return open_auth(LumnisAuthSettings(variable="NOT_THERE"), Host())


async def test_key_may_come_from_another_auth():
    auth = open_auth(LumnisAuthSettings(key="vault"), Host())
    assert await line_of(auth) == "Bearer key-of-vault"


async def test_new_value_of_the_variable_counts_at_once(monkeypatch):
    auth = open_auth(LumnisAuthSettings(variable="MY_KEY"), Host())
    monkeypatch.setenv("MY_KEY", "one")
    assert await line_of(auth) == "Bearer one"
    monkeypatch.setenv("MY_KEY", "two")
    assert await line_of(auth) == "Bearer two"
    monkeypatch.delenv("MY_KEY")
    with pytest.raises(SecretMissingError, match="MY_KEY"):
        await line_of(auth)


async def test_user_of_the_auth_is_the_user_of_the_run(server, opened, ask):
    auth = LumnisAuth(env_key("MY_KEY"), Identity(user_id="user-9"))
    await ask(provider=opened(auth, user_id=None), api_key="the-key-of-the-test")
    assert server.received("POST /v1/responses")[0].json()["user_id"] == "user-9"


async def test_settings_of_the_provider_beat_those_of_the_auth(server, opened, ask):
    auth = LumnisAuth(env_key("MY_KEY"), Identity(user_id="user-9"))
    await ask(provider=opened(auth), api_key="the-key-of-the-test")
    assert server.received("POST /v1/responses")[0].json()["user_id"] == "user-7"


def test_identity_of_the_settings_goes_over_that_of_the_auth():
    mine = Identity(user_id="a", tenant_id=None, scope=None)
    theirs = Identity(user_id="b", tenant_id="n", scope=Scope.USER)
    assert mine.over(theirs) == Identity(user_id="a", tenant_id="n", scope=Scope.USER)


@pytest.mark.parametrize(
    ("settings", "identity"),
    [
        ({"scope": "tenant"}, Identity(user_id="u")),
        ({"user_id": "u"}, Identity(scope=Scope.TENANT)),
    ],
)
def test_settings_and_auth_that_do_not_fit_are_refused_when_they_are_opened(
    settings, identity, transport
):
    auth = LumnisAuth(env_key(), identity)
    with pytest.raises(SettingsError, match="do not fit"):
        Connection("providers.lumnis", LumnisProviderSettings(**settings), transport, auth)


@pytest.mark.parametrize(
    "settings",
    [
        {"scope": "tenant", "user_id": "u"},
        {"scope": "world"},
        {"user_id": ""},
        {"tenant_id": ""},
    ],
)
def test_wrong_settings_are_refused(settings):
    for model in (LumnisAuthSettings, LumnisProviderSettings):
        with pytest.raises(ValidationError):
            model(**settings)


@pytest.mark.parametrize(
    "settings",
    [
        {"base_url": "api.lumnis.ai"},
        {"poll_interval_s": -1},
        {"wait_s": 31},
        {"wait_s": 0},
        {"cancel_timeout_s": 2.5},
        {"cancel_timeout_s": 0},
        {"unknown": 1},
    ],
)
def test_wrong_settings_of_the_provider_are_refused(settings):
    with pytest.raises(ValidationError):
        LumnisProviderSettings(**settings)
