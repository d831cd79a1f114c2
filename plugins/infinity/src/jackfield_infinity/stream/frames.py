"""One frame of a stream -> what the reader gets; three dialects. Source: spec/infinity.md, 6.2."""

import logging
from collections.abc import Callable
from typing import Any, TypeAlias

from jackfield_httpx.service.json_values import from_json
from jackfield_httpx.sse import SseEvent
from jackfield_infinity.types import ChatStreamChunk

Chunks: TypeAlias = list[ChatStreamChunk]

END = "[DONE]"
TERMINAL = frozenset({"done", "error"})
"""Types of chunks after which nothing comes."""

_ABOUT = frozenset({"phase", "memory", "language", "speaker", "essence", "driving"})
_log = logging.getLogger(__name__)


def chunks_of(event: SseEvent) -> Chunks:
    """Return what a frame says; nothing for frames that are unknown or cannot be read."""
    if event.data.strip() == END:
        return [{"type": "done"}]
    try:
        data = from_json(event.data.encode())
    except ValueError:
        _log.debug("A frame of the stream is not JSON: %.80r", event.data)
        return []
    if not isinstance(data, dict):
        return []
    if event.event and event.event != "message":
        return _named(event.event, data)
    return _unnamed(data)


def text(content: Any) -> Chunks:
    """Return the chunk for a piece of the answer; nothing for an empty one."""
    return [{"type": "text", "content": content}] if isinstance(content, str) and content else []


def metadata(about: Any) -> Chunks:
    """Return the chunk for what is told about the answer; nothing for an empty object."""
    return [{"type": "metadata", "metadata": about}] if isinstance(about, dict) and about else []


def done(conversation_id: Any, about: Any = None) -> Chunks:
    """Return the last chunk."""
    chunk: ChatStreamChunk = {"type": "done"}
    if isinstance(conversation_id, str) and conversation_id:
        chunk["conversationId"] = conversation_id
    if isinstance(about, dict) and about:
        chunk["metadata"] = about
    return [chunk]


def error(data: dict[str, Any]) -> Chunks:
    """Return the chunk for a failure that the service tells of in the stream."""
    inner = data.get("error")
    about = inner if isinstance(inner, dict) else {}
    told = data.get("message") or about.get("message")
    reason = inner if isinstance(inner, str) else ""
    words = told if isinstance(told, str) else ""
    if reason and words and reason != words:
        words = f"{words} ({reason})"
    chunk: ChatStreamChunk = {"type": "error", "error": words or reason or "Unknown error"}
    code = data.get("code") or about.get("code")
    if isinstance(code, str):
        chunk["code"] = code
    return [chunk]


def _named(name: str, data: dict[str, Any]) -> Chunks:
    if name in _ABOUT:
        return [{"type": "metadata", "metadata": {name: data}}]
    read = _BY_NAME.get(name)
    return [] if read is None else read(data)


def _ended(data: dict[str, Any]) -> Chunks:
    about = data.get("metadata")
    return [*metadata(about), *done(data.get("conversationId"), about)]


_BY_NAME: dict[str, Callable[[dict[str, Any]], Chunks]] = {
    "start": metadata,
    "chunk": lambda data: text(data.get("text")) or text(data.get("content")),
    "done": _ended,
    "error": error,
}


def _unnamed(data: dict[str, Any]) -> Chunks:
    kind = data.get("type")
    if kind == "error":
        return error(data)
    if kind in ("complete", "done"):
        rest = {name: value for name, value in data.items() if name != "type"}
        conversation_id = data.get("conversationId") or data.get("conversation_id")
        return [*metadata(rest), *done(conversation_id)]
    words = text(data.get("content")) or text(data.get("text"))
    return [*words, *metadata(data.get("metadata"))]
