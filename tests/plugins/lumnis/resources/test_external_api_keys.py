"""Keys of AI providers: names of providers and modes, deletion by provider and by id."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from jackfield.testing import Reply, json_reply
from jackfield_lumnis.exceptions import (
    NotFoundError,
    TenantScopeUserIdConflict,
    ValidationError,
)
from jackfield_lumnis.key_names import mode_name, provider_name
from jackfield_lumnis.scoping import Scoping
from jackfield_lumnis.types import ApiKeyMode, ApiProvider

KEY = {"key_id": "k-1", "provider": "OPENAI_API_KEY", "is_active": True}


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (ApiProvider.OPENAI, "OPENAI_API_KEY"),
        (ApiProvider.AZURE, "AZURE_API_KEY"),
        ("openai_api_key", "OPENAI_API_KEY"),
        ("OpenAI", "OPENAI_API_KEY"),
        ("azure", "AZURE_API_KEY"),
        ("e2b", "E2B_API_KEY"),
        ("my-own", "my-own"),
    ],
)
def test_providers_have_short_names(given, sent):
    assert provider_name(given) == sent


def test_every_provider_has_a_short_name():
    for provider in ApiProvider:
        short = provider.value.removesuffix("_API_KEY").lower()
        assert provider_name(short) == provider.value


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("byo", "byo_keys"),
        ("BYO_KEYS", "byo_keys"),
        (ApiKeyMode.BRING_YOUR_OWN, "byo_keys"),
        ("platform", "platform"),
        ("use_platform", "platform"),
        (ApiKeyMode.USE_PLATFORM, "platform"),
    ],
)
def test_modes_have_short_names(given, sent):
    assert mode_name(given) == sent


async def test_an_unknown_mode_is_not_sent(api):
    with pytest.raises(ValidationError, match="'free' is no mode"):
        await api.call("external_api_keys.set_mode", "free")
    with pytest.raises(ValidationError):
        await api.call("external_api_keys.create", provider="openai", api_key="abc", mode="x")
    assert api.server.requests == []


async def test_a_key_is_stored_with_what_is_given(api):
    key = await api.call(
        "external_api_keys.store",
        provider="anthropic",
        api_key="sk-ant",
        key_name="main",
        expires_at=datetime(2030, 1, 1, tzinfo=UTC),
        user_id=UUID(int=7),
        answer=KEY,
    )
    assert api.sent == "POST /v1/external-api-keys"
    assert api.body == {
        "provider": "ANTHROPIC_API_KEY",
        "api_key": "sk-ant",
        "key_name": "main",
        "expires_at": "2030-01-01T00:00:00+00:00",
        "user_id": str(UUID(int=7)),
    }
    assert key.provider is ApiProvider.OPENAI


@pytest.mark.parametrize(
    "wrong", [{"api_key": "ab"}, {"api_key": "s3cr3t" * 400}, {"key_name": "n" * 101}]
)
async def test_a_key_that_does_not_fit_is_not_sent_and_not_shown(api, wrong):
    with pytest.raises(ValidationError) as caught:
        await api.call(
            "external_api_keys.create", **{"provider": "openai", "api_key": "abc"} | wrong
        )
    assert "s3cr3t" not in repr(caught.value) + str(caught.value)
    assert api.server.requests == []


async def test_a_user_in_tenant_scope_is_refused(api):
    api.scoping = Scoping("tenant")
    with pytest.raises(TenantScopeUserIdConflict):
        await api.call("external_api_keys.list", user_id="u")
    with pytest.raises(TenantScopeUserIdConflict):
        await api.call("external_api_keys.create", provider="x", api_key="abc", user_id="u")
    assert api.server.requests == []
    assert await api.call("external_api_keys.list", answer=[]) == []


async def test_the_user_of_a_scoped_client_is_not_filled_in(scoped):
    await scoped.call("external_api_keys.list", answer=[KEY])
    assert scoped.sent == "GET /v1/external-api-keys"
    await scoped.call("external_api_keys.create", provider="openai", api_key="abc", answer=KEY)
    assert "user_id" not in scoped.body


async def test_a_provider_is_deleted_in_one_call(api):
    done = await api.call(
        "external_api_keys.delete", "OpenAI", key_name="a b", answer={"message": "gone"}
    )
    assert api.sent == "DELETE /v1/external-api-keys/OPENAI_API_KEY?key_name=a%20b"
    assert done.message == "gone"


async def test_a_key_id_is_looked_up_first(api):
    api.server.add(Reply(body=b'{"key_id":"k/1","provider":"NEW_API_KEY","key_name":"main"}'))
    await api.call("external_api_keys.delete", "k/1", answer={"message": "gone"})
    sent = [f"{each.method} {each.path}" for each in api.server.requests]
    assert sent == [
        "GET /v1/external-api-keys/k%2F1",
        "DELETE /v1/external-api-keys/NEW_API_KEY?key_name=main",
    ]


async def test_an_unknown_key_id_deletes_nothing(api):
    api.server.add(Reply(status=404))
    with pytest.raises(NotFoundError):
        await api.call("external_api_keys.delete", "k-9")
    assert len(api.server.requests) == 1


async def test_the_mode_is_read_and_set(api):
    mode = await api.call("external_api_keys.get_mode", answer={"api_key_mode": "byo_keys"})
    assert mode.api_key_mode is ApiKeyMode.BYO_KEYS
    mode = await api.call(
        "external_api_keys.set_mode", "use_platform", answer={"api_key_mode": "hybrid"}
    )
    assert (api.sent, api.body) == (
        "PATCH /v1/external-api-keys/mode",
        {"mode": "platform"},
    )
    assert mode.api_key_mode == "hybrid"


async def test_a_key_that_a_refusal_repeats_is_not_shown(api):
    body = {"detail": [{"loc": ["body", "api_key"], "msg": "bad: canary-1", "input": "canary-1"}]}
    api.server.add(json_reply(body, status=422))
    with pytest.raises(ValidationError) as caught:
        await api.call("external_api_keys.create", provider="openai", api_key="canary-1")
    assert "canary-1" not in f"{caught.value} {caught.value!r} {caught.value.detail}"
    assert "canary-1" not in repr(
        api.plan("external_api_keys.create", provider="openai", api_key="canary-1")
    )
