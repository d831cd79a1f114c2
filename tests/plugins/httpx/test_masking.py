"""Which names are secret, and what is shown in their place."""

import pytest

from jackfield.http import Request
from jackfield_httpx.masking import (
    is_secret_name,
    masked_headers,
    masked_url,
    origin,
    secrets_added,
    secrets_in,
)

SECRET = [
    "authorization", "Proxy-Authorization", "x-api-key", "X-Goog-Api-Key", "api_key", "apikey",
    "key",     "x-auth-token", "cookie", "Set-Cookie", "access_token", "password", "client_secret",
    "x-amz-security-token", "sig", "X-Amz-Signature", "private-key", "session_key",
]  # fmt: skip
OPEN = [
    "content-type", "accept", "max_tokens", "prompt_tokens", "x-ratelimit-limit-tokens", "author",
    "www-authenticate", "keyword", "monkey", "prompt_cache_key", "x-request-id", "idempotency-tag",
    "user-agent", "design",
]  # fmt: skip


@pytest.mark.parametrize("name", SECRET)
def test_names_that_are_secret(name):
    assert is_secret_name(name)


@pytest.mark.parametrize("name", OPEN)
def test_names_that_are_not(name):
    assert not is_secret_name(name)


def test_headers_are_masked_by_name():
    assert masked_headers({"authorization": "Bearer x", "accept": "y"}) == {
        "authorization": "********",
        "accept": "y",
    }


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://u:p@h:8/a?key=1&b=2#f", "https://h:8/a?key=********&b=2"),
        ("https://h/a?b=2", "https://h/a?b=2"),
        ("https://h", "https://h"),
        ("http://[::1", "(a URL that cannot be read)"),
    ],
)
def test_urls_are_masked(url, shown):
    assert masked_url(url) == shown


def test_the_origin_of_a_url():
    assert origin("https://u:p@h:8/a/b?c") == "https://h:8"
    assert origin("http://[::1]:80/x") == "http://[::1]:80"


def test_what_an_auth_added_is_known_with_and_without_its_scheme():
    before = Request(url="http://h/?a=1", headers={"x": "harmless-value"})
    after = Request(
        url="http://h/?a=1&k=in-the-query",
        headers={"x": "harmless-value", "y": "Bearer abcdefghij"},
    )
    found = secrets_added(before, after)
    assert found == ["Bearer abcdefghij", "in-the-query", "abcdefghij"]


def test_short_values_are_left_alone():
    after = Request(url="http://h/", headers={"authorization": "abc"})
    assert secrets_added(Request(url="http://h/"), after) == []


def test_secrets_of_a_request_by_name():
    request = Request(url="http://h/?api_key=query-secret", headers={"cookie": "sid=cookie-secret"})
    assert set(secrets_in(request)) == {"query-secret", "sid=cookie-secret"}
