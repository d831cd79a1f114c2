"""Knowledge and research. Source: spec/infinity.md, 2.4 and 2.6."""

from typing import Any

from jackfield.testing import Reply
from jackfield_infinity.testing.asked import Asked, Refused, error_reply
from jackfield_infinity.testing.routes import Routes
from jackfield_infinity.testing.state import Entity, State

routes = Routes()

_GROUPS = {"wisdom": "wisdom", "pattern": "patterns", "gotcha": "gotchas"}
_MODES = ("quick", "standard", "deep", "comprehensive")


@routes("POST /knowledge/search", "published")
def search_published(state: State, asked: Asked) -> Entity:
    """Search; one list."""
    query = asked.text("query", form="C")
    filters = asked.body.get("filters", {})
    found = _found(state, query, filters)
    if (wanted := filters.get("type")) is not None:
        found = [item for item in found if item["type"] == wanted]
    limit = asked.body.get("limit", 20)
    best = sorted(found, key=lambda item: -item["score"])
    results = [item | {"confidence": item["score"]} for item in best]
    return {"success": True, "results": results[:limit], "total": len(results)}


@routes("POST /search", "deployed")
def search_deployed(state: State, asked: Asked) -> Entity:
    """Search; three groups, each cut to the limit."""
    query = asked.text("query", most=500, form="C")
    wanted = asked.body.get("type", "all")
    if wanted not in ("all", *_GROUPS.values()):
        raise Refused(error_reply("C", 400, f"Invalid type: {wanted}"))
    limit = min(asked.body.get("limit", 20), 50)
    found = _found(state, query, asked.body)
    groups: dict[str, list[Entity]] = {name: [] for name in _GROUPS.values()}
    for item in found:
        if wanted in ("all", _GROUPS[item["type"]]):
            groups[_GROUPS[item["type"]]].append(_told(item))
    counts = {name: len(group) for name, group in groups.items()}
    return {
        "success": True,
        "query": query,
        "results": {name: group[:limit] for name, group in groups.items()},
        "counts": {"total": sum(counts.values())} | counts,
        "metadata": {"searchTimeMs": 3, "sources": ["local"]},
    }


@routes("GET /knowledge", "deployed")
def list_knowledge(state: State, asked: Asked) -> Reply:
    """Refuse: this is for administrators."""
    del state, asked
    raise Refused(error_reply("A", 403, "Admin access required"))


@routes("POST /research", "published")
def research_published(state: State, asked: Asked) -> Entity:
    """Research; a list of pages."""
    query = asked.text("query", form="C")
    results = [
        {
            "title": finding["content"].partition("\n")[0],
            "url": _url(finding),
            "summary": finding["content"],
            "relevance": finding["relevance"],
        }
        for finding in state.findings
    ]
    count = asked.body.get("sources")
    return {"success": True, "results": results[:count], "summary": f"About {query}."}


@routes("POST /research", "deployed")
def research_deployed(state: State, asked: Asked) -> Entity:
    """Research; findings and what follows from them."""
    topic = asked.text("topic", form="C")
    mode = asked.body.get("mode", "standard")
    if mode not in _MODES:
        raise Refused(error_reply("C", 400, f"Invalid mode: {mode}"))
    findings = state.findings[: asked.body.get("maxSources")]
    synthesis = {"keyInsights": [], "recommendations": [], "gaps": [], "confidence": 0.8}
    result = {
        "query": {"topic": topic},
        "findings": findings,
        "synthesis": {"summary": f"About {topic}."} | synthesis,
        "sources": {"internal": 1, "external": 1, "total": 2},
        "timing": {"startTime": 1, "endTime": 3, "durationMs": 2},
        "mode": mode,
    }
    return {"success": True, "result": result}


@routes("GET /research", "deployed")
def research_status(state: State, asked: Asked) -> Entity:
    """Tell how research is doing."""
    del asked
    metrics = {"totalResearches": 1, "cacheHits": 0, "avgTimeMs": 2}
    told: dict[str, Any] = {"metrics": metrics | {"avgFindings": len(state.findings)}}
    budgets = {"quick": 500, "standard": 2000, "deep": 10000, "comprehensive": 30000}
    return {"success": True, "status": "available", "modes": _MODES, "timeBudgets": budgets} | told


def _found(state: State, query: str, filters: Any) -> list[Entity]:
    """Return what has one of the words; everything for `*`."""
    words = query.lower().split()
    domain, tags = filters.get("domain"), filters.get("tags")
    return [
        item
        for item in state.knowledge
        if (query == "*" or any(word in f"{item}".lower() for word in words))
        and (domain is None or item.get("domain") == domain)
        and (tags is None or set(tags) & set(item.get("tags", ())))
    ]


def _told(item: Entity) -> Entity:
    if item["type"] == "pattern":
        told = {"name": item["title"], "description": item["content"]}
        return {"id": item["id"], **told, "score": item["score"], "domain": item.get("domain")}
    told = {"title": item["title"], "content": item["content"]}
    return {"id": item["id"], **told, "score": item["score"], "source": "local"}


def _url(finding: Entity) -> str:
    references = finding["metadata"].get("references", [])
    return next((text for text in references if text.startswith("http")), "")
