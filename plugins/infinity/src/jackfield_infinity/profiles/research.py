"""Research: one request that every service understands. Source: spec/infinity.md, 2.6."""

from collections.abc import Mapping
from typing import Any, cast

from jackfield_httpx.service import fields
from jackfield_infinity.profiles.candidate import Candidate, Research, Researching
from jackfield_infinity.types import ResearchResponse

_MODES = {"shallow": "quick", "medium": "standard", "deep": "deep"}
_SAME = ("quick", "standard", "comprehensive")
_TITLE_CHARS = 80


def published(wanted: Research) -> Researching:
    """Return the request as it is documented."""
    body = fields(query=wanted.query, depth=wanted.depth, sources=wanted.sources)
    return _candidate({**fields(**wanted.extra), **body}, wanted)


def merged(wanted: Research) -> Researching:
    """Return the request that has the documented fields and those of the service."""
    mode = _MODES.get(wanted.depth or "") or (wanted.depth if wanted.depth in _SAME else None)
    body = fields(
        query=wanted.query,
        topic=wanted.query,
        depth=wanted.depth,
        mode=mode,
        sources=wanted.sources,
        maxSources=wanted.sources,
    )
    return _candidate({**body, **fields(**wanted.extra)}, wanted)


def _candidate(body: dict[str, Any], wanted: Research) -> Researching:
    return Candidate(
        method="POST",
        path="/research",
        body=body,
        read=lambda body: _found(body, wanted.sources),
    )


def _found(body: dict[str, Any], sources: int | None) -> ResearchResponse:
    result = body.get("result")
    if not isinstance(result, Mapping) or "results" in body:
        return cast("ResearchResponse", body)
    results = [_finding(each) for each in result.get("findings") or ()]
    synthesis = result.get("synthesis") or {}
    return cast(
        "ResearchResponse",
        {
            **body,
            "results": results if sources is None else results[:sources],
            "summary": synthesis.get("summary", ""),
        },
    )


def _finding(finding: Mapping[str, Any]) -> dict[str, Any]:
    content = str(finding.get("content") or "")
    references = (finding.get("metadata") or {}).get("references") or ()
    links = (each for each in references if isinstance(each, str) and each.startswith("http"))
    return {
        **finding,
        "title": content.lstrip().partition("\n")[0].strip()[:_TITLE_CHARS],
        "url": next(links, ""),
        "summary": content,
        "relevance": finding.get("relevance", 0.0),
    }
