"""Strict, compact JSON: browsers drop a line with NaN in it, and look for `"type":"finish"`."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

_STRICT = json.JSONEncoder(allow_nan=False, ensure_ascii=False, separators=(",", ":"))
_ASCII = json.JSONEncoder(allow_nan=False, separators=(",", ":"))


class UnfitValueError(ValueError):
    """A value cannot be written as strict JSON."""


def text_bytes(text: str) -> bytes:
    """Return a string as JSON; lone surrogates are escaped."""
    try:
        return orjson.dumps(text)
    except orjson.JSONEncodeError:
        return _ASCII.encode(text).encode()


def strict_bytes(value: Any) -> bytes:
    """Return any JSON value as compact JSON.

    Raises:
        UnfitValueError: It has a number without an end, or something that is not JSON.
    """
    try:
        text = _STRICT.encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise UnfitValueError(f"This cannot be written as JSON: {error}") from error
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _ASCII.encode(value).encode()


def operations_bytes(operations: Iterable[Mapping[str, Any]]) -> bytes:
    """Return state operations as a JSON array; those that append text are the frequent ones.

    Raises:
        UnfitValueError: A value is not JSON.
    """
    return b"[%b]" % b",".join([_operation_bytes(each) for each in operations])


def _operation_bytes(operation: Mapping[str, Any]) -> bytes:
    if operation.get("type") == "append-text":
        return b'{"type":"append-text","path":%b,"value":%b}' % (
            strict_bytes(operation["path"]),
            text_bytes(operation["value"]),
        )
    return strict_bytes(operation)
