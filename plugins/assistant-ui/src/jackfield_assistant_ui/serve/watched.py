"""Waiting for something as long as the client waits for it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.types import Receive


async def watched(receive: Receive, wait: Callable[[], Awaitable[Any]]) -> None:
    """Return when `wait` does, or when the client has gone."""
    waiting = asyncio.ensure_future(wait())
    watching = asyncio.ensure_future(_until_gone(receive))
    try:
        await asyncio.wait({waiting, watching}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (waiting, watching):
            task.cancel()
        await asyncio.gather(waiting, watching, return_exceptions=True)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
