"""The assistant-ui client in one test, whether it blocks or is awaited."""

import asyncio
from typing import Any

from jackfield.testing import LoopbackServer
from jackfield_assistant_ui import AssistantClient


class Either:
    """Calls the methods of one kind.

    Args:
        kind: `sync` or `async`.
        client: Whose methods.
        server: That it talks to.
    """

    def __init__(self, kind: str, client: AssistantClient, server: LoopbackServer) -> None:
        self.kind = kind
        self.client = client
        self.server = server

    @property
    def is_sync(self) -> bool:
        return self.kind == "sync"

    async def chat(self, thread_id: str = "t1", **arguments: Any) -> Any:
        thread = self.client.threads(thread_id)
        if self.is_sync:
            return await asyncio.to_thread(thread.chat_sync, **arguments)
        return await thread.chat(**arguments)

    async def cancel(self, thread_id: str = "t1") -> Any:
        thread = self.client.threads(thread_id)
        if self.is_sync:
            return await asyncio.to_thread(thread.cancel_sync)
        return await thread.cancel()

    async def stream(self, thread_id: str = "t1", **arguments: Any) -> list[Any]:
        found: list[Any] = []
        await self.read(found, thread_id, **arguments)
        return found

    async def read(self, found: list[Any], thread_id: str = "t1", **arguments: Any) -> None:
        """Add the events of a stream to a list as they come."""
        thread = self.client.threads(thread_id)
        if self.is_sync:

            def work() -> None:
                with thread.stream_sync(**arguments) as events:
                    found.extend(events)

            await asyncio.to_thread(work)
        else:
            async with thread.stream(**arguments) as events:
                async for event in events:
                    found.append(event)  # noqa: PERF401 - kept when the stream breaks
