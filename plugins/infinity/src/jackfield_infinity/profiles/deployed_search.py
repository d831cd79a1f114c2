"""Searching as the service offers it. Source: spec/infinity.md, 2.4."""

from collections.abc import Mapping
from typing import Any, cast

from jackfield_httpx.service import fields
from jackfield_infinity.exceptions import InfinityAssistantError
from jackfield_infinity.profiles.candidate import Candidate, Search, Searching
from jackfield_infinity.types import KnowledgeSearchResponse

_GROUPS = {"wisdom": "wisdom", "pattern": "patterns", "gotcha": "gotchas"}
"""Types of knowledge, and what the service calls them in the plural."""

_FILTERS = ("type", "domain", "tags")


def search(wanted: Search) -> Searching:
    """Return the request that searches.

    Raises:
        InfinityAssistantError: There is no such filter.
    """
    filters = {name: value for name, value in (wanted.filters or {}).items() if value is not None}
    unknown = sorted(set(filters) - set(_FILTERS))
    if unknown:
        raise InfinityAssistantError(
            f"The service cannot filter by {', '.join(unknown)}, only by {', '.join(_FILTERS)}.",
            "UNSUPPORTED_FILTER",
        )
    body = {
        **fields(**wanted.extra, query=wanted.query, limit=wanted.limit),
        **filters,
        "type": _group(filters.get("type", "all")),
    }
    return Candidate(
        method="POST", path="/search", body=body, read=lambda body: _found(body, wanted.limit)
    )


def _group(kind: Any) -> Any:
    return _GROUPS.get(kind, kind) if isinstance(kind, str) else kind


def _found(body: dict[str, Any], limit: int | None) -> KnowledgeSearchResponse:
    groups = body.get("results")
    if not isinstance(groups, Mapping):
        return cast("KnowledgeSearchResponse", body)
    found = [
        _item(item, kind) for kind, group in _GROUPS.items() for item in groups.get(group) or ()
    ]
    found.sort(key=_score, reverse=True)
    counts = body.get("counts")
    total = counts.get("total", len(found)) if isinstance(counts, Mapping) else len(found)
    results = found if limit is None else found[:limit]
    # What the service adds, such as an answer that it wrote, stays.
    answer = {"success": True, **body, "results": results, "total": total, "groups": groups}
    return cast("KnowledgeSearchResponse", answer)


def _item(item: Mapping[str, Any], kind: str) -> dict[str, Any]:
    found = {**item, "type": kind}
    if kind == "pattern":
        for old, new in (("name", "title"), ("description", "content")):
            if old in found:
                found.setdefault(new, found.pop(old))
    if "score" in found:
        found["confidence"] = found["score"]
    return found


def _score(item: Mapping[str, Any]) -> float:
    score = item.get("score")
    return float(score) if isinstance(score, int | float) else 0.0
