"""Opens a built-in as the kernel does: through pluggy, with validated settings."""

import logging
from importlib import import_module
from typing import Any

import pluggy
import pytest

from jackfield.plugins import hookspecs


class LoggerHost:
    """The part of the host that built-ins ask for."""

    def logger(self, name: str) -> logging.Logger:
        return logging.getLogger(f"jackfield.plugins.{name}")


class Panel:
    """Registers one module and calls its hooks."""

    def hook(self, module: str) -> Any:
        manager = pluggy.PluginManager("jackfield")
        manager.add_hookspecs(hookspecs)
        manager.register(import_module(f"jackfield.builtins.{module}"))
        manager.check_pending()
        return manager.hook

    def open(self, socket: str, use: str, *, name: str | None = None, **settings: Any) -> Any:
        prefix = {"sink": "sink", "auth": "auth", "tools": "tools"}[socket]
        hook = self.hook(f"{prefix}_{use}")
        model = hook.describe_settings(kind=socket, name=use)
        value = model.model_validate(settings) if model else settings
        opener = getattr(hook, f"open_{socket}")
        return opener(name=name or use, settings=value, kernel=LoggerHost())


@pytest.fixture
def panel() -> Panel:
    return Panel()
