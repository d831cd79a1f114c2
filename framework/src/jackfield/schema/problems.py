"""What is wrong with data that somebody handed us: where it is, and how it is said."""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

from jackfield.partial_json import json_type

_SHOWN_CHARS = 60
_REPORTED = 50
_PREFIX = re.compile(r"^Input should be (?:a valid |an instance of |an? )?")
_DETAIL = re.compile(r", (?:unable to parse|got a number with|input is too).*$")


class Problem(NamedTuple):
    """One thing that is wrong: where, what, and at which depth."""

    place: str
    text: str
    depth: int
    wanted: str = ""

    def __str__(self) -> str:
        return f"{self.place or 'arguments'}: {self.text}"


def place_of(parent: str, key: str | int) -> str:
    """Return the name of a place inside another: `a.b`, `a[0]`."""
    if isinstance(key, int):
        return f"{parent}[{key}]"
    return f"{parent}.{key}" if parent else key


def shown(value: Any) -> str:
    """Return a value as JSON-like text for an error message, cut to a readable length."""
    if isinstance(value, dict | list):
        return f"{json_type(value)} of {len(value)}"
    if isinstance(value, str):
        short = value if len(value) <= _SHOWN_CHARS else value[:_SHOWN_CHARS] + "..."
        return '"' + short.encode("utf-8", "replace").decode() + '"'
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int) and value.bit_length() > 128:
        return "a huge integer"
    return str(value)[:_SHOWN_CHARS]


def nearest_text(name: str, known: Sequence[str]) -> str:
    """Return `did you mean ...` for a misspelt name, or the list of what is known."""
    close = get_close_matches(name, known, n=1)
    if close:
        return f"did you mean {close[0]}?"
    return f"known: {', '.join(known)}" if known else "none are known"


def lines(problems: Sequence[Problem]) -> str:
    """Return the problems as lines of text, a bounded number of them."""
    told = [str(problem) for problem in problems[:_REPORTED]]
    if len(problems) > _REPORTED:
        told.append(f"... and {len(problems) - _REPORTED} more")
    return "\n".join(told)


def from_pydantic(errors: Sequence[Any], data: Any, known: Sequence[str] = ()) -> list[Problem]:
    """Return the problems that pydantic found in `data`.

    Args:
        errors: What `ValidationError.errors()` returned.
        data: What was validated; tells keys in the data from pydantic's own names.
        known: Names that are allowed at the top, to explain an unknown one.
    """
    return [_problem(error, data, known) for error in errors]


def _problem(error: Any, data: Any, known: Sequence[str]) -> Problem:
    kind, location = error["type"], error["loc"]
    place = _place(location, data, names_a_gap=kind.endswith(("missing", "argument")))
    depth = len(location)
    if kind.endswith("missing"):
        return Problem(place, "required, but missing", depth)
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):
        return Problem(place, f"unknown; {nearest_text(place, known)}", depth)
    text = error["msg"]
    if not _PREFIX.match(text):
        return Problem(place, f"{text}, got {shown(error['input'])}", depth)
    wanted = _DETAIL.sub("", _PREFIX.sub("", text))
    wanted = {"list": "array", "dictionary": "object"}.get(wanted, wanted)
    return Problem(place, f"expected {wanted}, got {shown(error['input'])}", depth, wanted)


def _place(location: Sequence[str | int], data: Any, *, names_a_gap: bool) -> str:
    """Return the place in the data, without pydantic's names for the members of unions."""
    place = ""
    for index, step in enumerate(location):
        if _leads_on(data, step):
            data = data[step]
        elif not (names_a_gap and index == len(location) - 1):
            continue
        place = place_of(place, step)
    return place


def _leads_on(data: Any, step: str | int) -> bool:
    if isinstance(data, dict):
        return step in data
    return isinstance(data, list | tuple) and isinstance(step, int) and step < len(data)
