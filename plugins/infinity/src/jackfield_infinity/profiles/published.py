"""The requests as they are documented. Source: spec/infinity.md, 2.4 and 2.5."""

from typing import Any, cast

from jackfield_httpx.service import fields
from jackfield_infinity.profiles.candidate import (
    Candidate,
    MemoryRetrieving,
    MemoryStoring,
    Search,
    Searching,
    Storing,
)
from jackfield_infinity.types import (
    KnowledgeSearchResponse,
    MemoryRetrieveResponse,
    MemoryStoreResponse,
)


def search(wanted: Search) -> Searching:
    """Return the request that searches."""
    filters = None if wanted.filters is None else dict(wanted.filters)
    return Candidate(
        method="POST",
        path="/knowledge/search",
        body=fields(**wanted.extra, query=wanted.query, limit=wanted.limit, filters=filters),
        read=lambda body: cast("KnowledgeSearchResponse", body),
    )


def store(wanted: Storing) -> MemoryStoring:
    """Return the request that stores a value, null included."""
    return Candidate(
        method="POST",
        path="/memory/store",
        body={"key": wanted.key, "value": wanted.value, **fields(ttl=wanted.ttl)},
        read=lambda body: cast("MemoryStoreResponse", body),
    )


def retrieve(key: str) -> MemoryRetrieving:
    """Return the request that asks for a value."""
    return Candidate(method="GET", path="/memory/retrieve", query={"key": key}, read=_retrieved)


def _retrieved(body: dict[str, Any]) -> MemoryRetrieveResponse:
    found = body.get("found")
    told = found if isinstance(found, bool) else "value" in body
    return cast("MemoryRetrieveResponse", {**body, "found": told})
