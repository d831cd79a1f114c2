"""Opening a TCP connection to whichever address of a host answers first.

asyncio has this (`happy_eyeballs_delay`), but leaves a socket open when it is cancelled at the
wrong moment.
"""

import asyncio
import socket
from typing import Any, TypeAlias

STAGGER_S = 0.25
"""Head start of each address before the next one is tried beside it (RFC 8305)."""

Address: TypeAlias = tuple[int, int, int, str, Any]


async def connect(host: str, port: int, local_address: str | None = None) -> socket.socket:
    """Return a connected socket that does not block.

    Raises:
        OSError: No address of the host answers, or there is none.
    """
    addresses = await _resolved(host, port)
    if len(addresses) == 1:
        return await _connect(addresses[0], local_address)
    return await _race(addresses, local_address)


async def _resolved(host: str, port: int) -> list[Address]:
    try:  # a literal address needs no thread
        return list(
            socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        )
    except socket.gaierror:
        loop = asyncio.get_running_loop()
        return list(await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM))


async def _connect(address: Address, local_address: str | None) -> socket.socket:
    family, kind, protocol, _, place = address
    plug = socket.socket(family, kind, protocol)
    try:
        plug.settimeout(0.0)
        if local_address is not None:
            plug.bind((local_address, 0))
        await asyncio.get_running_loop().sock_connect(plug, place)
    except BaseException:
        plug.close()
        raise
    return plug


async def _race(addresses: list[Address], local_address: str | None) -> socket.socket:
    """Try the addresses one after another, each beside those that have not answered yet."""
    loop = asyncio.get_running_loop()
    trying: list[asyncio.Task[socket.socket]] = []
    try:
        for address in addresses:
            trying.append(loop.create_task(_connect(address, local_address)))
            patience = None if address is addresses[-1] else STAGGER_S
            winner = await _first(trying, patience)
            if winner is not None:
                trying.remove(winner)
                return winner.result()
        raise _joined([task.exception() for task in trying])
    finally:  # awaits nothing, so that a cancellation cannot come in between
        for task in trying:
            task.add_done_callback(_close)
            task.cancel()


async def _first(
    trying: list[asyncio.Task[socket.socket]], patience: float | None
) -> asyncio.Task[socket.socket] | None:
    """Return the first task with a socket; None when all failed or patience is at its end."""
    loop = asyncio.get_running_loop()
    deadline = None if patience is None else loop.time() + patience
    while waiting := [task for task in trying if not task.done()]:
        left = None if deadline is None else deadline - loop.time()
        done, _ = await asyncio.wait(waiting, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            if task.exception() is None:
                return task
        if not done:
            return None
    return None


def _close(task: asyncio.Task[socket.socket]) -> None:
    if not task.cancelled() and task.exception() is None:
        task.result().close()


def _joined(errors: list[BaseException | None]) -> OSError:
    found = [error for error in errors if isinstance(error, OSError)]
    if found and all(error.errno == found[0].errno for error in found):
        return found[0]
    return OSError("; ".join(str(error) for error in found) or "no address")
