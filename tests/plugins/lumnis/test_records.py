"""Models of replies read whatever the service says; models of arguments refuse with our class."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from jackfield_lumnis.exceptions import ValidationError
from jackfield_lumnis.models.file import FileMetadata
from jackfield_lumnis.models.given import Given
from jackfield_lumnis.models.record import Id, Record, Timestamp
from jackfield_lumnis.models.user import User


class Colour(StrEnum):
    RED = "red"


class Thing(Record):
    thing_id: Id = Field(alias="thingId")
    colour: Colour | str = Field(default="", union_mode="left_to_right")
    tags: list[str] = Field(default_factory=list)
    owner: str | None = None
    made_at: Timestamp | None = None


def test_unknown_fields_are_kept():
    thing = Thing.parse({"thingId": "t", "weight": {"kg": 3}})
    assert thing.weight == {"kg": 3}
    assert thing["weight"] == thing.get("weight") == {"kg": 3}
    assert thing.model_dump(by_alias=True)["thingId"] == "t"


def test_a_thing_reads_as_a_dictionary_does():
    thing = Thing.parse({"thing_id": "t"})
    assert (thing["thing_id"], thing.get("none", 7)) == ("t", 7)
    with pytest.raises(KeyError):
        thing["none"]


def test_known_words_are_members_and_others_strings():
    assert Thing.parse({"thingId": "t", "colour": "red"}).colour is Colour.RED
    assert Thing.parse({"thingId": "t", "colour": "blue"}).colour == "blue"


def test_null_means_the_default():
    thing = Thing.parse({"thingId": "t", "colour": None, "tags": None, "owner": None})
    assert (thing.colour, thing.tags, thing.owner) == ("", [], None)


@pytest.mark.parametrize(("value", "read"), [(7, "7"), (UUID(int=1), str(UUID(int=1)))])
def test_ids_are_text(value, read):
    assert Thing.parse({"thingId": value}).thing_id == read


def test_moments_have_a_time_zone():
    thing = Thing.parse({"thingId": "t", "made_at": "2025-03-01T10:00:00"})
    assert thing.made_at == datetime(2025, 3, 1, 10, tzinfo=UTC)


def test_lists_are_lists():
    assert Thing.parse_list([{"thingId": "t"}])[0].thing_id == "t"
    assert Thing.parse_list(None) == []
    assert Thing.parse(None) is None
    with pytest.raises(ValueError, match="an array was expected"):
        Thing.parse_list({"things": []})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*FileMetadata.model_fields, "x"]), json_values))
def test_any_reply_is_read_or_refused_with_a_value_error(data: dict[str, Any]):
    for model in (FileMetadata, User):
        try:
            model.parse(data)
        except ValueError as exc:
            assert "input_value" not in str(exc)  # noqa: PT017 - both ends are right


class Wish(Given):
    name: str = Field(max_length=5)
    secret: str | None = None


def test_arguments_are_refused_with_our_class_and_without_values():
    with pytest.raises(ValidationError, match="name: String should have at most") as caught:
        Wish(name="s3cr3t-value", secret="s3cr3t-value")
    assert "s3cr3t" not in str(caught.value) + repr(caught.value)
    assert caught.value.__cause__ is None
    with pytest.raises(ValidationError, match="name"):
        Wish.model_validate({})


def test_what_was_not_given_is_not_sent():
    assert Wish(name="a", more=1).to_dict() == {"name": "a", "more": 1}
