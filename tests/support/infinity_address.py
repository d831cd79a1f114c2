"""Puts a service of the tests in place of Infinity's own: clients have no setting for that."""

import pytest


def put_at(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Have clients and sockets that name no address find the service at this one."""
    # Not at the top: the reader of pages imports the plugin anew for each page.
    import jackfield_infinity
    from jackfield_infinity.service import BASE_URL

    for name in ("InfinityAssistantClient", "AsyncInfinityAssistantClient"):
        init = getattr(jackfield_infinity, name).__init__
        assert BASE_URL in init.__defaults__
        changed = tuple(url if each == BASE_URL else each for each in init.__defaults__)
        monkeypatch.setattr(init, "__defaults__", changed)
    for section in ("PROVIDERS", "TOOLS"):
        monkeypatch.setenv(f"JACKFIELD_{section}__INFINITY__BASE_URL", url)
