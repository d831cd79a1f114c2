"""Bodies of error answers in any known form, read into one form.

`{"error": {...}}`, `{"error": "text"}`, `{"message"}`, `{"detail"}`, `{"object": "error", ...}`,
plain text, HTML. Source: spec/rulings.md.
"""

import html
import json
import re
from typing import Any

import orjson

MAX_TEXT_CHARS = 500
MAX_RAW_CHARS = 2_000
_DEEPEST = 20


def parsed(body: bytes) -> dict[str, Any] | None:
    """Return a JSON body as `body_of` does; None for anything else."""
    if body.lstrip()[:1] not in (b"{", b"[", b'"'):
        return None
    try:
        return body_of(orjson.loads(body))
    except orjson.JSONDecodeError:
        return None


def body_of(value: Any) -> dict[str, Any]:
    """Return the object with `message` and its companions, whatever it was wrapped in."""
    if isinstance(value, list):
        value = value[0] if value else {}
    if isinstance(value, dict) and value.get("error"):
        outer, value = value, value["error"]
        if isinstance(value, dict):
            return {**{key: outer[key] for key in _OUTER if key in outer}, **value}
        return {**outer, "message": text_of(value)}
    if isinstance(value, dict):
        told = next((value[key] for key in _MESSAGES if value.get(key)), "")
        return {**value, "message": text_of(told)}
    return {"message": text_of(value)}


_OUTER = ("request_id", "availability", "user_id")
_MESSAGES = ("message", "detail", "error_description", "msg", "title", "errors")


def text_of(value: Any, depth: int = 0) -> str:
    """Return a message as text; FastAPI's list of problems becomes one line."""
    if isinstance(value, str):
        return value
    if value is None or depth > _DEEPEST:
        return ""
    if isinstance(value, list):
        return "; ".join(text_of(item, depth + 1) for item in value)
    if isinstance(value, dict):
        told = next((value[key] for key in _MESSAGES if value.get(key)), None)
        if told is not None:
            places = value.get("loc")
            place = ".".join(map(str, places)) if isinstance(places, list) else ""
            text = text_of(told, depth + 1)
            return f"{place}: {text}" if place else text
    return dumped(value)


def dumped(value: Any) -> str:
    """Return any value as JSON text, clipped; empty if that cannot be."""
    try:
        return json.dumps(value, ensure_ascii=False, default=str)[:MAX_RAW_CHARS]
    except (RecursionError, ValueError):
        return ""


def as_text(body: bytes) -> str:
    """Return the text of a body that is no JSON: of HTML the title."""
    text = body[: 64 * 1024].decode("utf-8", "replace")
    if title := re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL):
        text = title[1]
    elif re.search(r"<(!doctype|html|head|body)\b", text, re.IGNORECASE):
        text = re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", text, flags=re.DOTALL | re.I)
    return " ".join(html.unescape(text).split())[:MAX_TEXT_CHARS]


def mapping_of(value: Any) -> dict[str, Any]:
    """Return a dictionary as it is, and an empty one for anything else."""
    return value if isinstance(value, dict) else {}
