"""Secrets are masked wherever a configuration is shown."""

import pytest

from jackfield.config.load import load_config
from jackfield.config.secrets import MASK, is_secret

SECRET = "sk-very-secret-123"


@pytest.mark.parametrize(
    "key",
    [
        "api_key",
        "apiKey",
        "api-key",
        "API_KEY",
        "x-api-key",
        "token",
        "auth_token",
        "accessToken",
        "client_secret",
        "password",
        "db_password",
        "passphrase",
        "private_key",
        "Authorization",
        "tokens",
        "credentials",
        "cookie",
    ],
)
def test_key_named_like_a_secret_is_masked(key):
    config = load_config({"providers": {"p": {key: SECRET, "inner": {key: [SECRET]}}}})
    assert config.masked()["providers"]["p"] == {key: MASK, "inner": {key: MASK}}


@pytest.mark.parametrize(
    "key",
    ["max_tokens", "input_tokens", "max_token", "keyboard", "monkey", "base_url", "tokenizer"],
)
def test_innocent_key_is_shown(key):
    assert load_config({"providers": {"p": {key: "x"}}}).masked()["providers"]["p"] == {key: "x"}


def test_value_of_a_static_auth_is_masked():
    config = load_config({"auth": {"a": {"use": "static", "value": SECRET, "variable": "NAME"}}})
    assert config.masked()["auth"]["a"] == {"use": "static", "value": MASK, "variable": "NAME"}


def test_password_in_a_url_is_masked():
    config = load_config({"transports": {"t": {"proxy": f"http://me:{SECRET}@host:1/x"}}})
    assert config.masked()["transports"]["t"]["proxy"] == f"http://me:{MASK}@host:1/x"


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"odd": {"type": "string", "writeOnly": True}}},
        {"properties": {"odd": {"type": "string", "format": "password"}}},
        {"properties": {"odd": {"anyOf": [{"writeOnly": True}, {"type": "null"}]}}},
        {"properties": {"odd": {"$ref": "#/$defs/S"}}, "$defs": {"S": {"writeOnly": True}}},
    ],
)
def test_key_that_the_schema_marks_is_masked(schema):
    config = load_config({"providers": {"p": {"odd": SECRET, "even": "x"}}})
    shown = config.masked({("providers", "p"): schema})
    assert shown["providers"]["p"] == {"odd": MASK, "even": "x"}
    assert is_secret(("providers", "p", "odd"), schema)


def test_no_secret_in_any_repr():
    config = load_config(
        {"providers": {"p": {"api_key": SECRET}}}, overrides={"auth.a.value": SECRET}
    )
    things = [config, *config.layers, config.capability("provider", "p"), config.origins()]
    things.append(load_config(environ={"JACKFIELD_AUTH__A__VALUE": SECRET}).layers)
    assert SECRET not in repr(things)


def test_original_is_not_changed_by_masking():
    config = load_config({"providers": {"p": {"api_key": SECRET}}})
    config.masked()
    assert config.capability("provider", "p").settings["api_key"] == SECRET
