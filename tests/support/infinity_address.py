"""Puts a service of the tests in place of Infinity's own: clients have no setting for that."""

import pytest

from jackfield_infinity import AsyncInfinityAssistantClient, InfinityAssistantClient
from jackfield_infinity.service import BASE_URL


def put_at(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Have clients and sockets that name no address find the service at this one."""
    for client in (InfinityAssistantClient, AsyncInfinityAssistantClient):
        defaults = client.__init__.__defaults__  # type: ignore[misc]  # of both classes
        assert defaults is not None
        assert BASE_URL in defaults
        changed = tuple(url if each == BASE_URL else each for each in defaults)
        monkeypatch.setattr(client.__init__, "__defaults__", changed)
    for section in ("PROVIDERS", "TOOLS"):
        monkeypatch.setenv(f"JACKFIELD_{section}__INFINITY__BASE_URL", url)
