"""Opens a built-in as the kernel does: by its entry point, with validated settings."""

import logging
from typing import Any

import pytest

from jackfield.plugins.index import PluginIndex
from jackfield.plugins.sockets import Sockets


class LoggerHost:
    """The part of the host that built-ins ask for."""

    def logger(self, name: str) -> logging.Logger:
        return logging.getLogger(f"jackfield.plugins.{name}")


class Panel:
    """Opens what this distribution offers, whatever else is installed."""

    def __init__(self, index: PluginIndex) -> None:
        self._sockets = Sockets(index)

    def open(self, kind: str, use: str, *, name: str | None = None, **settings: Any) -> Any:
        name = name or use
        return self._sockets.open(kind, use, name, settings, LoggerHost(), f"{kind}.{name}")


@pytest.fixture(scope="session")
def own_index() -> PluginIndex:
    """What the distribution `jackfield` offers."""
    entries = PluginIndex.scan().entries()
    return PluginIndex([entry for entry in entries if entry.distribution == "jackfield"])


@pytest.fixture
def panel(own_index: PluginIndex) -> Panel:
    return Panel(own_index)
