"""The kinds of socket: entry-point group, open hook and contract; and what we publish.

Imports no contracts: listing what is installed must not pay for asyncio.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of socket.

    Attributes:
        name: `provider`, `tools`, `transport`, `auth`, `sink`, `command` or `hook`.
        group: Entry-point group.
        singular: For people: `provider`, `tool set` ...
        plural: For people: `providers`, `tool sets` ...
        open_hook: The hook that a plugin of this kind must have; empty for `hook`, whose plugins
            may have any run hook or wrapper.
        protocol: Name of what the open hook must return, in `jackfield.contracts`; empty where
            that is not one object.
    """

    name: str
    group: str
    singular: str
    plural: str
    open_hook: str = ""
    protocol: str = ""


_ALL = (
    Kind(
        name="provider",
        group="jackfield.providers",
        singular="provider",
        plural="providers",
        open_hook="open_provider",
        protocol="Provider",
    ),
    Kind(
        name="tools",
        group="jackfield.tools",
        singular="tool set",
        plural="tool sets",
        open_hook="open_tools",
    ),
    Kind(
        name="transport",
        group="jackfield.transports",
        singular="transport",
        plural="transports",
        open_hook="open_transport",
        protocol="Transport",
    ),
    Kind(
        name="auth",
        group="jackfield.auth",
        singular="auth method",
        plural="auth methods",
        open_hook="open_auth",
        protocol="Auth",
    ),
    Kind(
        name="sink",
        group="jackfield.sinks",
        singular="event sink",
        plural="event sinks",
        open_hook="open_sink",
        protocol="EventSink",
    ),
    Kind(
        name="command",
        group="jackfield.commands",
        singular="command",
        plural="commands",
        open_hook="register_commands",
    ),
    Kind(name="hook", group="jackfield.hooks", singular="hook plugin", plural="hook plugins"),
)

KINDS: dict[str, Kind] = {kind.name: kind for kind in _ALL}
"""All kinds by name, in the order in which people are shown them."""

KIND_OF_GROUP: dict[str, str] = {kind.group: kind.name for kind in _ALL}
"""Entry-point group -> kind."""

OPENED: tuple[str, ...] = tuple(kind.name for kind in _ALL if kind.open_hook.startswith("open_"))
"""The kinds whose capabilities are opened with settings."""

SETTLED: tuple[str, ...] = (*OPENED, "command")
"""The kinds that can have settings."""

PUBLISHED: dict[tuple[str, str], str] = {
    ("provider", "alchemy"): "jackfield-alchemy",
    ("provider", "assistant-ui"): "jackfield-assistant-ui",
    ("provider", "fallback"): "jackfield-fallback",
    ("provider", "infinity"): "jackfield-infinity",
    ("provider", "local"): "jackfield-local",
    ("provider", "lumnis"): "jackfield-lumnis",
    ("provider", "openai"): "jackfield-openai",
    ("provider", "openrouter"): "jackfield-openrouter",
    ("provider", "proxy"): "jackfield-proxy",
    ("tools", "infinity"): "jackfield-infinity",
    ("tools", "lumnis"): "jackfield-lumnis",
    ("transport", "httpx"): "jackfield-httpx",
    ("auth", "infinity"): "jackfield-infinity",
    ("auth", "lumnis"): "jackfield-lumnis",
    ("auth", "openrouter"): "jackfield-openrouter",
    ("sink", "assistant-ui"): "jackfield-assistant-ui",
    ("command", "serve"): "jackfield-assistant-ui",
}
"""(kind, name) -> the distribution of this project that offers it."""
