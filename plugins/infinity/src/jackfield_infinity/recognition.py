"""Whether the service knows the key: it takes one that it does not know for nobody's, silently.

Source: spec/infinity.md, 1: a wrong or revoked key runs as anonymous, with status 200.
"""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from jackfield.events import NoticeEvent
from jackfield.http import Request

ANONYMOUS_COOKIE = "infinity_anon_user"
ANONYMOUS = "anonymous"
"""Kind of the notice, and name in the metadata of answers."""

_KEY_HEADERS = ("x-api-key", "authorization")
_STREAM_PATH = "/chat/stream"


class Recognition:
    """Collects the signs of one call, as one of the service's response hooks.

    The quota decides where the service tells one. Where it does not, as in streams, the cookie
    does, which the service hands to those whom it does not know.

    Args:
        anonymous_quota: A quota as small is that of anonymous callers; 0 for no such quota.
    """

    def __init__(self, anonymous_quota: int) -> None:
        self._anonymous_quota = anonymous_quota
        self._has_key = False
        self._has_cookie = False
        self._is_stream = False

    def see(self, request: Request, status: int, headers: Mapping[str, str]) -> None:
        """Look at the head of an answer, and at the request, whose key is masked."""
        if not 200 <= status < 300:
            return
        self._has_key = any(name in request.headers for name in _KEY_HEADERS)
        self._has_cookie = f"{ANONYMOUS_COOKIE}=" in headers.get("set-cookie", "")
        self._is_stream = request.url.endswith(_STREAM_PATH)

    def notice(self, rate_limit: Mapping[str, Any] | None) -> NoticeEvent | None:
        """Return what to tell about a key that was not known; None if it was, or none was sent.

        Args:
            rate_limit: What the answer tells about the quota.
        """
        limit = (rate_limit or {}).get("limit")
        if not self._has_key or not self._is_anonymous(limit):
            return None
        sign = f"its quota is {limit}" if self._is_number(limit) else f"cookie {ANONYMOUS_COOKIE}"
        return NoticeEvent(
            kind=ANONYMOUS,
            message=f"Infinity seems not to know the API key: it answers as to an anonymous user "
            f"({sign}). {self._advice()}",
            details={"cookie": self._has_cookie, "limit": limit, "stream": self._is_stream},
        )

    def _is_anonymous(self, limit: Any) -> bool:
        if self._is_number(limit):
            return 0 <= limit <= self._anonymous_quota and self._anonymous_quota > 0
        return self._has_cookie

    def _is_number(self, value: Any) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool)

    def _advice(self) -> str:
        if self._is_stream:
            return "Streams of the service may not look at keys: set stream = false, or check it."
        return "Check whether the key is right and has not been revoked."


class Told:
    """Whom was told already: once for each key is enough."""

    def __init__(self) -> None:
        self._keys: OrderedDict[str | None, None] = OrderedDict()

    def is_news(self, key: str | None) -> bool:
        """Return whether nothing was told about this key yet, and remember that it is now."""
        if key in self._keys:
            return False
        self._keys[key] = None
        while len(self._keys) > 1000:
            self._keys.popitem(last=False)
        return True
