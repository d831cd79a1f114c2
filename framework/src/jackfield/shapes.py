"""From dictionaries to message parts and other records, with errors that name the place.

Only dictionaries cost the import of pydantic; what is ours is passed through.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from jackfield.errors import ValidationError
from jackfield.messages import (
    CacheControl,
    ImageContent,
    TextContent,
    ThinkingContent,
    ToolCallContent,
)
from jackfield.partial_json import json_type, load_object
from jackfield.record import Record
from jackfield.schema.problems import Problem, from_pydantic, nearest_text, place_of

_T = TypeVar("_T", bound=Record)

_PARTS: dict[str, type[Any]] = {
    "text": TextContent,
    "image": ImageContent,
    "thinking": ThinkingContent,
    "tool_call": ToolCallContent,
}
_URLS = ("http://", "https://", "data:")


def as_parts(values: Any, place: str, allowed: Sequence[str]) -> list[Any]:
    """Return a new list of parts; a string or a single part makes a list of one.

    Args:
        values: Parts, mappings of their fields, or strings.
        place: What to call the list in errors.
        allowed: Types of parts that may be in it.

    Raises:
        ValidationError: Something is no part, or not of an allowed type.
    """
    if isinstance(values, str):
        return [TextContent(text=values)]
    if isinstance(values, Mapping | Record):
        return [as_part(values, place, allowed)]
    if not isinstance(values, Iterable):
        raise wrong(place, f"expected a list of parts or a string, got {json_type(values)}")
    return [as_part(value, f"{place}[{at}]", allowed) for at, value in enumerate(values)]


def is_part(value: Any, allowed: Sequence[str]) -> bool:
    """Tell whether the value is a part of an allowed type with nothing in it to convert."""
    kind: Any = getattr(value, "type", None)
    if kind not in allowed or not isinstance(value, _PARTS[kind]):
        return False
    if isinstance(value, ImageContent):
        return value.url.startswith(_URLS)
    return isinstance(value, ToolCallContent) or not isinstance(
        getattr(value, "cache_control", None), dict
    )


def as_part(value: Any, place: str, allowed: Sequence[str]) -> Any:
    """Return one part; see `as_parts`."""
    if isinstance(value, str):
        return TextContent(text=value)
    if is_part(value, allowed):
        return value
    control: Any = getattr(value, "cache_control", None)
    if isinstance(value, TextContent | ThinkingContent) and isinstance(control, dict):
        value.cache_control = build(CacheControl, control, place_of(place, "cache_control"))
        return as_part(value, place, allowed)
    data = fields_of(value, place, "a part")
    kind = data.get("type")
    if not isinstance(kind, str) or kind not in allowed:
        given = f'"{kind}"; {nearest_text(kind, allowed)}' if isinstance(kind, str) else "none"
        raise wrong(place_of(place, "type"), f"expected one of {', '.join(allowed)}, got {given}")
    data = given_fields(_PARTS[kind], data, place)
    if kind == "tool_call":
        _read_arguments(data)
    part = build(_PARTS[kind], data, place)
    if isinstance(part, ImageContent) and not part.url.startswith(_URLS):
        raise wrong(place_of(place, "url"), "expected an http(s) or a data: URL")
    return part


def _read_arguments(data: dict[str, Any]) -> None:
    """Read arguments that came as JSON text; unreadable ones are kept and refused later."""
    text = data.get("arguments")
    if not isinstance(text, str):
        return
    try:
        data["arguments"] = load_object(text)
    except ValueError:
        data["arguments"], data["partial_json"] = {}, text


def fields_of(value: Any, place: str, wanted: str) -> dict[str, Any]:
    """Return the fields of a mapping, a record, or an object with `model_dump()`.

    Raises:
        ValidationError: It is something else than was `wanted`.
    """
    if isinstance(value, Mapping | Record):
        return dict(value)
    dump = getattr(value, "model_dump", None)
    if callable(dump) and isinstance(dumped := dump(), dict):
        return dumped
    raise wrong(place, f"expected {wanted} or a dictionary of its fields, got {json_type(value)}")


def given_fields(cls: type[Record], data: dict[str, Any], place: str) -> dict[str, Any]:
    """Return the fields that are set: None means the default, as TinyAgent writes it.

    Raises:
        ValidationError: The class has no such field.
    """
    known = cls.field_names()
    for key in data:
        if key not in known:
            text = f"unknown field; {nearest_text(str(key), known)}"
            raise wrong(place_of(place, str(key)), text)
    return {key: value for key, value in data.items() if value is not None}


def build(cls: type[_T], data: dict[str, Any], place: str) -> _T:
    """Return a record made of checked fields.

    Raises:
        ValidationError: A field is missing or has the wrong type.
    """
    from pydantic import ValidationError as ShapeError  # noqa: PLC0415 - only dictionaries pay

    try:
        adapter: Any = _adapter(cls)  # type: ignore[arg-type]  # a class can be hashed
        record: _T = adapter.validate_python(data)
    except ShapeError as error:
        problems = from_pydantic(error.errors(include_url=False, include_context=False), data)
        raise _all_wrong(place, problems) from None
    return record


@cache
def _adapter(cls: Any) -> Any:
    from pydantic import TypeAdapter  # noqa: PLC0415 - as above

    return TypeAdapter(cls)


def wrong(place: str, text: str) -> ValidationError:
    """Return the error that says what is wrong at a place."""
    return ValidationError(f"{place}: {text}.".replace("?.", "?"), place=place)


def _all_wrong(place: str, problems: Sequence[Problem]) -> ValidationError:
    places = [place_of(place, each.place) if each.place else place for each in problems]
    told = [f"{where}: {each.text}" for where, each in zip(places, problems, strict=True)]
    return ValidationError("; ".join(told[:5]) + ".", place=places[0])
