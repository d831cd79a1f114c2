"""uvicorn, set up for streams, and a stop that lets answers end."""

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager

import uvicorn

from jackfield.errors import OptionError
from jackfield_assistant_ui.serve.app import Application
from jackfield_assistant_ui.serve.connection import bounded
from jackfield_assistant_ui.serve.settings import ServeSettings

_LAST_WORDS_S = 5.0
"""For answers that were ended, to say so."""

_BACKLOG = 512


def listening(settings: ServeSettings) -> socket.socket:
    """Return a socket at the address of the settings.

    Raises:
        OptionError: The address cannot be had.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        raise OptionError(
            f"The server cannot listen at {settings.host}, port {settings.port}: {error.strerror}.",
            hint="Choose another port with --port, or in [commands.serve].",
        ) from error


class Server(uvicorn.Server):
    """Serves the application until it is told to stop.

    Args:
        application: What is served; closed at the end.
        settings: Where and with which limits.
        on_start: Called with the address when the server listens.
    """

    def __init__(
        self,
        application: Application,
        settings: ServeSettings,
        *,
        on_start: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(
            uvicorn.Config(
                application.asgi,
                http=bounded(settings.request_timeout_s, settings.stall_timeout_s),
                ws="none",
                loop="asyncio",
                lifespan="off",
                access_log=False,
                log_config=None,
                server_header=False,
                proxy_headers=False,
                backlog=_BACKLOG,
                limit_concurrency=settings.max_connections,
                timeout_graceful_shutdown=round(settings.shutdown_s + _LAST_WORDS_S),
            )
        )
        self._application = application
        self._settings = settings
        self._on_start = on_start
        self._url = ""

    @property
    def url(self) -> str:
        """Where the server listens."""
        return self._url

    def stop(self) -> None:
        """Take no more requests, let answers end; call it in the loop of the server."""
        self._application.hub.draining = True
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say where."""
        await super().startup(sockets or [listening(self._settings)])
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        self._url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        if self._on_start is not None:
            self._on_start(self.url)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let answers end, for a while; then end them, each with a proper last word."""
        hub = self._application.hub
        hub.draining = True
        ending = asyncio.get_running_loop().call_later(self._settings.shutdown_s, hub.cancel_all)
        try:
            await super().shutdown(sockets)
        finally:
            ending.cancel()
            await self._application.aclose()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Take signals as a wish to stop, and do not raise them again: the stop is the answer."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {
            number: signal.signal(number, self.handle_exit)
            for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
