"""Which deliveries were seen before, for a while."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable

MOST_SEEN = 100_000


class SeenDeliveries:
    """Remembers digests for some seconds, and not more than `MOST_SEEN` of them.

    Args:
        window_s: How long.
        clock: Seconds.
    """

    def __init__(self, window_s: float, clock: Callable[[], float]) -> None:
        self._window_s = window_s
        self._clock = clock
        self._until: OrderedDict[bytes, float] = OrderedDict()

    def digest(self, content: bytes) -> bytes:
        """Return what is remembered of some bytes."""
        return hashlib.sha256(content).digest()

    def add(self, digest: bytes) -> bool:
        """Remember a digest; return whether it is new."""
        now = self._clock()
        self._drop_old(now)
        if digest in self._until:
            return False
        self._until[digest] = now + self._window_s
        return True

    def forget(self, digest: bytes) -> None:
        """Forget a digest, so that it is new again."""
        self._until.pop(digest, None)

    def _drop_old(self, now: float) -> None:
        while self._until:
            digest, until = next(iter(self._until.items()))
            if until > now and len(self._until) < MOST_SEEN:
                return
            del self._until[digest]
