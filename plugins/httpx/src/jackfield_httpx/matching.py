"""Finding the recorded exchange that answers a request."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import orjson

from jackfield.http import Request
from jackfield_httpx.cassette import Exchange
from jackfield_httpx.scrubbing import Scrubber
from jackfield_httpx.settings import ReplaySettings

_MOST_DIFFERENCES = 5
_SHOWN_CHARS = 80


def as_recorded(request: Request, scrubber: Scrubber) -> Exchange:
    """Return the request in the form that a cassette has it."""
    known = scrubber.known(request)
    return Exchange(
        method=request.method,
        url=scrubber.url(request.url, known),
        body=scrubber.request_body(request.body or b"", known),
    )


def differences(asked: Exchange, recorded: Exchange, settings: ReplaySettings) -> list[str]:
    """Return in words what of a request is not as it was recorded."""
    found: list[str] = []
    if "method" in settings.match and asked.method != recorded.method:
        found.append(_told("method", recorded.method, asked.method))
    if "url" in settings.match:
        now, then = (_url(each.url, any_host=settings.any_host) for each in (asked, recorded))
        found += [_told("url", then, now)] if now != then else []
    if "body" in settings.match and asked.body != recorded.body:
        found += _unlike("body", _json(recorded.body), _json(asked.body))
    return found


def nearest(
    asked: Exchange, exchanges: Sequence[Exchange], settings: ReplaySettings
) -> tuple[int, list[str]] | None:
    """Return the index of the exchange that differs least, and how; None for an empty cassette."""
    ranked = [
        (sum(not text.startswith("body") for text in found), len(found), index, found)
        for index, exchange in enumerate(exchanges)
        for found in (differences(asked, exchange, settings),)
    ]
    if not ranked:
        return None
    *_, index, found = min(ranked)
    return index, shortened(found)


def shortened(found: list[str]) -> list[str]:
    """Return the first differences, and how many more there are."""
    more = len(found) - _MOST_DIFFERENCES
    return found if more <= 0 else [*found[:_MOST_DIFFERENCES], f"{more} more differences"]


def _url(url: str, *, any_host: bool) -> str:
    parts = urlsplit(url)
    return urlunsplit(("", "", parts.path, parts.query, "")) if any_host else url


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return body.decode("utf-8", "replace")


def _unlike(place: str, then: Any, now: Any) -> Iterator[str]:
    if isinstance(then, dict) and isinstance(now, dict):
        for key in [*then, *(key for key in now if key not in then)]:
            yield from _unlike(f"{place}.{key}", then.get(key, _ABSENT), now.get(key, _ABSENT))
    elif isinstance(then, list) and isinstance(now, list):
        for index in range(max(len(then), len(now))):
            one, other = (each[index] if index < len(each) else _ABSENT for each in (then, now))
            yield from _unlike(f"{place}[{index}]", one, other)
    elif then != now:
        yield _told(place, then, now)


class _Absent:
    def __repr__(self) -> str:
        return "nothing"


_ABSENT = _Absent()


def _told(place: str, then: Any, now: Any) -> str:
    return f"{place}: recorded {_short(then)}, asked {_short(now)}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}..."
