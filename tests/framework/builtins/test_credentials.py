"""Secrets stay secret; the header auth asks, keeps and renews them."""

import asyncio
import copy
import json
import logging
import math
import pickle
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import Auth, Request
from jackfield.credentials import HeaderAuth, Secret
from jackfield.errors import ConfigError, SecretMissingError

CANARY = "sk-canary-0123456789"


class Vault:
    """Hands out the secrets of a list, the last one for ever."""

    def __init__(self, *values: str) -> None:
        self.values = list(values)
        self.reads = 0

    async def read(self) -> Secret:
        self.reads += 1
        await asyncio.sleep(0)
        value = self.values[0] if len(self.values) == 1 else self.values.pop(0)
        return Secret(value, source="vault")


def request(**headers: str) -> Request:
    return Request(url="http://127.0.0.1/", headers=headers)


@pytest.mark.parametrize("show", [repr, str, "{}".format, "%s".__mod__, lambda s: repr([s])])
def test_no_way_of_showing_a_secret_reveals_it(show):
    assert CANARY not in show(Secret(CANARY, source="vault"))


@pytest.mark.parametrize("write", [pickle.dumps, copy.deepcopy, copy.copy, json.dumps])
def test_a_secret_is_never_written_out(write):
    with pytest.raises(TypeError) as caught:
        write(Secret(CANARY, source="vault"))
    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_logging_a_secret_masks_it(caplog):
    logging.getLogger("test").warning("using %s and %r", *[Secret(CANARY, source="vault")] * 2)
    assert CANARY not in caplog.text
    assert "********" in caplog.text


@pytest.mark.parametrize("value", [None, "", "  \n"])
def test_a_missing_secret_names_its_source_and_the_remedy(value):
    with pytest.raises(SecretMissingError, match=r"No secret in the vault\. Open it\.") as caught:
        Secret(value, source="the vault", hint="Open it.")
    assert caught.value.source == "the vault"


@given(st.text(min_size=1))
def test_only_what_fits_a_header_becomes_a_secret(text):
    value = f"k{text}k"
    if value.isascii() and value.isprintable():
        assert Secret(value, source="vault").reveal() == value
        return
    with pytest.raises(
        ConfigError, match="a line break, a control character or not ASCII"
    ) as caught:
        Secret(value, source="vault")
    assert value not in str(caught.value)


def test_header_injection_is_refused_without_showing_the_secret():
    with pytest.raises(ConfigError, match="its character 21") as caught:
        Secret(f"{CANARY}\r\nx-admin: 1", source="vault")
    assert CANARY not in str(caught.value)


def test_secrets_compare_by_value():
    assert Secret("a", source="x") == Secret("a", source="y")
    assert Secret("a", source="x") != Secret("b", source="x")
    assert Secret("a", source="x") != "a"


async def test_apply_leaves_the_given_request_alone():
    auth = HeaderAuth(Vault("k").read)
    given_request = request(accept="text/plain")
    sent = await auth.apply(given_request)
    assert isinstance(auth, Auth)
    assert sent.headers == {"accept": "text/plain", "authorization": "Bearer k"}
    assert given_request.headers == {"accept": "text/plain"}


async def test_header_and_scheme_can_be_chosen():
    auth = HeaderAuth(Vault("k").read, header="X-Api-Key", scheme="")
    assert (await auth.apply(request())).headers == {"x-api-key": "k"}


async def test_without_a_cache_each_request_reads_the_secret():
    auth = HeaderAuth(Vault("old", "new").read)
    await auth.apply(request())
    assert (await auth.apply(request())).headers["authorization"] == "Bearer new"


async def test_a_cached_secret_is_read_once_for_many_requests_at_a_time():
    vault = Vault("k")
    auth = HeaderAuth(vault.read, cache_s=math.inf)
    await asyncio.gather(*[auth.apply(request()) for _ in range(20)])
    assert vault.reads == 1


async def test_refused_asks_for_a_retry_when_the_secret_has_changed():
    auth = HeaderAuth(Vault("old", "new").read, cache_s=math.inf)
    sent = await auth.apply(request())
    assert await auth.refused(sent, 401) is True
    again = await auth.apply(request())
    assert again.headers["authorization"] == "Bearer new"
    assert await auth.refused(again, 401) is False


async def test_many_refusals_at_a_time_renew_the_secret_once():
    vault = Vault("old", "new", "newer")
    auth = HeaderAuth(vault.read, cache_s=math.inf)
    sent = await auth.apply(request())
    assert await asyncio.gather(*[auth.refused(sent, 401) for _ in range(5)]) == [True] * 5
    assert vault.reads == 2


async def test_new_secrets_that_stay_refused_come_to_an_end(monkeypatch):
    vault = Vault(*[f"token-{number}" for number in range(10)])
    auth = HeaderAuth(vault.read, cache_s=math.inf)
    assert await auth.refused(await auth.apply(request()), 401) is True
    renewed = await auth.apply(request())
    assert await auth.refused(renewed, 401) is False
    assert vault.reads == 2
    monkeypatch.setattr("jackfield.credentials.RENEWAL_PAUSE_S", 0.0)  # as if it were later
    assert await auth.refused(renewed, 401) is True


def test_one_auth_serves_several_event_loops():
    auth = HeaderAuth(Vault("k").read)

    async def crowd() -> int:
        return len(await asyncio.gather(*[auth.apply(request()) for _ in range(5)]))

    assert [asyncio.run(crowd()) for _ in range(2)] == [5, 5]


async def test_a_failed_read_is_not_remembered():
    values: list[str | None] = [None, "k"]

    async def read() -> Secret:
        return Secret(values.pop(0), source="vault")

    auth = HeaderAuth(read, cache_s=math.inf)
    with pytest.raises(SecretMissingError):
        await auth.apply(request())
    assert (await auth.apply(request())).headers["authorization"] == "Bearer k"
