"""How often somebody may ask."""

import time
from collections.abc import Callable

_FORGET_AT = 10_000


class RateLimit:
    """A bucket of tokens for each caller; it fills in a minute.

    Args:
        per_minute: Size of the bucket.
        clock: Seconds that only grow.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._size = float(per_minute)
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}  # tokens, and when that was counted

    def wait_s(self, caller: str) -> float:
        """Take a token; return 0, or in how many seconds there will be one."""
        now = self._clock()
        tokens, counted = self._buckets.get(caller, (self._size, now))
        tokens = min(self._size, tokens + (now - counted) * self._size / 60)
        if len(self._buckets) > _FORGET_AT:
            self._forget(now)
        if tokens < 1:
            self._buckets[caller] = (tokens, now)
            return (1 - tokens) * 60 / self._size
        self._buckets[caller] = (tokens - 1, now)
        return 0.0

    def _forget(self, now: float) -> None:
        """Drop those who could have a full bucket again."""
        self._buckets = {
            caller: held for caller, held in self._buckets.items() if now - held[1] < 60
        }
