"""Event sink `assistant-ui`: mirrors runs into threads of a server, which its pages show."""

import asyncio
import hashlib
import logging
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from jackfield import AgentEvent, EventSink, Host, hookimpl
from jackfield_assistant_ui.connection import Connection
from jackfield_assistant_ui.mirror.outbox import Outbox
from jackfield_assistant_ui.mirror.sender import Sender
from jackfield_assistant_ui.mirror.turns import TurnReader
from jackfield_assistant_ui.settings import AssistantSinkSettings

jackfield_api = "0.1"
jackfield_touches = {
    # The outbox, until the server has taken what is in it.
    "files": ["{cache}/assistant-ui"],
    "hosts": ["{base_url}"],  # in braces: what a setting says
}

CACHE = "assistant-ui"


class AssistantUiSink:
    """Sends each turn of a run once it is over; what cannot be sent waits in a file.

    Args:
        settings: Where to.
        connection: To the server.
        folder: Returns the folder for the outbox.
        logger: Is told of failures.
    """

    def __init__(
        self,
        settings: AssistantSinkSettings,
        connection: Connection,
        folder: Callable[[], Path],
        logger: logging.Logger,
    ) -> None:
        self._settings = settings
        self._connection = connection
        self._folder = folder
        self._log = logger
        self._turns = TurnReader(settings.thread)
        self._outbox: Outbox | None = None
        self._sender: Sender | None = None

    async def handle(self, events: Sequence[AgentEvent]) -> None:
        """Put what the events complete into the outbox; a task of its own sends it.

        Raises:
            OSError: It cannot be put there.
        """
        entries = self._turns.read(events)
        outbox, sender = await self._opened()
        if entries:
            await asyncio.to_thread(outbox.add, entries)
            sender.wake()

    async def aclose(self) -> None:
        """Send what can be sent in a few seconds; the rest is sent next time. Idempotent."""
        sender, self._sender = self._sender, None
        outbox, self._outbox = self._outbox, None
        if sender is None or outbox is None:
            return
        await sender.aclose(self._settings.close_timeout_s)
        if left := await asyncio.to_thread(len, outbox):
            self._log.warning("%d entries wait for the server until next time.", left)
        await asyncio.to_thread(outbox.close)

    async def _opened(self) -> tuple[Outbox, Sender]:
        if self._outbox is None:
            self._outbox = await asyncio.to_thread(lambda: Outbox(self._folder()))
        if self._sender is None:
            self._sender = Sender(
                self._outbox,
                self._connection.client(),
                self._log,
                max_backoff_s=self._settings.max_backoff_s,
            )
        return self._outbox, self._sender


def folder_name(name: str, base_url: str) -> str:
    """Return the name of the folder for one sink and one server."""
    digest = hashlib.sha256(f"{name} {base_url}".encode()).hexdigest()[:12]
    return f"{re.sub(r'[^A-Za-z0-9_-]+', '_', name)[:40]}-{digest}"


@hookimpl
def open_sink(name: str, settings: AssistantSinkSettings, kernel: Host) -> EventSink:
    """Open the sink; nothing is sent or written before the first event."""
    return AssistantUiSink(
        settings,
        Connection.open(name, settings, kernel),
        lambda: kernel.cache_dir(CACHE) / folder_name(name, settings.base_url),
        kernel.logger(name),
    )


@hookimpl
def describe_settings() -> type[Any]:
    """Return the settings of the sink."""
    return AssistantSinkSettings
