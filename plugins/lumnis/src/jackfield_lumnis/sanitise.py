"""Takes secrets out of what the service says before it stands in an error.

Source: spec/lumnis.md, 5, "Detail sanitising".
"""

import re
from typing import Any

REDACTED = "[REDACTED]"

_SECRET_WORDS = frozenset(
    {"apikey", "token", "password", "secret", "key", "authorization", "bearer", "auth"}
)
_HARMLESS_KEYS = frozenset({"key_name", "key_id", "auth_mode", "auth_scheme"})
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_SECRET_TEXT = re.compile(
    r"sk-[A-Za-z0-9_-]{20,}|Bearer\s+[A-Za-z0-9._-]{20,}|[A-Za-z0-9_-]{32,}", re.IGNORECASE
)


def clean_text(text: str) -> str:
    """Return the text with everything that looks like a key or a token redacted.

    Plain UUIDs stay: they are the ids of responses and threads.
    """
    return _SECRET_TEXT.sub(_redacted, text)


def clean_detail(value: Any) -> Any:
    """Return the value, at any depth, without entries with secret names and without keys."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {
            clean_text(str(name)): clean_detail(each)
            for name, each in value.items()
            if not is_secret_name(str(name))
        }
    if isinstance(value, list | tuple):
        return [clean_detail(each) for each in value]
    return value


def is_secret_name(name: str) -> bool:
    """Tell whether a field of that name holds a secret: `api_key` does, `max_tokens` not."""
    if name in _HARMLESS_KEYS:
        return False
    return any(word.lower() in _SECRET_WORDS for word in _WORD.findall(name))


def _redacted(found: re.Match[str]) -> str:
    return found.group() if _UUID.fullmatch(found.group()) else REDACTED
