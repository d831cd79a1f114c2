"""Answers over HTTP: streams that nothing cuts, and short ones."""

import asyncio
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from jackfield_assistant_ui.serve.hub import Hub, Live
from jackfield_assistant_ui.serve.tape import TapeReader
from jackfield_assistant_ui.wire.encoders.json_bytes import strict_bytes

STREAM_ID_HEADER = "x-resumable-stream-id"


class StreamReply(Response):
    """Sends what a run writes; the run is told when its reader leaves.

    Args:
        hub: Has the run.
        live: The run.
        reader: Reads its tape.
        heartbeat_s: Seconds of silence before a sign of life.
    """

    def __init__(self, hub: Hub, live: Live, reader: TapeReader, *, heartbeat_s: float) -> None:
        encoder = live.run.story.encoder
        super().__init__(None, headers=dict(encoder.headers))
        del self.headers["content-length"]
        self.headers["content-type"] = encoder.content_type
        if live.resumable:
            self.headers[STREAM_ID_HEADER] = live.stream_id
        self._hub, self._live, self._reader = hub, live, reader
        self._heartbeat = encoder.heartbeat
        self._heartbeat_s = heartbeat_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        """Send it."""
        watching = asyncio.create_task(self._watch(receive))
        beating = _Heartbeat(self._reader, self._heartbeat_s) if self._heartbeat else None
        try:
            await send(
                {
                    "type": "http.response.start",
                    "status": self.status_code,
                    "headers": self.raw_headers,
                }
            )
            while (data := await self._reader.read()) is not None:
                body = data or self._heartbeat
                await send({"type": "http.response.body", "body": body, "more_body": True})
                if beating is not None:
                    beating.quiet = False
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            if beating is not None:
                beating.stop()
            self._hub.left(self._live, self._reader)
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _watch(self, receive: Receive) -> None:
        """Wait until the client goes, and say so."""
        while (await receive())["type"] != "http.disconnect":
            pass
        self._hub.left(self._live, self._reader)
        self._reader.stop()


class _Heartbeat:
    """Rouses a reader when nothing was sent for a while; one timer, not one per delta."""

    def __init__(self, reader: TapeReader, interval_s: float) -> None:
        self.quiet = True
        self._reader = reader
        self._interval_s = interval_s
        self._timer = asyncio.get_running_loop().call_later(interval_s, self._tick)

    def stop(self) -> None:
        self._timer.cancel()

    def _tick(self) -> None:
        if self.quiet:
            self._reader.beat()
        self.quiet = True
        self._timer = asyncio.get_running_loop().call_later(self._interval_s, self._tick)


def json_reply(
    value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a reply of strict JSON."""
    return Response(strict_bytes(value), status, headers, media_type="application/json")


def plain_reply(text: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a reply of plain text, which no browser takes for a page."""
    return Response(text, status, headers, media_type="text/plain")
