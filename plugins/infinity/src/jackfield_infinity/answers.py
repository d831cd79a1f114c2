"""The answer to a chat message: three forms in, one out. Source: spec/infinity.md, 2.2."""

from typing import Any, cast

from jackfield_infinity.types import ChatResponse

_NAMES = {"message_id": "messageId", "conversation_id": "conversationId"}
_OF_METADATA = {"tokens_used": "tokensUsed", "model": "model", "timestamp": "timestamp"}


def chat_response(body: dict[str, Any]) -> ChatResponse:
    """Return an answer in the documented form, with whatever else the service says.

    Args:
        body: What it answered: flat, flat without `success`, or in an envelope `data`.
    """
    found = dict(body)
    inner = found.get("data")
    if isinstance(inner, dict):
        del found["data"]
        found |= inner
    for old, new in _NAMES.items():
        if old in found:
            found.setdefault(new, found.pop(old))
    moved = {new: found.pop(old) for old, new in _OF_METADATA.items() if old in found}
    metadata = found.get("metadata")
    if moved:
        found["metadata"] = {**moved, **(metadata if isinstance(metadata, dict) else {})}
    found.setdefault("success", True)
    return cast("ChatResponse", found)
