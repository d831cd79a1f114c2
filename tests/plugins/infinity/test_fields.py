"""The fields of a chat message, and what becomes of answers in other forms."""

import pytest

from jackfield_infinity.answers import chat_response
from jackfield_infinity.fields import chat_body

PAIRS = {
    "conversation_id": "conversationId",
    "driving_mode": "drivingMode",
    "session_id": "sessionId",
    "user_context": "userContext",
    "user_id": "userId",
    "user_tier": "userTier",
}


@pytest.mark.parametrize(("snake", "camel"), PAIRS.items())
def test_a_field_has_two_names_and_is_given_once(snake, camel):
    expected = {"message": "Hi", camel: "x"}
    assert chat_body("Hi", {snake: "x"}) == expected
    assert chat_body("Hi", {camel: "x"}) == expected
    with pytest.raises(TypeError, match=f"{camel}.*{snake}"):
        chat_body("Hi", {snake: "x", camel: "x"})
    with pytest.raises(TypeError, match=camel):
        chat_body("Hi", {snake: None, camel: "x"})


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (True, {"enabled": True}),
        (False, {"enabled": False}),
        ({"enabled": True, "isEV": True}, {"enabled": True, "isEV": True}),
    ],
)
@pytest.mark.parametrize("name", ["driving_mode", "drivingMode"])
def test_driving_mode_is_an_object_on_the_wire(name, given, sent):
    assert chat_body("Hi", {name: given})["drivingMode"] == sent


def test_other_fields_pass_and_none_is_left_out():
    given = {"mode": "assist", "assistant_mood": 1, "essence": None, "preferences": {"a": None}}
    assert chat_body("Hi", given) == {
        "message": "Hi",
        "mode": "assist",
        "assistant_mood": 1,
        "preferences": {"a": None},
    }


@pytest.mark.parametrize("message", [None, 7, b"Hi", ["Hi"]])
def test_a_message_is_a_text(message):
    with pytest.raises(TypeError, match="message must be a text"):
        chat_body(message, {})


def test_what_the_service_adds_stays():
    body = {"response": "a", "rateLimit": {"limit": 1}, "later": 2, "metadata": {"model": "m"}}
    assert chat_response(body) == {**body, "success": True}


def test_what_is_named_twice_is_taken_in_the_documented_form():
    body = {
        "data": {"message_id": "old", "messageId": "new", "model": "outer"},
        "metadata": {"model": "inner"},
    }
    found = chat_response(body)
    assert (found["messageId"], found["metadata"]) == ("new", {"model": "inner"})
    assert body["data"]["message_id"] == "old"


def test_data_of_another_form_are_left_alone():
    assert chat_response({"data": "x"}) == {"data": "x", "success": True}
