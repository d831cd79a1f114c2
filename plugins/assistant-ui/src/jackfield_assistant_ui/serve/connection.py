"""One connection of a client that may be slow, silent or hostile.

uvicorn bounds idle connections only: a request that never becomes complete, and a reader that
takes nothing, would stay for ever.
"""

import asyncio
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 64 * 1024
"""Longest request line and headers."""


class BoundedConnection(HttpToolsProtocol):
    """uvicorn's protocol with limits; `bounded` makes a class with those of the settings."""

    request_timeout_s: ClassVar[float] = 20.0
    stall_timeout_s: ClassVar[float] = 60.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_bytes = 0
        self._head_is_open = False
        self._head_timer: asyncio.TimerHandle | None = None
        self._stall_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop all clocks."""
        self._stop_head_timer()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read, but not endless headers."""
        if self._head_is_open or self._head_timer is not None:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._head_is_open and self._head_bytes > MAX_HEAD_BYTES:
            self.transport.abort()

    def on_message_begin(self) -> None:
        """A request begins: its head has to come in time."""
        super().on_message_begin()
        self._head_is_open = True
        if self._head_timer is None:
            self._expect_head()

    def on_headers_complete(self) -> None:
        """The head is there; the body has its own clock."""
        self._head_is_open, self._head_bytes = False, 0
        self._stop_head_timer()
        super().on_headers_complete()

    def pause_writing(self) -> None:
        """The client takes nothing any more: not for ever."""
        super().pause_writing()
        if self._stall_timer is None:
            self._stall_timer = self.loop.call_later(self.stall_timeout_s, self.transport.abort)

    def resume_writing(self) -> None:
        """The client takes again."""
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None
        super().resume_writing()

    def _expect_head(self) -> None:
        self._head_timer = self.loop.call_later(self.request_timeout_s, self.transport.abort)

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


def bounded(request_timeout_s: float, stall_timeout_s: float) -> type[BoundedConnection]:
    """Return the protocol with limits.

    Args:
        request_timeout_s: Most seconds until the head of a request is complete.
        stall_timeout_s: Seconds after which a reader that takes nothing is given up.
    """
    limits = {"request_timeout_s": request_timeout_s, "stall_timeout_s": stall_timeout_s}
    return type("Connection", (BoundedConnection,), limits)
