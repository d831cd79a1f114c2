"""Sends what waits in an outbox, one batch after the other."""

import asyncio
import logging
import random
from collections.abc import Callable

from jackfield.errors import ProviderError
from jackfield_assistant_ui.mirror.outbox import MAX_ENTRIES, Batch, End, Outbox
from jackfield_assistant_ui.plans import CHAT
from jackfield_httpx.service import AsyncServiceClient, Reply

THREADS, THREAD = "/api/threads", "/api/threads/{}"

_FIRST_WAIT_S = 0.5
_PASSING = frozenset({401, 403, 404, 405, 407, 408, 421, 423, 425, 429})
"""Refusals that may pass, after a key or an address was corrected; nothing is lost meanwhile."""
_TOO_LARGE = 413
_NO_THREAD = frozenset({404, 405, 501})


class Sender:
    """A task that sends until nothing is left, and waits where the server fails.

    A batch of which nobody knows whether it arrived is sent again with the name of the message
    that it follows: the server cuts what comes after that one, so that the batch is there once.

    Args:
        outbox: What is to be sent.
        client: To the server.
        logger: Is told of failures.
        max_backoff_s: Longest wait after a failure.
        chance: From 0 to 1, for the wait.
    """

    def __init__(
        self,
        outbox: Outbox,
        client: AsyncServiceClient,
        logger: logging.Logger,
        *,
        max_backoff_s: float,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._outbox = outbox
        self._client = client
        self._log = logger
        self._max_backoff_s = max_backoff_s
        self._chance = chance
        self._failures = 0
        self._most = MAX_ENTRIES
        self._asked_again: set[str] = set()
        self._wake = asyncio.Event()
        self._closing = False
        self._task = asyncio.get_running_loop().create_task(self._work(), name="assistant-ui sink")

    def wake(self) -> None:
        """Say that there is something to send."""
        self._wake.set()

    async def aclose(self, timeout_s: float) -> None:
        """Send what can be sent in that time, and stop.

        Args:
            timeout_s: Seconds.
        """
        self._closing = True
        self._wake.set()
        await asyncio.wait({self._task}, timeout=timeout_s)
        self._task.cancel()
        await asyncio.wait({self._task})

    async def _work(self) -> None:
        while True:
            self._wake.clear()
            wait_s = await self._send_all()
            if self._closing:
                return
            await self._pause(wait_s)

    async def _pause(self, wait_s: float | None) -> None:
        """Wait for something to send; after a failure, for a while."""
        if wait_s is None:
            await self._wake.wait()
            return
        try:
            async with asyncio.timeout(wait_s):
                while not self._closing:
                    await self._wake.wait()
                    self._wake.clear()
        except TimeoutError:
            pass

    async def _send_all(self) -> float | None:
        """Send until nothing is left; return after how many seconds to go on, None for never."""
        try:
            while (batch := await asyncio.to_thread(self._outbox.next, self._most)) is not None:
                try:
                    await self._send(batch)
                except ProviderError as error:
                    if not await self._found_a_way(batch, error):
                        return self._wait_s(error)
                else:
                    self._failures, self._most = 0, MAX_ENTRIES
                    self._asked_again.discard(batch.thread_id)
        except Exception as error:  # noqa: BLE001 - no key, a full disk ...: the task must go on
            return self._wait_s(error)
        return None

    async def _send(self, batch: Batch) -> None:
        end = batch.end
        if end is None:
            end = await self._end_of(batch.thread_id)
            await asyncio.to_thread(self._outbox.begin, batch, end)
        commands = batch.commands
        if batch.is_attempted and end.is_known:
            commands = [{**commands[0], "parentId": end.last_id, "sourceId": None}, *commands[1:]]
        await asyncio.to_thread(self._outbox.attempt, batch)
        body = {"threadId": batch.thread_id, "commands": commands}
        call = self._client.call("POST", CHAT, json=body, read_reply=_end_in)
        end = await self._client.perform(call)
        await asyncio.to_thread(self._outbox.taken, batch, end)

    async def _end_of(self, thread_id: str) -> End:
        """Return where a thread ends; known to be empty if the server knows no such thread."""
        call = self._client.call("GET", THREAD, thread_id, read_reply=_end_in)
        try:
            return await self._client.perform(call)
        except ProviderError as error:
            if error.status not in _NO_THREAD:
                raise
        return End(is_known=await self._has_threads())

    async def _has_threads(self) -> bool:
        """Return whether the server tells of threads at all."""
        call = self._client.call("GET", THREADS, read=lambda found: "threads" in found)
        try:
            return await self._client.perform(call)
        except ProviderError as error:
            if error.status not in _NO_THREAD and error.kind != "protocol":
                raise
            return False

    async def _found_a_way(self, batch: Batch, error: ProviderError) -> bool:
        """Return whether there is something better than to wait and to try it again."""
        status = error.status
        if error.details.get("unsent"):
            await asyncio.to_thread(self._outbox.attempt, batch, is_sent=batch.is_attempted)
        if status is None or status >= 500 or status < 400 or status in _PASSING:
            return False
        if status == _TOO_LARGE and self._most > 1:
            self._most = 1
            return True
        if batch.end is not None and batch.thread_id not in self._asked_again:
            # The thread is not as we left it: somebody has deleted it, for example.
            self._asked_again.add(batch.thread_id)
            await asyncio.to_thread(self._outbox.forget, batch)
            return True
        self._log.error(
            "The server will never take a turn of thread %r, which stays in the outbox: %s",
            batch.thread_id,
            error,
        )
        await asyncio.to_thread(self._outbox.refuse, batch, str(error))
        return True

    def _wait_s(self, error: Exception) -> float:
        self._failures += 1
        if self._failures == 1:
            self._log.warning("Turns wait for the server: %s", error)
        told = error.retry_after_s if isinstance(error, ProviderError) else None
        wait = _FIRST_WAIT_S * 2.0 ** min(self._failures - 1, 20)
        wait = min(wait if told is None else told, self._max_backoff_s)
        return wait * (0.5 + 0.5 * self._chance())


def _end_in(reply: Reply) -> End:
    """Return the end of a thread that an answer tells, in a state of our schema."""
    document = reply.json_or_none()
    state = document.get("state") if isinstance(document, dict) else None
    messages = state.get("messages") if isinstance(state, dict) else None
    if not isinstance(messages, list):
        return End()
    last = messages[-1] if messages else {"id": None}
    found = last.get("id") if isinstance(last, dict) else None
    return End(is_known=isinstance(found, str) or not messages, last_id=found)
