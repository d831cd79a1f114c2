"""What the tests of the sockets share."""

import textwrap
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from jackfield.plugins.index import PluginIndex
from jackfield.plugins.sockets import Sockets

PROLOGUE = """
    from pydantic import BaseModel
    from jackfield.plugins.hookspecs import hookimpl
    from jackfield.tools import AgentTool

    class P:
        def __init__(self, name): self.name = name
        def stream(self, model, context, options): ...
        async def models(self): return []
        async def aclose(self): ...
"""


class Panel:
    """Installs plugins for a test and opens them."""

    def __init__(self, installed_plugin: Callable[..., Any]) -> None:
        self._install = installed_plugin
        self.host = object()

    def add(self, distribution: str, code: str, **parts: Any) -> Any:
        """Install a plugin whose code begins with `PROLOGUE`."""
        text = textwrap.dedent(PROLOGUE) + textwrap.dedent(code)
        return self._install(distribution, code=text, **parts)

    def provider(self, code: str, *, name: str = "demo", distribution: str = "acme-demo") -> Any:
        """Install a plugin with one provider."""
        return self.add(distribution, code, entry_points={"provider": [name]})

    def hook(self, code: str, *, name: str = "spy", distribution: str = "acme-spy") -> Any:
        """Install a plugin with one hook plugin."""
        return self.add(distribution, code, entry_points={"hook": [name]})

    def sockets(self, hooks: tuple[str, ...] = (), prefer: Mapping[str, str] | None = None) -> Any:
        """Return sockets over what is installed now."""
        sockets = Sockets(PluginIndex.scan(), prefer)
        if hooks:
            sockets.use_hooks(hooks)
        return sockets

    def open(
        self,
        use: str = "demo",
        *,
        kind: str = "provider",
        name: str = "",
        settings: Mapping[str, Any] | None = None,
        hooks: tuple[str, ...] = (),
    ) -> Any:
        """Open one capability with fresh sockets."""
        name = name or use
        sockets = self.sockets(hooks)
        return sockets.open(kind, use, name, settings or {}, self.host, f"{kind}s.{name}")


@pytest.fixture
def panel(installed_plugin: Callable[..., Any]) -> Panel:
    """A panel without plugins but the built-in ones."""
    return Panel(installed_plugin)
