"""The progress display of a kernel that nobody gave one: two lines in the log."""

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from jackfield.contracts import Progress

_log = logging.getLogger(__name__)


class ProgressFactory(Protocol):
    """Makes a progress display; has the form of `contracts.Host.progress`."""

    def __call__(
        self, description: str, *, total: int | None = None, unit: str = ""
    ) -> AbstractContextManager[Progress]:
        """Show progress while the context is open."""


class _Unseen:
    def advance(self, amount: int) -> None:
        """Nobody watches."""


@contextmanager
def logged_progress(
    description: str, *, total: int | None = None, unit: str = ""
) -> Iterator[Progress]:
    """Log the beginning and the end of a piece of work, at level INFO."""
    size = f" ({total} {unit})".replace(" )", ")") if total is not None else ""
    _log.info("%s%s ...", description, size)
    yield _Unseen()
    _log.info("%s: done", description)
