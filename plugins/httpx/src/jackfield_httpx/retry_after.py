"""How long a server asks to wait. Source: spec/openrouter.md, 13.4."""

import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from jackfield_httpx.error_bodies import mapping_of

_EPOCH_FROM = 1e9
_MILLISECONDS_FROM = 1e12


def retry_after_s(
    headers: Mapping[str, str], body: Mapping[str, Any], now: Callable[[], float] = time.time
) -> float | None:
    """Return for how many seconds a server asks to wait; None if it does not say.

    `Retry-After` (seconds or a date), else `availability.retry_after`, else
    `X-RateLimit-Reset` (epoch in seconds or milliseconds), also inside `metadata.headers`.
    """
    wait = _seconds(headers.get("retry-after"), now)
    if wait is None:
        wait = number_of(mapping_of(body.get("availability")).get("retry_after"))
    if wait is None:
        wait = _until_reset(headers, now)
    if wait is None:
        inner = mapping_of(mapping_of(body.get("metadata")).get("headers"))
        lowered = {str(name).lower(): str(value) for name, value in inner.items()}
        wait = _seconds(lowered.get("retry-after"), now)
        wait = _until_reset(lowered, now) if wait is None else wait
    return None if wait is None else max(wait, 0.0)


def _seconds(value: str | None, now: Callable[[], float]) -> float | None:
    if not value:
        return None
    number = number_of(value.strip())
    if number is not None:
        return number
    try:
        return parsedate_to_datetime(value).timestamp() - now()
    except (ValueError, TypeError, OverflowError):
        return None


def _until_reset(headers: Mapping[str, str], now: Callable[[], float]) -> float | None:
    reset = number_of(headers.get("x-ratelimit-reset"))
    if reset is None or reset < _EPOCH_FROM:  # no date: some servers count down
        return reset
    return (reset / 1000 if reset >= _MILLISECONDS_FROM else reset) - now()


def number_of(value: Any) -> float | None:
    """Return a number, or a text that is one; None for anything else, infinity included."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if abs(number) < 1e15 else None  # neither inf nor nan
