"""Two answers beside each other: all that they say, with what may differ masked."""

import re
from typing import Any

from support.chat_streams import compact

_GENERATED = re.compile(r"call_[A-Za-z0-9]{24}")


def seen(events: Any, message: Any) -> tuple[list[Any], dict[str, Any]]:
    """Return the events and the message of an answer, generated ids masked."""
    told = message.to_dict()
    del told["timestamp"]
    ids = [part["id"] for part in told["content"] if part["type"] == "tool_call"]
    generated = {found: "call_*" for found in ids if _GENERATED.fullmatch(found)}
    return _masked([compact(event) for event in events], generated), _masked(told, generated)


def _masked(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _masked(item, ids) for name, item in value.items()}
    if isinstance(value, list):
        return [_masked(item, ids) for item in value]
    return ids.get(value, value) if isinstance(value, str) else value
