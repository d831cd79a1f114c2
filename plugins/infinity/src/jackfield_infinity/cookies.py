"""The cookies of one client: they make its anonymous calls those of one user.

Source: spec/infinity.md, 1.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from jackfield.http import Request

_NEXT = re.compile(r",\s*(?=[^\s;,=]+=)")
"""Between two cookies of one line; the comma of a date is followed by no name."""

_ENDED = re.compile(r";\s*max-age=(0|-\d+)\s*(;|$)", re.IGNORECASE)
_PLAIN = re.compile(r"([^\s;,=]+)=([\x21\x23-\x2b\x2d-\x3a\x3c-\x7e]*)")


class Cookies:
    """Keeps in memory what the service sets, and sends it along; two hooks of a service.

    The client talks to one service, which is why names and values are all that it looks at.
    """

    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    def add(self, request: Request) -> Request:
        """Return the request with the cookies, unless it brings its own."""
        values = self._values
        if not values or "cookie" in request.headers:
            return request
        line = "; ".join(f"{name}={value}" for name, value in values.items())
        return replace(request, headers={**request.headers, "cookie": line})

    def keep(self, request: Request, status: int, headers: Mapping[str, str]) -> None:  # noqa: ARG002 - a response hook
        """Remember what an answer sets; an age of 0 or less ends a cookie."""
        told = headers.get("set-cookie")
        if not told:
            return
        values = dict(self._values)
        for cookie in _NEXT.split(told):
            found = _PLAIN.match(cookie)
            if found and _ENDED.search(cookie):
                values.pop(found[1], None)
            elif found:
                values[found[1]] = found[2]
        self._values = values

    def clear(self) -> None:
        """Forget all."""
        self._values = {}
