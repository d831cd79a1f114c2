"""JSON in and out, and fields that were not given."""

from collections.abc import Mapping
from typing import Any, Final, final

import orjson

from jackfield.errors import OptionError
from jackfield.record import Record
from jackfield_httpx.json_text import forgiving_json


@final
class Omit:
    """The type of `OMIT`: the default of an argument for which None means something."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "OMIT"


OMIT: Final = Omit()
"""Not given: the field is left out, where None would be sent as null."""


def fields(**values: Any) -> dict[str, Any]:
    """Return the values that were given: neither None nor `OMIT`."""
    return {
        name: value for name, value in values.items() if value is not None and value is not OMIT
    }


def to_json(value: Any, *, where: str) -> bytes:
    """Return the value as JSON.

    Dates, UUIDs, enumerations, dataclasses and pydantic models are understood. At the top, and
    in dictionaries inside, fields that are `OMIT` are left out.

    Raises:
        OptionError: Something in it has no JSON form.
    """
    try:
        return orjson.dumps(value, default=_plain)
    except TypeError:  # perhaps because of an `OMIT`, which is rare: large bodies are not walked
        pass
    try:
        return orjson.dumps(_given(value), default=_plain)
    except TypeError as exc:
        raise OptionError(f"The body of {where} cannot be written as JSON: {exc}.") from exc


def from_json(data: bytes) -> Any:
    """Return what JSON says; forgiving where orjson is not.

    Raw control characters and numbers beyond 64 bits are read, lone surrogates become U+FFFD.
    Source: spec/rulings.md.

    Raises:
        ValueError: It is not JSON.
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return forgiving_json(data.decode("utf-8", "replace"))


def _given(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _given(each) for key, each in value.items() if each is not OMIT}
    if isinstance(value, list | tuple):
        return [_given(each) for each in value]
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, Record):
        return value.to_dict()
    if hasattr(value, "model_dump"):  # pydantic, without importing it
        return value.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if isinstance(value, set | frozenset):
        return list(value)
    raise TypeError(f"{type(value).__name__} is not a JSON type")
