"""Asking a server that was just opened what its model can do: the one use of its listener."""

import http.client
import json
import socket
from typing import Any

from jackfield.errors import ProviderError
from jackfield_local.abilities import Abilities


def ask_abilities(address: str, key: str) -> Abilities:
    """Return what the model behind this listener can do.

    Args:
        address: `unix://<path>` or `http://<host>:<port>`.
        key: The key that the listener demands.

    Raises:
        ProviderError: The listener answers with an error.
    """
    properties = _properties(address, key)
    return Abilities(
        context_tokens=int(properties["default_generation_settings"]["n_ctx"]),
        tools=bool(properties["chat_template_caps"].get("supports_tools")),
    )


def _properties(address: str, key: str) -> dict[str, Any]:
    connection = _connect(address)
    try:
        connection.request("GET", "/props", headers={"Authorization": f"Bearer {key}"})
        answer = connection.getresponse()
        properties: dict[str, Any] = json.loads(answer.read())
    finally:
        connection.close()
    if answer.status != http.client.OK:
        raise ProviderError(f"llama.cpp does not tell what the model can do: {properties}")
    return properties


def _connect(address: str) -> http.client.HTTPConnection:
    scheme, _, place = address.partition("://")
    return _UnixConnection(place) if scheme == "unix" else http.client.HTTPConnection(place)


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost")
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self._path)
