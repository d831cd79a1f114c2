"""What a server has not taken yet, in a file that outlives the process."""

import json
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jackfield_assistant_ui.mirror.turns import Entry

MAX_ENTRIES = 20
"""Most entries of one batch."""

_MOST_FILES = 100
_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    thread_id TEXT NOT NULL,
    commands TEXT NOT NULL,
    is_turn INTEGER NOT NULL,
    is_attempted INTEGER NOT NULL DEFAULT 0,
    refused TEXT
);
CREATE TABLE IF NOT EXISTS threads (
    thread_id TEXT PRIMARY KEY,
    is_known INTEGER NOT NULL,
    last_id TEXT
);
"""


@dataclass(frozen=True, slots=True)
class End:
    """The end of a thread at the server.

    Attributes:
        is_known: Whether the server told it.
        last_id: Of the last message; None if the thread is empty, or if that is not known.
    """

    is_known: bool = False
    last_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What is sent next: entries of one thread, the last of them a turn.

    Attributes:
        thread_id: Of the thread.
        numbers: Of the entries, in order.
        commands: Of all entries.
        is_attempted: Whether something of it was sent before, and nobody knows what came of it.
        end: What this follows; None if the server was not asked yet.
    """

    thread_id: str
    numbers: list[int]
    commands: list[dict[str, Any]]
    is_attempted: bool
    end: End | None


class Outbox:
    """The entries of one sink, in their order; may be used by several threads.

    A file belongs to whoever has it open. One that a dead process left is taken over, with all
    that waits in it.

    Args:
        folder: Where the files are.

    Raises:
        OSError: There is no room for a file.
    """

    def __init__(self, folder: Path) -> None:
        self._database = _opened(folder)
        self._lock = threading.Lock()

    def add(self, entries: Sequence[Entry]) -> None:
        """Append entries; they are in the file when this returns."""
        rows = [(each.thread_id, json.dumps(each.commands), each.is_turn) for each in entries]
        with self._lock, self._database:
            self._database.executemany(
                "INSERT INTO entries (thread_id, commands, is_turn) VALUES (?, ?, ?)", rows
            )

    def next(self, most: int = MAX_ENTRIES) -> Batch | None:
        """Return what is sent next; None if nothing can be sent.

        Args:
            most: Most entries; one turn is returned in any case.
        """
        with self._lock:
            first = self._database.execute(
                "SELECT thread_id FROM entries WHERE is_turn AND refused IS NULL ORDER BY number"
            ).fetchone()
            return None if first is None else self._batch(first[0], most)

    def begin(self, batch: Batch, end: End) -> None:
        """Remember where a thread ends, before anything is sent to it."""
        with self._lock, self._database:
            self._remember(batch.thread_id, end)

    def attempt(self, batch: Batch, *, is_sent: bool = True) -> None:
        """Remember that a batch is being sent; or that it never was."""
        with self._lock, self._database:
            self._database.executemany(
                "UPDATE entries SET is_attempted = ? WHERE number = ?",
                [(is_sent, number) for number in batch.numbers],
            )

    def taken(self, batch: Batch, end: End) -> None:
        """Forget a batch that the server took.

        Args:
            batch: That one.
            end: Of the thread now.
        """
        with self._lock, self._database:
            numbers = [(number,) for number in batch.numbers]
            self._database.executemany("DELETE FROM entries WHERE number = ?", numbers)
            self._remember(batch.thread_id, end)

    def forget(self, batch: Batch) -> None:
        """Forget where a thread ends."""
        with self._lock, self._database:
            self._database.execute("DELETE FROM threads WHERE thread_id = ?", (batch.thread_id,))

    def refuse(self, batch: Batch, reason: str) -> None:
        """Keep a batch, that will never be taken, out of the way; it stays in the file."""
        with self._lock, self._database:
            self._database.executemany(
                "UPDATE entries SET refused = ? WHERE number = ?",
                [(reason, number) for number in batch.numbers],
            )

    def __len__(self) -> int:
        with self._lock:
            [count] = self._database.execute(
                "SELECT count(*) FROM entries WHERE refused IS NULL"
            ).fetchone()
        return int(count)

    def close(self) -> None:
        """Close the file, which then is anybody's."""
        with self._lock:
            self._database.close()

    def _batch(self, thread_id: str, most: int) -> Batch:
        rows = self._database.execute(
            "SELECT number, commands, is_turn, is_attempted FROM entries"
            " WHERE thread_id = ? AND refused IS NULL ORDER BY number",
            (thread_id,),
        ).fetchall()
        rows = rows[: _end([bool(row[2]) for row in rows], most)]
        end = self._database.execute(
            "SELECT is_known, last_id FROM threads WHERE thread_id = ?", (thread_id,)
        ).fetchone()
        return Batch(
            thread_id=thread_id,
            numbers=[row[0] for row in rows],
            commands=[command for row in rows for command in json.loads(row[1])],
            is_attempted=any(row[3] for row in rows),
            end=None if end is None else End(is_known=bool(end[0]), last_id=end[1]),
        )

    def _remember(self, thread_id: str, end: End) -> None:
        self._database.execute(
            "INSERT OR REPLACE INTO threads VALUES (?, ?, ?)",
            (thread_id, end.is_known, end.last_id),
        )


def _end(are_turns: list[bool], most: int) -> int:
    """Return after how many entries a batch ends: with the last turn that fits, or the first."""
    ends = [number for number, is_turn in enumerate(are_turns, 1) if is_turn]
    return max((end for end in ends if end <= most), default=ends[0])


def _opened(folder: Path) -> sqlite3.Connection:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for number in range(_MOST_FILES):
        path = folder / f"outbox-{number}.sqlite"
        path.touch(mode=0o600)
        database = sqlite3.connect(path, timeout=0, check_same_thread=False)
        try:
            # The lock is held until the file is closed, and goes with a process that dies.
            database.execute("PRAGMA locking_mode = EXCLUSIVE")
            database.execute("BEGIN EXCLUSIVE")
            database.execute("COMMIT")
            database.executescript(_SCHEMA)
        except sqlite3.OperationalError:
            database.close()
            continue
        return database
    raise OSError(f"All {_MOST_FILES} outboxes in {folder} are in use.")
