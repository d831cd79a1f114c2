"""What the service answered to a tool, as text for a model."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from jackfield_infinity.types import (
    KnowledgeSearchResponse,
    MemoryRetrieveResponse,
    ResearchResponse,
)


def found_text(found: KnowledgeSearchResponse) -> str:
    """Return the results of a search, the best first, and how many more there are."""
    results = found.get("results") or []
    blocks = [_knowledge(each) for each in results]
    if answer := _text(found, "generatedAnswer"):
        blocks.insert(0, answer)
    if not blocks:
        return "Nothing was found."
    total = found.get("total")
    if isinstance(total, int) and total > len(results):
        blocks.append(f"[{len(results)} of {total} results]")
    return "\n\n".join(blocks)


def research_text(found: ResearchResponse) -> str:
    """Return the summary of a research, and its findings with their sources."""
    findings = [_finding(each) for each in found.get("results") or []]
    blocks = [each for each in (_text(found, "summary"), *findings) if each]
    return "\n\n".join(blocks) or "Nothing was found."


def recalled_text(key: str, found: MemoryRetrieveResponse) -> str:
    """Return a stored value: a text as it is, anything else as JSON."""
    if not found.get("found"):
        return f"Nothing is stored under {key!r}."
    value = found.get("value")
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)


def _knowledge(item: Mapping[str, Any]) -> str:
    about = (item.get("type"), item.get("domain"), _share(item.get("confidence")))
    return _block(_text(item, "title"), about, _text(item, "content"))


def _finding(item: Mapping[str, Any]) -> str:
    about = (item.get("url"), _share(item.get("relevance")))
    title, summary = _text(item, "title"), _text(item, "summary")
    return _block("" if summary.startswith(title) else title, about, summary)


def _block(title: str, about: Iterable[Any], content: str) -> str:
    told = ", ".join(str(each) for each in about if each)
    head = " ".join(each for each in (title, f"({told})" if told else "") if each)
    return "\n".join(each for each in (head, content) if each)


def _text(item: Mapping[str, Any], name: str) -> str:
    value = item.get(name)
    return value.strip() if isinstance(value, str) else ""


def _share(value: Any) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"{value:.0%}" if is_number and 0 <= value <= 1 else ""
