"""A run of the service that somebody waits for: left early, it is cancelled there, too."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable

from jackfield_lumnis.connection import SocketClient
from jackfield_lumnis.exceptions import ErrorCode, LumnisAIError
from jackfield_lumnis.invoke.run import BegunRun, Run
from jackfield_lumnis.models.response import CreatedResponse, ProgressUpdate

_log = logging.getLogger(__name__)


async def delegated(
    client: SocketClient,
    run: Run,
    *,
    cancel_timeout_s: float,
    on_begun: Callable[[CreatedResponse], None],
) -> AsyncGenerator[ProgressUpdate, None]:
    """Begin a run and give each change of it; the last one is its end.

    Leaving early, being cancelled, and running out of time cancel the run at the service.

    Args:
        client: Speaks to the service.
        run: What is to be begun.
        cancel_timeout_s: Most seconds for cancelling it.
        on_begun: Told the ids of run and thread, once the service has given them.

    Raises:
        LumnisAIError: The run cannot be begun or asked for.
        JackfieldError: There is no key.
    """
    begun = await _begun(client, run, cancel_timeout_s)
    is_over = False
    try:
        on_begun(begun.created)
        async with client.iterate(begun.updates()) as updates:
            async for update in updates:
                is_over = update.response.is_terminal
                yield update
    except LumnisAIError as error:
        is_over = error.code is not ErrorCode.TIMEOUT  # else nobody answers just now
        raise
    finally:
        if not is_over:
            await _quietly(client.responses.cancel(begun.created.response_id), cancel_timeout_s)


async def _begun(client: SocketClient, run: Run, cancel_timeout_s: float) -> BegunRun:
    """Begin a run.

    Who cancels this still waits for its name: else nobody could cancel what the service has
    begun already.
    """
    beginning = asyncio.ensure_future(client.perform(run.begun()))

    async def cancel() -> None:
        begun = await asyncio.shield(beginning)
        await client.responses.cancel(begun.created.response_id)

    try:
        return await asyncio.shield(beginning)
    except asyncio.CancelledError:
        await _quietly(cancel(), cancel_timeout_s)
        raise
    finally:
        if not beginning.done():
            beginning.cancel()
            await asyncio.gather(beginning, return_exceptions=True)


async def _quietly(cancelling: Awaitable[object], timeout_s: float) -> None:
    """Await the cancellation of a run for a while; whoever left does not care how it goes."""
    try:
        async with asyncio.timeout(timeout_s):
            await cancelling
    except Exception as error:  # noqa: BLE001 - the run may have ended meanwhile
        _log.debug("The run was not cancelled at the service: %r", error)
