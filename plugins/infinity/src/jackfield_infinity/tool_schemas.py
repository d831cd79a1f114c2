"""What the tools are called with, as models read it."""

from typing import Any

KINDS = ("wisdom", "pattern", "gotcha")
DEPTHS = ("shallow", "medium", "deep")

_QUERY = {"type": "string", "minLength": 1}
_COUNT = {"type": "integer", "minimum": 1, "maximum": 50}
_KEY = {"type": "string", "minLength": 1, "maxLength": 500}


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


SEARCH = _object(
    ["query"],
    query=_QUERY
    | {"maxLength": 500, "description": "What to look for: a subject, or a few words."},
    type={
        "type": "string",
        "enum": [*KINDS],
        "description": "Only wisdom (what has proved true), patterns (how it is done) or gotchas "
        "(known traps); all of them when left out.",
    },
    domain={"type": "string", "minLength": 1, "description": "Only from this field of work."},
    tags={
        "type": "array",
        "items": {"type": "string", "minLength": 1},
        "description": "Only what has one of these tags.",
    },
    limit=_COUNT | {"description": "How many results at most."},
)

RESEARCH = _object(
    ["query"],
    query=_QUERY | {"description": "The subject, as a question with all that matters for it."},
    depth={
        "type": "string",
        "enum": [*DEPTHS],
        "description": "How far to look: shallow takes less than a second, deep some ten.",
    },
    sources=_COUNT | {"description": "How many findings at most."},
)

STORE = _object(
    ["key", "value"],
    key=_KEY | {"description": "Under which name to find it again, for example user.timezone."},
    value={
        "type": ["string", "number", "boolean", "object", "array", "null"],
        "description": "What to remember.",
    },
    ttl={
        "type": "integer",
        "minimum": 1,
        "description": "After how many seconds to forget it. Leave it out to keep it; not every "
        "service can forget.",
    },
)

RECALL = _object(["key"], key=_KEY | {"description": "The name under which it was stored."})
