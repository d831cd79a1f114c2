"""Users: ids in paths, e-mail addresses, names that are changed and removed."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from jackfield.testing import Reply
from jackfield_lumnis.exceptions import NotFoundError, TransportError, ValidationError

USER = {
    "id": "u-1",
    "email": "u1@example.com",
    "first_name": "X",
    "last_name": None,
    "tenant_id": "n-1",
    "is_active": True,
    "created_at": "2025-03-01T10:00:00Z",
    "updated_at": "2025-03-02T10:00:00Z",
}
UUID_1 = UUID("550e8400-e29b-41d4-a716-446655440000")


async def test_a_user_is_created_with_what_is_given(api):
    user = await api.call("users.create", email="u1@example.com", first_name="X", answer=USER)
    assert api.sent == "POST /v1/users"
    assert api.body == {"email": "u1@example.com", "first_name": "X"}
    assert (user.id, user.email, user.last_name, user.is_active) == (
        "u-1",
        "u1@example.com",
        None,
        True,
    )
    assert user.created_at == datetime(2025, 3, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize("email", ["", "nobody", "@x", "a@", "a b@x.y", "a@x.y\n", None])
async def test_what_is_no_email_address_is_not_sent(api, email):
    with pytest.raises(ValidationError, match="e-mail"):
        await api.call("users.create", email=email)
    assert api.server.requests == []


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("a+b@c.co", "a%2Bb%40c.co"),
        ("a/b c?d#e", "a%2Fb%20c%3Fd%23e"),
        ("../tenant", "..%2Ftenant"),
        ("käse-☃", "k%C3%A4se-%E2%98%83"),
        ("100%", "100%25"),
        (UUID_1, str(UUID_1)),
    ],
)
async def test_ids_cannot_lead_elsewhere(api, given, sent):
    await api.call("users.get", given, answer=USER)
    assert api.sent == f"GET /v1/users/{sent}"


@pytest.mark.parametrize("given", ["", ".", "..", "\ud800"])
async def test_ids_that_are_none_are_not_sent(api, given):
    with pytest.raises(ValidationError):
        await api.call("users.get", given)
    assert api.server.requests == []


async def test_a_change_sends_what_is_given_and_null_for_none(api):
    await api.call("users.update", "u1@example.com", first_name="X", answer=USER)
    assert (api.sent, api.body) == ("PUT /v1/users/u1%40example.com", {"first_name": "X"})
    await api.call("users.update", "u-1", first_name=None, last_name="Y", answer=USER)
    assert api.body == {"first_name": None, "last_name": "Y"}


async def test_deletion_returns_none(api):
    assert await api.call("users.delete", "u-1", answer={"message": "gone"}) is None
    api.server.add(Reply(status=204))
    assert await api.call("users.delete", "u-1") is None
    assert api.sent == "DELETE /v1/users/u-1"


async def test_users_come_in_pages_of_at_most_100(api):
    pages = {
        "page": 2,
        "page_size": 100,
        "total": 101,
        "total_pages": 2,
        "has_next": False,
        "has_prev": True,
    }
    found = await api.call(
        "users.list", page=2, page_size=500, answer={"users": [USER], "pagination": pages}
    )
    assert api.sent == "GET /v1/users?page=2&page_size=100"
    assert found.users[0].email == "u1@example.com"
    assert (found.pagination.total, found.pagination.has_prev) == (101, True)
    await api.call("users.list", answer={"users": [], "pagination": None})
    assert api.sent == "GET /v1/users?page=1&page_size=20"


async def test_an_unknown_user_is_not_found(api):
    api.server.add(Reply(status=404, body="{}"))
    with pytest.raises(NotFoundError) as caught:
        await api.call("users.get", "nobody")
    assert caught.value.status_code == 404


@pytest.mark.parametrize("body", ["<html>", "[1]", '{"email": "no id"}', '{"id": "u-1"'])
async def test_answers_of_another_form_are_transport_errors(api, body):
    kind = "text/html" if body == "<html>" else "application/json"
    api.server.add(Reply(headers={"content-type": kind}, body=body))
    with pytest.raises(TransportError) as caught:
        await api.call("users.get", "u-1")
    assert caught.value.status_code == 200


async def test_no_body_is_none(api):
    api.server.add(Reply(status=204))
    assert await api.call("users.get", "u-1") is None
