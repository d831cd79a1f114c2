"""The auth `infinity`: the key, in the header that the service reads."""

import pytest
from pydantic import ValidationError

from jackfield.credentials import HeaderAuth, Secret
from jackfield.errors import SecretMissingError
from jackfield.http import Request
from jackfield.testing import AuthContract
from jackfield_infinity.auth import InfinityAuthSettings, open_auth

URL = "https://infinityassistant.io/api/chat"


class Host:
    """What the auth asks of a kernel: other auths."""

    def __init__(self, **options):
        self.options = options
        self.key = "ia_of-the-vault"

    def auth(self, name):
        async def read():
            return Secret(self.key, source=f"the auth {name}")

        return HeaderAuth(read, **self.options)


class TestContract(AuthContract):
    secret = "ia_very-secret"

    @pytest.fixture
    def auth(self, monkeypatch):
        monkeypatch.setenv("INFINITY_ASSISTANT_API_KEY", self.secret)
        return open_auth(InfinityAuthSettings(), Host())

    @pytest.fixture
    def auth_without_secret(self, monkeypatch):
        monkeypatch.delenv("NOT_THERE", raising=False)
        return open_auth(InfinityAuthSettings(variable="NOT_THERE"), Host())


class TestContractOfAMovedKey(AuthContract):
    secret = "ia_of-the-vault"

    @pytest.fixture
    def auth(self):
        return open_auth(InfinityAuthSettings(key="vault"), Host())

    @pytest.fixture
    def auth_without_secret(self):
        host = Host()
        host.key = ""
        return open_auth(InfinityAuthSettings(key="vault"), host)


@pytest.mark.parametrize("options", [{}, {"header": "x-api-key", "scheme": ""}])
async def test_key_of_another_auth_goes_where_the_service_reads_it(options):
    auth = open_auth(InfinityAuthSettings(key="vault"), Host(**options))
    signed = await auth.apply(Request(url=URL))
    assert signed.headers == {"x-api-key": "ia_of-the-vault"}


async def test_key_of_another_auth_is_asked_for_again_when_it_is_refused():
    host = Host(cache_s=1000)
    auth = open_auth(InfinityAuthSettings(key="vault"), host)
    signed = await auth.apply(Request(url=URL))
    assert await auth.refused(signed, 401) is False
    other = Host(cache_s=1000)
    auth = open_auth(InfinityAuthSettings(key="vault"), other)
    signed = await auth.apply(Request(url=URL))
    other.key = "ia_new"
    assert await auth.refused(signed, 401) is True
    assert (await auth.apply(Request(url=URL))).headers == {"x-api-key": "ia_new"}


async def test_new_value_of_the_variable_counts_at_once(monkeypatch):
    auth = open_auth(InfinityAuthSettings(variable="MY_KEY"), Host())
    monkeypatch.setenv("MY_KEY", "ia_one")
    assert (await auth.apply(Request(url=URL))).headers["x-api-key"] == "ia_one"
    monkeypatch.setenv("MY_KEY", "ia_two")
    assert (await auth.apply(Request(url=URL))).headers["x-api-key"] == "ia_two"
    monkeypatch.delenv("MY_KEY")
    with pytest.raises(SecretMissingError, match="MY_KEY"):
        await auth.apply(Request(url=URL))


@pytest.mark.parametrize("settings", [{"variable": ""}, {"key": ""}, {"variable": "a=b"}, {"x": 1}])
def test_wrong_settings_are_refused(settings):
    with pytest.raises(ValidationError):
        InfinityAuthSettings(**settings)
