"""URLs: ids go into paths and values into queries so that none of them can change the place."""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from jackfield.errors import OptionError


def path_of(template: str, *ids: object) -> str:
    """Return the path with each `{}` replaced by the next id.

    An id is percent-encoded with no safe character, so `a/b` stays one segment.

    Args:
        template: For example `/v1/threads/{}/responses`.
        ids: Strings, UUIDs, numbers or enumerations of these.

    Raises:
        OptionError: An id is empty, None, `.` or `..`, which would make the path lead elsewhere;
            or there are more or fewer ids than places.
    """
    pieces = template.split("{}")
    if len(pieces) != len(ids) + 1:
        raise OptionError(f"The path '{template}' has {len(pieces) - 1} places for {len(ids)} ids.")
    segments = [_segment(each, template) for each in ids]
    return pieces[0] + "".join(a + b for a, b in zip(segments, pieces[1:], strict=True))


def query_of(values: Mapping[str, Any]) -> str:
    """Return the query string, without `?`; empty for no values.

    None is left out; true and false are in lower case, dates in ISO 8601; a list repeats the
    name.
    """
    return "&".join(f"{_encoded(name)}={_encoded(text)}" for name, text in texts_of(values))


def texts_of(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return names and values as a query or a form carries them; see `query_of`."""
    return [(name, _text(value)) for name, given in values.items() for value in _each(given)]


def url_of(base_url: str, path: str, query: Mapping[str, Any] | None = None) -> str:
    """Return the absolute URL: the path is appended to the one of the base."""
    url = base_url.rstrip("/") + path
    if not query or not (text := query_of(query)):
        return url
    return f"{url}{'&' if '?' in url else '?'}{text}"


def redirect_of(url: str, location: str) -> str:
    """Return where a redirect leads."""
    return urljoin(url, location)


def same_origin(one: str, other: str) -> bool:
    """Tell whether two URLs share scheme, host and port."""
    return _origin(one) == _origin(other)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname, port


def _segment(value: object, template: str) -> str:
    text = "" if value is None else _text(value)
    if text in ("", ".", ".."):
        raise OptionError(
            f"{text!r} cannot be an id in the path '{template}'.",
            hint="An id is not empty and not a dot or two.",
        )
    return _encoded(text)


def _each(given: Any) -> Iterable[Any]:
    if given is None:
        return ()
    if isinstance(given, list | tuple | set | frozenset):
        return [each for each in given if each is not None]
    return (given,)


def _text(value: object) -> str:
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _encoded(text: str) -> str:
    try:
        return quote(text, safe="")
    except UnicodeEncodeError as exc:
        raise OptionError(f"{text!r} is not valid Unicode and cannot be sent in a URL.") from exc
