"""What a run wrote, between the run and those who read it.

A run never waits for a reader that is quick; one that lags holds up its own run and nobody else.
"""

import asyncio

HIGH_WATER_BYTES = 256 * 1024
"""So much may wait for the slowest reader before the run waits."""


class Tape:
    """Bytes of one answer.

    Args:
        keep_bytes: Keep so much from the beginning, for readers that come later; 0 keeps nothing.

    Attributes:
        ended: Whether all is written.
    """

    def __init__(self, *, keep_bytes: int = 0) -> None:
        self.ended = False
        self._keep_bytes = keep_bytes
        self._kept: list[bytes] = []
        self._early: list[bytes] | None = []  # written before the first reader came
        self._kept_bytes = 0
        self._readers: set[TapeReader] = set()
        self._released = False
        self._room: asyncio.Future[None] | None = None

    @property
    def from_start(self) -> bool:
        """Whether a new reader gets everything from the beginning."""
        return self._keep_bytes > 0

    @property
    def readers(self) -> int:
        """How many read."""
        return len(self._readers)

    @property
    def is_full(self) -> bool:
        """Whether the run should wait for its reader."""
        if self._released:
            return False
        return any(reader.waiting_bytes > HIGH_WATER_BYTES for reader in self._readers)

    def write(self, data: bytes) -> None:
        """Add bytes; whoever reads is woken."""
        if not data:
            return
        if self._keep_bytes:
            self._keep(data)
        if self._early is not None:
            self._early.append(data)
        for reader in self._readers:
            reader.put(data)

    def end(self) -> None:
        """Say that all is written."""
        self.ended = True
        for reader in self._readers:
            reader.wake()

    def open_reader(self, first: bytes | None = None) -> "TapeReader":
        """Return a reader; the first one, and all of a tape that keeps, begin at the beginning.

        Args:
            first: What it reads first instead.
        """
        missed = list(self._kept) if self._early is None else self._early
        self._early = None
        reader = TapeReader(self, missed if first is None else [first])
        self._readers.add(reader)
        return reader

    async def room(self) -> None:
        """Wait until the readers have taken what waits, or have gone."""
        while self.is_full:
            self._room = asyncio.get_running_loop().create_future()
            await self._room

    def release(self) -> None:
        """Never hold up the run again: it is to end."""
        self._released = True
        self.taken()

    def drop(self, reader: "TapeReader") -> None:
        """Forget a reader."""
        self._readers.discard(reader)
        self.taken()

    def taken(self) -> None:
        """Let the run go on if there is room again."""
        room = self._room
        if room is not None and not room.done() and not self.is_full:
            room.set_result(None)

    def _keep(self, data: bytes) -> None:
        self._kept.append(data)
        self._kept_bytes += len(data)
        if self._kept_bytes > self._keep_bytes:  # too long to be taken up again
            self._kept, self._keep_bytes = [], 0


class TapeReader:
    """One reader of a tape; close it.

    Args:
        tape: What is read.
        waiting: What is there already.
    """

    def __init__(self, tape: Tape, waiting: list[bytes]) -> None:
        self._tape = tape
        self._waiting = waiting
        self.waiting_bytes = sum(map(len, waiting))
        self._wake: asyncio.Future[None] | None = None
        self._beat = False
        self._stopped = False

    def put(self, data: bytes) -> None:
        """Take bytes to be read."""
        self._waiting.append(data)
        self.waiting_bytes += len(data)
        self.wake()

    def beat(self) -> None:
        """Have `read` return empty bytes if it waits: it is time for a sign of life."""
        self._beat = self._wake is not None
        self.wake()

    def wake(self) -> None:
        """Let `read` look again."""
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    async def read(self) -> bytes | None:
        """Return all that waits; empty after `beat`, None at the end."""
        while not self._waiting or self._stopped:
            if self._tape.ended or self._stopped:
                return None
            if self._beat:
                self._beat = False
                return b""
            self._wake = asyncio.get_running_loop().create_future()
            try:
                await self._wake
            finally:
                self._wake = None
        waiting, self._waiting = self._waiting, []
        self.waiting_bytes = 0
        self._tape.taken()
        return waiting[0] if len(waiting) == 1 else b"".join(waiting)

    def stop(self) -> None:
        """Have `read` return None from now on."""
        self._stopped = True
        self.wake()

    def close(self) -> None:
        """Read no more. Idempotent."""
        self._tape.drop(self)
