"""For whom a call is made, and how often tenant scope is warned of."""

import logging
import uuid

import pytest

from jackfield_lumnis.exceptions import MissingUserId, TenantScopeUserIdConflict, ValidationError
from jackfield_lumnis.scoping import Scoping, TenantWarning
from jackfield_lumnis.types import Scope

ANNA = uuid.UUID("550e8400-e29b-41d4-a716-446655440000")


@pytest.mark.parametrize(
    ("user_id", "expected"), [("u", "u"), (ANNA, str(ANNA)), ("a b/c@é", "a b/c@é")]
)
def test_a_user_is_a_text(user_id, expected):
    assert Scoping().user_of(user_id) == expected
    assert Scoping().for_user(user_id).user_of() == expected


@pytest.mark.parametrize("nobody", [None, ""])
def test_an_empty_user_is_nobody(nobody):
    with pytest.raises(MissingUserId):
        Scoping().user_of(nobody)
    with pytest.raises(MissingUserId):
        Scoping().for_user(nobody)
    assert Scoping(Scope.TENANT).user_of(nobody) is None
    assert Scoping().default_user(nobody) is None


def test_the_scope_of_a_call_wins():
    assert Scoping("tenant").user_of("u", "user") == "u"
    assert Scoping().user_of(None, Scope.TENANT) is None
    assert Scoping().user_of("u", "") == "u"
    with pytest.raises(TenantScopeUserIdConflict):
        Scoping().for_user("u").user_of(None, "tenant")


def test_an_unknown_scope_is_refused():
    for wrong in ("TENANT", "all", 7):
        with pytest.raises(ValidationError) as caught:
            Scoping(wrong)
        assert caught.value.code == "INVALID_SCOPE"


def test_external_keys_know_their_user_from_the_call_only():
    assert Scoping().for_user("u").explicit_user(None) is None
    assert Scoping().explicit_user("u") == "u"
    with pytest.raises(TenantScopeUserIdConflict):
        Scoping(Scope.TENANT).explicit_user("u")


def test_tenant_scope_is_warned_of_ten_times_a_minute(caplog):
    times = [0.0]
    scoping = Scoping(Scope.TENANT, warning=TenantWarning(lambda: times[0]))
    with caplog.at_level(logging.WARNING, logger="lumnisai.scoping"):
        for _ in range(15):
            scoping.user_of()
        assert len(caplog.records) == 10
        times[0] = 12.0
        for _ in range(5):
            scoping.user_of()
        assert len(caplog.records) == 12


def test_clients_that_share_connections_share_the_warnings(caplog):
    parent = Scoping(Scope.TENANT, warning=TenantWarning(lambda: 0.0))
    child = parent.for_user("u")
    with caplog.at_level(logging.WARNING, logger="lumnisai.scoping"):
        for _ in range(15):
            child.for_user("v").user_of(None, None)
            parent.user_of()
    assert len(caplog.records) == 10
