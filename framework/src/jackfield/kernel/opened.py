"""What a kernel has opened: each capability once, closed in reverse order."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from jackfield.errors import JackfieldError, SettingsError, StateError

T = TypeVar("T")
Close = Callable[[], Awaitable[None]]

CLOSE_TIMEOUT_S = 10.0
"""Most seconds that one capability may take to close."""

_log = logging.getLogger(__name__)


class Opened:
    """Opens lazily and once, notices circles, closes everything even when some of it fails."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], Any] = {}
        self._opening: list[tuple[str, str]] = []
        self._closers: dict[int, tuple[str, Close]] = {}
        self._number = 0
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether closing has begun."""
        return self._closed

    def once(self, kind: str, name: str, open_it: Callable[[], T]) -> T:
        """Return what `open_it` returned for this kind and name the first time.

        Raises:
            StateError: Closing has begun.
            SettingsError: The capability needs itself, directly or through others.
        """
        self.check()
        key = (kind, name)
        if key in self._found:
            found: T = self._found[key]
            return found
        if key in self._opening:
            raise _circle([*self._opening[self._opening.index(key) :], key])
        self._opening.append(key)
        try:
            opened = open_it()
        finally:
            self._opening.pop()
        self._found[key] = opened
        self.close_later(f"{kind} {name!r}", opened)
        return opened

    def close_later(self, label: str, thing: object) -> Callable[[], None]:
        """Close `thing` with the rest, if it has an `aclose`; return what takes that back."""
        close = getattr(thing, "aclose", None)
        self._number += 1
        number = self._number
        if close is not None:
            self._closers[number] = (label, close)
        return lambda: void(self._closers.pop(number, None))

    def check(self) -> None:
        """Refuse to go on once closed.

        Raises:
            StateError: Closing has begun.
        """
        if self._closed:
            raise StateError("The kernel is closed.", hint="Make a new one.")

    async def aclose(self) -> None:
        """Close everything, latest first; each failure is logged.

        Raises:
            JackfieldError: Something failed to close; raised when all was tried. Its cause is
                the failure, or a group of them.
        """
        self._closed = True
        failures: list[tuple[str, Exception]] = []
        cancelled: asyncio.CancelledError | None = None
        while self._closers:
            label, close = self._closers.pop(next(reversed(self._closers)))
            try:
                async with asyncio.timeout(CLOSE_TIMEOUT_S):
                    await close()
            except asyncio.CancelledError as error:
                cancelled = error  # the rest is closed all the same
            except Exception as error:  # noqa: BLE001 - collected, logged and raised below
                _log.warning("%s failed to close.", label.capitalize(), exc_info=error)
                failures.append((label, error))
        self._found.clear()
        if cancelled is not None:
            raise cancelled
        if failures:
            raise _close_failure(failures)


def void(_: object) -> None:
    """Do nothing with a value."""


def _circle(path: list[tuple[str, str]]) -> SettingsError:
    kind, name = path[-1]
    steps = " -> ".join(f"{kind} {name!r}" for kind, name in path)
    return SettingsError(
        f"{kind.capitalize()} {name!r} needs itself: {steps}.",
        hint="Let one of them use something else in the configuration.",
    )


def _close_failure(failures: list[tuple[str, Exception]]) -> JackfieldError:
    told = "; ".join(f"{label}: {_short(error)}" for label, error in failures)
    summary = JackfieldError(f"Not everything could be closed: {told}.")
    errors = [error for _, error in failures]
    summary.__cause__ = errors[0] if len(errors) == 1 else ExceptionGroup(told, errors)
    return summary


def _short(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {CLOSE_TIMEOUT_S:g} seconds"
    return str(error).rstrip(".") or type(error).__name__
