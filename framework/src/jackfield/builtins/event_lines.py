"""Events as lines of JSON; whatever a tool put into them, a line comes out."""

import json
from typing import Any

from jackfield import AgentEvent

MARK = "$repr"
MAX_REPR = 500


def json_line(event: AgentEvent, **extra: Any) -> bytes:
    """Return an event as one line of UTF-8 JSON with a line break.

    A value that JSON does not know becomes `{"$repr": "<cut repr>"}`, as in `jackfield run
    --json`; of an event that cannot be written at all, its type and the reason are left.

    Args:
        event: The event; live parts (`partial`) are left out.
        extra: Fields to put before the event's own.
    """
    try:
        text = _dumped({**extra, **event.to_dict()})
    except Exception as error:  # noqa: BLE001 - cycles, keys that are no strings, hostile objects
        reason = f"{type(error).__name__}: {error}"[:MAX_REPR]
        text = _dumped({**extra, "type": event.type, MARK: reason})
    # Lone surrogates are no UTF-8; inside a JSON string, their backslash form is right.
    return text.encode(errors="backslashreplace") + b"\n"


def _dumped(value: dict[str, Any]) -> str:
    return json.dumps(
        value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_marked
    )


def _marked(value: Any) -> dict[str, str]:
    try:
        return {MARK: repr(value)[:MAX_REPR]}
    except Exception:  # noqa: BLE001 - somebody else's __repr__
        return {MARK: type(value).__name__}
