"""Values in a memory of conversations: each key is one. Source: spec/infinity.md, 2.5."""

from typing import Any, cast

from jackfield_httpx.service.json_values import from_json, to_json
from jackfield_infinity.exceptions import InfinityAssistantError
from jackfield_infinity.profiles.candidate import (
    Candidate,
    MemoryRetrieving,
    MemoryStoring,
    Storing,
)
from jackfield_infinity.types import MemoryRetrieveResponse, MemoryStoreResponse

_PATH = "/memory"
_TAG = "remembered"


def store(wanted: Storing) -> MemoryStoring:
    """Return the request that stores a value as the JSON text of a fact.

    Raises:
        InfinityAssistantError: The value is to be forgotten after a time, which the service
            cannot do.
        ValueError: The value has no JSON form.
    """
    if wanted.ttl is not None:
        raise InfinityAssistantError(
            "The service cannot forget after a time: nothing was stored. Leave out ttl=...",
            "TTL_UNSUPPORTED",
        )
    content = to_json(wanted.value, where="store_memory").decode()
    return Candidate(
        method="POST",
        path=_PATH,
        body={"conversationId": _conversation(wanted.key), "content": content, "type": "fact"},
        read=lambda body: cast("MemoryStoreResponse", {**body, "stored": True}),
    )


def retrieve(key: str) -> MemoryRetrieving:
    """Return the request that asks for a value."""
    query = {"conversationId": _conversation(key)}
    return Candidate(method="GET", path=_PATH, query=query, read=_retrieved)


def _conversation(key: str) -> str:
    return f"kv:{key}"


def _retrieved(body: dict[str, Any]) -> MemoryRetrieveResponse:
    facts = body["memory"].get("criticalFacts") or []
    stored = [fact for fact in facts if _TAG in (fact.get("tags") or ())]
    if not stored:
        return {"success": True, "found": False, "value": None}
    value = from_json(stored[-1]["content"].encode())
    return {"success": True, "found": True, "value": value}
