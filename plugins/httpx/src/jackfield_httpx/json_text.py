"""JSON that servers send although it is none. Source: spec/rulings.md."""

import json
from typing import Any


def forgiving_json(text: str) -> Any:
    """Return what JSON says that orjson refuses.

    Raw control characters are read, lone surrogates become U+FFFD.

    Raises:
        json.JSONDecodeError: It is not JSON; `pos` says where that shows.
        ValueError: It has a number of thousands of digits.
        RecursionError: It is nested too deeply.
    """
    return _mended(json.loads(text, strict=False))


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isascii() else _without_halves(value)
    if isinstance(value, dict):
        return {_mended(key): _mended(item) for key, item in value.items()}
    return [_mended(item) for item in value] if isinstance(value, list) else value


def _without_halves(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
