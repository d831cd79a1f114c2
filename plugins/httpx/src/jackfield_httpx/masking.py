"""Keeping credentials out of logs, errors and recordings."""

import json
import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from jackfield.credentials import MASK
from jackfield.http import Request

CREDENTIALS = "credentials"
"""Key of `Request.metadata`: names of the headers and query parameters that an auth added."""

SECRETS = "secrets"
"""Key of `Request.metadata`: `Hidden` values in the body, such as a key to be stored."""

_SECRET_NAME = re.compile(
    r"auth|cookie|token|secret|passw|credential|signature|session[-_]?key"
    r"|(^|[-_.])key$|api[-_]?key|access[-_]?key|private[-_]?key|^sig$|^code$",
    re.IGNORECASE,
)
_INNOCENT = re.compile(
    r"^(max|min|num|prompt|completion|total|input|output|cached|reasoning)[-_]|tokens?[-_]|tokens$"
    r"|author(?!iz)|cache[-_]?key|www-authenticate|x-ratelimit",
    re.IGNORECASE,
)
_SHORTEST = 6  # characters; masking shorter values would garble ordinary text


class Hidden(tuple[str, ...]):
    """Texts that their repr does not show."""

    __slots__ = ()

    def __repr__(self) -> str:
        return MASK


def is_secret_name(name: str) -> bool:
    """Tell whether a header, query parameter or body field of that name holds a credential."""
    return bool(_SECRET_NAME.search(name)) and not _INNOCENT.search(name)


def masked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers with the values of credentials masked."""
    return {name: MASK if is_secret_name(name) else value for name, value in headers.items()}


def masked_url(url: str) -> str:
    """Return the URL without user, password and the values of secret query parameters."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        query = "&".join(_masked_pair(pair) for pair in parts.query.split("&"))
        return urlunsplit((parts.scheme, host, parts.path, query, ""))
    except ValueError:
        return "(a URL that cannot be read)"


def origin(url: str) -> str:
    """Return scheme, host and port of a URL, for messages."""
    return "/".join(masked_url(url).split("/", 3)[:3])


def secrets_added(before: Request, after: Request) -> list[str]:
    """Return the credentials that an auth put into a request, longest first.

    Values of headers that it added or changed (with and without the scheme), and of query
    parameters.
    """
    found: set[str] = set()
    for name, value in after.headers.items():
        if before.headers.get(name) != value:
            found |= {value, value.rpartition(" ")[2]}
    if after.url != before.url:
        known = set(parse_qsl(urlsplit(before.url).query))
        found |= {
            value
            for pair in parse_qsl(urlsplit(after.url).query)
            if pair not in known
            for value in pair[1:]
        }
    return sorted((each for each in found if len(each) >= _SHORTEST), key=len, reverse=True)


def credential_names(before: Request, after: Request) -> list[str]:
    """Return the names of the headers and query parameters that an auth added or changed."""
    found = [name for name, value in after.headers.items() if before.headers.get(name) != value]
    if after.url != before.url:
        known = set(parse_qsl(urlsplit(before.url).query))
        found += [pair[0] for pair in parse_qsl(urlsplit(after.url).query) if pair not in known]
    return found


def secrets_in(request: Request) -> list[str]:
    """Return the secrets of a request, longest first.

    Values of headers and of the query that are secrets by their names, and those that its
    metadata tell.
    """
    pairs = [*request.headers.items(), *parse_qsl(urlsplit(request.url).query)]
    found: set[str] = set()
    for name, value in pairs:
        if is_secret_name(name):
            found |= {value, value.rpartition(" ")[2]}
    for value in request.metadata.get(SECRETS, ()):
        found |= {value, value.rpartition(" ")[2]}
        found |= {json.dumps(value, ensure_ascii=each)[1:-1] for each in (True, False)}
    return sorted((each for each in found if len(each) >= _SHORTEST), key=len, reverse=True)


def without(text: str, secrets: Iterable[str]) -> str:
    """Return the text with every one of the secrets masked."""
    for secret in secrets:
        text = text.replace(secret, MASK)
    return text


def _masked_pair(pair: str) -> str:
    name, equals, _ = pair.partition("=")
    return f"{name}={MASK}" if equals and is_secret_name(name) else pair
