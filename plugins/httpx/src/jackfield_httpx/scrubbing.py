"""Taking credentials out of what is recorded: by their names, and by their values."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from jackfield.credentials import MASK
from jackfield.http import Request
from jackfield_httpx.masking import CREDENTIALS, is_secret_name, secrets_in

_SECRET_FIELD = re.compile(
    r"(api|private|secret|access)[-_]?(access[-_]?)?key(id)?|(access|refresh|id|auth|session)"
    r"[-_]?token|authorization|bearer|(client|app)?[-_]?secret|passw(or)?d|credentials?",
    re.IGNORECASE,
)
_JSON_FIELDS = [
    re.compile(
        rb"(?P<quote>" + quote_ + rb""")(?P<name>[A-Za-z0-9_.-]{1,64})(?P=quote)\s*:\s*(?P=quote)"""
        rb"(?P<value>.*?)(?<!\\)(?P=quote)",
        re.DOTALL,
    )
    for quote_ in (rb'\\+"', b'"')  # JSON inside a string of JSON first
]
_FORM_FIELD = re.compile(rb"(?P<name>[A-Za-z0-9_.-]{1,64})=(?P<value>[^&\s]*)")


class Scrubber:
    """Removes credentials from requests and answers.

    Args:
        values: Further values that are secret wherever they stand.
        names: Further names whose values are.
    """

    def __init__(self, values: Iterable[str] = (), names: Iterable[str] = ()) -> None:
        self._values = [value for value in values if value]
        self._names = {name.lower() for name in names}

    def known(self, request: Request) -> list[str]:
        """Return all values that must not be written, longest first."""
        told = {name.lower() for name in request.metadata.get(CREDENTIALS, ())}
        pairs = [*request.headers.items(), *parse_qsl(urlsplit(request.url).query)]
        told |= self._names
        by_name = [value for name, value in pairs if name.lower() in told]
        bare = [value.rpartition(" ")[2] for value in by_name]
        found = {*self._values, *by_name, *bare, *secrets_in(request)}
        found |= {quote(value, safe="") for value in found}
        return sorted((value for value in found if value), key=len, reverse=True)

    def headers(self, headers: Mapping[str, str], known: Sequence[str]) -> dict[str, str]:
        """Return headers without the values of credentials."""
        return {
            name: MASK if self._is_secret(name) else _replaced(value, known)
            for name, value in headers.items()
        }

    def url(self, url: str, known: Sequence[str]) -> str:
        """Return a URL without secret query parameters."""
        parts = urlsplit(url)
        pairs = [self._pair(pair) for pair in parts.query.split("&")] if parts.query else []
        clean = urlunsplit((parts.scheme, parts.netloc, parts.path, "&".join(pairs), ""))
        return _replaced(clean, known)

    def request_body(self, body: bytes, known: Sequence[str]) -> bytes:
        """Return a request's body with each secret replaced by the same mask."""
        body = self._fields(body, lambda _: MASK.encode())
        for value in known:
            body = body.replace(value.encode(), MASK.encode())
        return body

    def pieces(self, pieces: Sequence[bytes], known: Sequence[str]) -> list[bytes]:
        """Return an answer's pieces with each secret starred out, also where it was cut in two.

        All lengths stay as they are.
        """
        whole = self._fields(b"".join(pieces), lambda value: b"*" * len(value))
        for value in known:
            whole = whole.replace(value.encode(), b"*" * len(value.encode()))
        cut, at = [], 0
        for piece in pieces:
            cut.append(whole[at : at + len(piece)])
            at += len(piece)
        return cut

    def text(self, text: str, known: Sequence[str]) -> str:
        """Return a message without known values."""
        return _replaced(text, known)

    def _is_secret(self, name: str) -> bool:
        return is_secret_name(name) or name.lower() in self._names

    def _pair(self, pair: str) -> str:
        name, equals, _ = pair.partition("=")
        return f"{name}={MASK}" if equals and self._is_secret(name) else pair

    def _fields(self, body: bytes, mask: Callable[[bytes], bytes]) -> bytes:
        def masked(match: re.Match[bytes]) -> bytes:
            name = match["name"].decode()
            if not (_SECRET_FIELD.fullmatch(name) or name.lower() in self._names):
                return match[0]
            start, end = (place - match.start() for place in match.span("value"))
            return match[0][:start] + mask(match["value"]) + match[0][end:]

        for pattern in _JSON_FIELDS:
            body = pattern.sub(masked, body)
        is_form = b"=" in body[:256] and not body.lstrip().startswith((b"{", b"[", b"data:", b"<"))
        return _FORM_FIELD.sub(masked, body) if is_form else body


def _replaced(text: str, known: Sequence[str]) -> str:
    for value in known:
        text = text.replace(value, MASK)
    return text
