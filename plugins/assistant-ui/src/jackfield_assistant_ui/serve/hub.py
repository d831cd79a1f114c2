"""All answers that are being given, and those that can be read again."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from jackfield_assistant_ui.serve.refusal import RefusalError
from jackfield_assistant_ui.serve.run import Run
from jackfield_assistant_ui.serve.settings import ServeSettings
from jackfield_assistant_ui.serve.tape import TapeReader


@dataclass(slots=True, kw_only=True, eq=False)
class Live:
    """A run and whose it is.

    Attributes:
        user: Who asked.
        thread: In which thread; as the page calls it.
        stream_id: Names the answer; no credential.
        run: The run.
        resumable: Whether it outlives its readers for a while.
        timer: Ends it when that while is over.
    """

    user: str
    thread: str
    stream_id: str
    run: Run
    resumable: bool = False
    timer: asyncio.TimerHandle | None = field(default=None, repr=False)


class Hub:
    """Knows the runs of all users.

    Args:
        settings: Has the limits.

    Attributes:
        draining: Whether the server is about to stop: no new runs.
    """

    def __init__(self, settings: ServeSettings) -> None:
        self.draining = False
        self._settings = settings
        self._runs: dict[str, Live] = {}
        self._over: dict[str, Live] = {}
        self._per_user: Counter[str] = Counter()
        self._watching: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._runs)

    def check_room(self, user: str) -> None:
        """Refuse a run too many.

        Raises:
            RefusalError: The limit is reached, or the server is about to stop.
        """
        if self.draining:
            raise RefusalError(503, "The server is about to stop.", headers={"retry-after": "10"})
        settings = self._settings
        if len(self._runs) >= settings.max_runs:
            raise RefusalError(503, "The server is busy. Try again later.")
        if self._per_user[user] >= settings.max_runs_per_user:
            raise RefusalError(429, "Too many answers at the same time.")

    def add(self, live: Live) -> None:
        """Take a run that has begun; it is forgotten when it is over."""
        self._runs[live.stream_id] = live
        self._per_user[live.user] += 1
        task = asyncio.get_running_loop().create_task(self._watch(live), name="end of an answer")
        self._watching.add(task)
        task.add_done_callback(self._watching.discard)

    def of_thread(self, user: str, thread: str) -> Iterator[Live]:
        """Yield the runs of a user's thread, the latest first."""
        for live in reversed(list(self._runs.values())):
            if live.user == user and live.thread == thread:
                yield live

    def find(self, user: str, stream_id: str) -> Live | None:
        """Return a run of the user, also one that is over and can be read again."""
        live = self._runs.get(stream_id) or self._over.get(stream_id)
        return live if live is not None and live.user == user else None

    def is_known(self, stream_id: str) -> bool:
        """Tell whether the run exists, whoever's it is."""
        return stream_id in self._runs or stream_id in self._over

    def cancel_thread(self, user: str, thread: str) -> bool:
        """End all runs of a user's thread; False if there are none."""
        found = list(self.of_thread(user, thread))
        for live in found:
            live.run.cancel()
        return bool(found)

    def reader(self, live: Live, first: bytes | None = None) -> TapeReader:
        """Return a reader of the run."""
        if live.timer is not None:
            live.timer.cancel()
            live.timer = None
        return live.run.tape.open_reader(first)

    def left(self, live: Live, reader: TapeReader) -> None:
        """Note that a reader has gone; nobody's answer is ended, at once or after a while."""
        reader.close()
        if live.run.tape.readers or live.run.tape.ended:
            return
        if live.resumable and self._settings.resume_grace_s and not self.draining:
            loop = asyncio.get_running_loop()
            live.timer = loop.call_later(self._settings.resume_grace_s, live.run.cancel)
        else:
            live.run.cancel()

    async def idle(self) -> None:
        """Wait until no run is under way."""
        while self._runs:
            await next(iter(self._runs.values())).run.finished.wait()
            await asyncio.sleep(0)  # whoever forgets it has its turn

    def cancel_all(self) -> None:
        """End all runs, in good order."""
        for live in list(self._runs.values()):
            live.run.cancel()

    async def aclose(self) -> None:
        """End all runs and wait for their ends."""
        self.cancel_all()
        await self.idle()
        await asyncio.gather(*self._watching)
        self._over.clear()

    async def _watch(self, live: Live) -> None:
        await live.run.finished.wait()
        del self._runs[live.stream_id]
        self._per_user[live.user] -= 1
        if not self._per_user[live.user]:
            del self._per_user[live.user]
        if live.timer is not None:
            live.timer.cancel()
        if live.run.tape.from_start and self._settings.resume_kept_s and not self.draining:
            self._over[live.stream_id] = live
            loop = asyncio.get_running_loop()
            loop.call_later(self._settings.resume_kept_s, self._over.pop, live.stream_id, None)
