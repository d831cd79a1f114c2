"""A lock between processes. The system frees it when its process ends, however it ends."""

import sys
from pathlib import Path
from types import TracebackType
from typing import Self

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FileLock:
    """A lock that is held through an open file; leaving the context frees it.

    Args:
        path: The lock's file; made if missing, and left in place.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab")

    def acquire(self) -> bool:
        """Try to take the lock; False when somebody else has it."""
        try:
            _lock(self._file.fileno())
        except OSError:
            return False
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()
