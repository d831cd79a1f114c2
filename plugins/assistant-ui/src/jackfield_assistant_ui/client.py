"""The client of a sync server, blocking and async in one. Source: spec/assistant-ui.md, a.1."""

import asyncio
from types import TracebackType
from typing import Any, Self

from jackfield.contracts import Transport
from jackfield_assistant_ui.running import RunningCalls
from jackfield_assistant_ui.service import assistant_service
from jackfield_assistant_ui.threads import ThreadClient
from jackfield_httpx.service import AsyncServiceClient, HeaderSource, SyncServiceClient
from jackfield_httpx.settings import HttpxSettings

_NOT_OURS = frozenset({"timeouts", "max_retries", "max_retry_delay"})


class AssistantClient:
    """Talks to a sync server of assistant-ui, in event loops and in threads.

    Nothing is opened before the first request. After `close` the next request opens it again.

    Args:
        base_url: Where the server is; a path in it is kept.
        headers: Sent with each request; or a function, for the async methods also an async one,
            that is asked for them before each request.
        timeout: Seconds to connect, to write, and between two reads; None for 10 s to connect
            and no other limit.
        options: Of the HTTP connection, such as `verify`, `proxy`, `ca_file`: the settings of the
            transport `httpx`; or `transport`, which sends the requests of the async methods
            and stays open when the client is closed.

    Raises:
        TypeError: There is no such option.
        ValueError: `base_url` is not the URL of a server, or an option has a wrong value.
    """

    def __init__(
        self,
        base_url: str,
        headers: HeaderSource | None = None,
        timeout: float | None = None,
        **options: Any,
    ) -> None:
        transport: Transport | None = options.pop("transport", None)
        settings = _settings(options)
        service = assistant_service(base_url, headers, timeout)
        self.base_url = service.base_url
        self.running = RunningCalls()
        self._blocking = SyncServiceClient(service, settings=settings)
        self._awaited = AsyncServiceClient(service, transport=transport, settings=settings)
        self._was_awaited = False
        self._closing: set[asyncio.Task[None]] = set()

    def threads(self, thread_id: str) -> ThreadClient:
        """Return the client of a thread; nothing is sent.

        Args:
            thread_id: Any string.
        """
        return ThreadClient(thread_id, self)

    @property
    def blocking(self) -> SyncServiceClient:
        """What sends from threads."""
        return self._blocking

    @property
    def awaited(self) -> AsyncServiceClient:
        """What sends from event loops."""
        self._was_awaited = True
        return self._awaited

    async def close(self) -> None:
        """Close all connections, those of threads too; idempotent."""
        self._blocking.close()
        await self._awaited.aclose()

    def close_sync(self) -> None:
        """Close all connections, those of event loops too; idempotent."""
        self._blocking.close()
        if not self._was_awaited:
            return
        self._was_awaited = False
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            asyncio.run(self._awaited.aclose())
            return
        task = loop.create_task(self._awaited.aclose())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close_sync()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"AssistantClient({self.base_url!r})"


def _settings(options: dict[str, Any]) -> HttpxSettings | None:
    known = set(HttpxSettings.model_fields) - _NOT_OURS
    if unknown := sorted(options.keys() - known):
        raise TypeError(
            f"AssistantClient has no option {unknown[0]!r}; it has: {', '.join(sorted(known))}."
        )
    return HttpxSettings(**options) if options else None
