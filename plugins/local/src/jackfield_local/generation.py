"""One answer on its way from a thread of llama.cpp to the event loop.

The thread adds chunks; the loop is woken once for all that are ready, not once a token.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from typing import Any


class Generation:
    """One answer under way; made on the event loop that reads it.

    Args:
        request: The body of the chat request, as JSON.
    """

    def __init__(self, request: bytes) -> None:
        self.request = request
        self._chunks: deque[bytes] = deque()
        self._loop = asyncio.get_running_loop()
        self._ready = asyncio.Event()
        self._told = False  # the loop knows that something is ready
        self._stopped = False  # by us, or by the engine when it closes
        self._ended = False
        self._error: BaseException | None = None

    @property
    def was_stopped(self) -> bool:
        """Whether somebody asked it to stop."""
        return self._stopped

    def stop(self) -> None:
        """Stop llama.cpp at its next token, or batch of the prompt. From any thread."""
        self._stopped = True

    async def batches(self) -> AsyncGenerator[list[bytes], None]:
        """Yield what has arrived, in order, until the answer ends; stops it when left early.

        Raises:
            BaseException: What the native call raised.
        """
        try:
            while True:
                await self._ready.wait()
                self._ready.clear()
                ended = self._ended  # before the chunks: none can follow once it is set
                if batch := self._drain():
                    yield batch
                if ended:
                    break
        finally:
            if not self._ended:
                self.stop()
        if self._error is not None:
            raise self._error

    def run(self, server: Any) -> None:
        """Compute the answer; called on a thread of the engine, returns when it is over."""
        error: BaseException | None = None
        try:
            if not self._stopped:
                server.handle_chat_completions(self.request, self._take)
        except Exception as raised:  # noqa: BLE001 - C++ errors have many faces; the reader gets it
            error = raised
        self.end(error)

    def end(self, error: BaseException | None = None) -> None:
        """Say that nothing more will come. From any thread."""
        self._error = error
        self._ended = True
        self._told = False
        self._tell()

    def _take(self, chunk: bytes) -> bool:
        """Take a chunk from llama.cpp; True asks it to stop."""
        if not self._stopped:
            self._chunks.append(chunk)
            self._tell()
        return self._stopped

    def _tell(self) -> None:
        if self._told:
            return
        self._told = True
        try:
            self._loop.call_soon_threadsafe(self._ready.set)
        except RuntimeError:  # the loop is closed: nobody will read this
            self._stopped = True

    def _drain(self) -> list[bytes]:
        self._told = False  # before the look: what arrives from here on wakes us again
        batch = []
        while self._chunks:
            batch.append(self._chunks.popleft())
        return batch
