"""A step of a scripted answer that cites web pages, as chat completions tell of them."""

from collections.abc import Iterator
from typing import Any

from jackfield.answer import Answer
from jackfield.testing.script import Text


class Cited(Text):
    """Text with annotations, which our providers of chat completions keep with the answer."""

    def __init__(self, text: str, *annotations: Any) -> None:
        super().__init__(text)
        self.annotations = list(annotations)

    def play(self, answer: Answer) -> Iterator[None]:
        """Tell the answer what arrived, one event at a time."""
        answer.message.metadata["annotations"] = self.annotations
        yield from super().play(answer)


def citation(url: Any, **fields: Any) -> dict[str, Any]:
    """Return an annotation."""
    return {"type": "url_citation", "url_citation": {"url": url} | fields}
