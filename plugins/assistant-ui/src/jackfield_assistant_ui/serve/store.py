"""Threads and open questions in SQLite; each user sees their own only.

Calls run one after another in a thread of their own, so that the disk never holds up a stream.
"""

import asyncio
import json
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

_SCHEMA = """
create table if not exists threads (
    user text not null, id text not null, title text not null, updated_at integer not null,
    state text not null, primary key (user, id)
) without rowid;
create index if not exists threads_by_time on threads (user, updated_at desc);
create table if not exists approvals (
    user text not null, id text not null, thread text not null, call_id text not null,
    name text not null, arguments text not null, created_at integer not null,
    primary key (user, id)
) without rowid;
"""
_VERSION = 1
_APPROVAL_MS = 7 * 24 * 3600 * 1000
MAX_LISTED = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadRow:
    """A thread without its state; `updated_at` in epoch milliseconds."""

    id: str
    title: str
    updated_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A call that waits for the user's approval, as the model made it.

    Attributes:
        id: Of the question.
        call_id: Of the call.
        name: Of the tool.
        arguments: Of the call; these are run, whatever the page sends back.
    """

    id: str
    call_id: str
    name: str
    arguments: dict[str, Any]


class ThreadStore:
    """The threads of all users.

    Args:
        path: Of the database; None keeps it in memory. Its folder is made, for the owner only.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="threads")
        self._db: sqlite3.Connection | None = None
        self._closed = False

    async def list(self, user: str) -> list[ThreadRow]:
        """Return the user's threads, the latest first."""
        sql = "select id, title, updated_at from threads where user = ? order by updated_at desc "
        rows = await self._do(lambda db: db.execute(sql + "limit ?", (user, MAX_LISTED)).fetchall())
        return [ThreadRow(id=id_, title=title, updated_at=at) for id_, title, at in rows]

    async def get(self, user: str, thread: str) -> tuple[ThreadRow, Any] | None:
        """Return a thread and its state; None if the user has no such thread."""
        sql = "select title, updated_at, state from threads where user = ? and id = ?"
        row = await self._do(lambda db: db.execute(sql, (user, thread)).fetchone())
        if row is None:
            return None
        return ThreadRow(id=thread, title=row[0], updated_at=row[1]), json.loads(row[2])

    async def put(self, user: str, thread: str, title: str, state: bytes) -> None:
        """Keep a thread; the title that it has already stays.

        Args:
            user: Whose it is.
            thread: Its id.
            title: For a new thread.
            state: As JSON.
        """
        sql = (
            "insert into threads (user, id, title, updated_at, state) values (?, ?, ?, ?, ?) "
            "on conflict (user, id) do update set state = excluded.state, "
            "updated_at = excluded.updated_at, "
            "title = case when threads.title = '' then excluded.title else threads.title end"
        )
        row = (user, thread, title, _now_ms(), state.decode())
        await self._do(lambda db: db.execute(sql, row))

    async def rename(self, user: str, thread: str, title: str) -> bool:
        """Give a thread another title; False if the user has no such thread."""
        sql = "update threads set title = ? where user = ? and id = ?"
        done = await self._do(lambda db: db.execute(sql, (title, user, thread)).rowcount)
        return done > 0

    async def delete(self, user: str, thread: str) -> bool:
        """Remove a thread and its questions; False if the user has no such thread."""

        def work(db: sqlite3.Connection) -> int:
            db.execute("delete from approvals where user = ? and thread = ?", (user, thread))
            sql = "delete from threads where user = ? and id = ?"
            return db.execute(sql, (user, thread)).rowcount

        return await self._do(work) > 0

    async def ask(self, user: str, thread: str, question: Question) -> None:
        """Keep a question until it is answered; unanswered ones go after a week."""
        row = (
            user,
            question.id,
            thread,
            question.call_id,
            question.name,
            json.dumps(question.arguments),
            _now_ms(),
        )

        def work(db: sqlite3.Connection) -> None:
            db.execute("delete from approvals where created_at < ?", (_now_ms() - _APPROVAL_MS,))
            db.execute("insert into approvals values (?, ?, ?, ?, ?, ?, ?)", row)

        await self._do(work)

    async def answered(self, user: str, question: str) -> Question | None:
        """Take a question out; None if there is none, or it was answered before."""
        sql = "delete from approvals where user = ? and id = ? returning call_id, name, arguments"
        rows = await self._do(lambda db: db.execute(sql, (user, question)).fetchall())
        if not rows:
            return None
        call_id, name, arguments = rows[0]
        return Question(
            id=question, call_id=call_id, name=name, arguments=dict(json.loads(arguments))
        )

    async def check(self) -> None:
        """Raise `sqlite3.Error` if the database cannot be read."""
        await self._do(lambda db: db.execute("select 1 from threads limit 1").fetchone())

    async def aclose(self) -> None:
        """Finish what is under way and close the file. Idempotent."""
        if self._closed:
            return
        self._closed = True
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._worker, self._close)
        self._worker.shutdown()

    async def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._worker, self._in_transaction, work)

    def _in_transaction(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._db is None:
            self._db = _opened(self._path)
        with self._db:
            return work(self._db)

    def _close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None


def _opened(path: Path | None) -> sqlite3.Connection:
    if path is None:
        db = sqlite3.connect(":memory:")
    else:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        db = sqlite3.connect(path, timeout=10)
        db.execute("pragma journal_mode = wal")
        db.execute("pragma synchronous = normal")
    db.executescript(_SCHEMA)
    db.execute(f"pragma user_version = {_VERSION}")
    return db


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
