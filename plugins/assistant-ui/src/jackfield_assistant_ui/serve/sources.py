"""What an answer cites: the annotations that providers keep, as sources. Source: c.1 to c.3."""

from collections.abc import Iterator, Mapping
from typing import Any

from jackfield import AssistantMessage
from jackfield_assistant_ui.wire.events import Source


def sources_of(message: AssistantMessage) -> Iterator[Source]:
    """Give the web pages that an answer cites, each once.

    Chat completions tell of them as `annotations` of the type `url_citation`, which are in the
    metadata of the message; what has another form is passed over.
    """
    annotations = message.metadata.get("annotations")
    seen: set[str] = set()
    for annotation in annotations if isinstance(annotations, list) else ():
        citation = annotation.get("url_citation") if isinstance(annotation, Mapping) else None
        url = _text(citation, "url")
        if url.startswith(("http://", "https://")) and url not in seen:
            seen.add(url)
            yield Source(id=url, url=url, title=_text(citation, "title"))


def _text(table: Any, key: str) -> str:
    found = table.get(key) if isinstance(table, Mapping) else None
    return found if isinstance(found, str) else ""
