"""Ids in paths, values in queries: nothing that is put in can change the place."""

from datetime import UTC, date, datetime
from enum import Enum
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.errors import OptionError
from jackfield_httpx.service import path_of, query_of
from jackfield_httpx.service.address import same_origin, url_of


class Kind(Enum):
    GOOD = "very good"


@pytest.mark.parametrize(
    ("given_id", "segment"),
    [
        ("a+b@c.co", "a%2Bb%40c.co"),
        ("x/y?z#f", "x%2Fy%3Fz%23f"),
        ("é ☃", "%C3%A9%20%E2%98%83"),
        ("%2e%2e", "%252e%252e"),
        ("...", "..."),
        (Kind.GOOD, "very%20good"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (7, "7"),
    ],
    ids=str,
)
def test_an_id_stays_one_segment(given_id, segment):
    assert path_of("/users/{}/x", given_id) == f"/users/{segment}/x"


@pytest.mark.parametrize("given_id", ["", ".", "..", None, "\ud800"], ids=repr)
def test_an_id_that_would_lead_elsewhere_is_refused(given_id):
    with pytest.raises(OptionError):
        path_of("/users/{}", given_id)


def test_each_place_needs_an_id():
    with pytest.raises(OptionError, match="1 places for 2 ids"):
        path_of("/users/{}", "a", "b")


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_text_comes_back_from_path_and_query(text):
    if text not in (".", ".."):
        path = path_of("/a/{}/b", text)
        assert path.count("/") == 3
        assert unquote(path.split("/")[2]) == text
    assert parse_qsl(query_of({text: text}), keep_blank_values=True) == [(text, text)]


def test_values_of_a_query_are_written_as_services_read_them():
    values = {
        "flag": True,
        "none": None,
        "day": date(2026, 1, 2),
        "at": datetime(2026, 1, 2, 3, tzinfo=UTC),
        "kind": Kind.GOOD,
        "many": ["a", None, 2],
        "empty": "",
        "text": "a b&c",
    }
    assert query_of(values) == (
        "flag=true&day=2026-01-02&at=2026-01-02T03%3A00%3A00%2B00%3A00&kind=very%20good"
        "&many=a&many=2&empty=&text=a%20b%26c"
    )


@pytest.mark.parametrize("base", ["https://h/v1", "https://h/v1/"])
def test_the_path_of_the_base_is_kept(base):
    url = url_of(base, "/chat", {"a": 1, "b": None})
    assert url == "https://h/v1/chat?a=1"
    assert url_of(base, "/chat?x=1", {"a": 1}) == "https://h/v1/chat?x=1&a=1"
    assert urlsplit(url_of(base, "/chat", {"b": None})).query == ""


def test_origins_are_compared_with_their_ports():
    assert same_origin("https://h/a", "https://H:443/b")
    assert not same_origin("https://h/a", "http://h/a")
    assert not same_origin("https://h/a", "https://h:8443/a")
