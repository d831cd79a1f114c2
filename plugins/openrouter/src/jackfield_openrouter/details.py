"""`reasoning_details`: a model's thinking as it wants it back, gathered while it streams.

Source: spec/openrouter.md, 6.2, 6.3 and 10.4; spec/rulings.md.
"""

from collections.abc import Iterable
from typing import Any

import orjson

from jackfield.messages import ThinkingContent

_TEXTS = {"reasoning.text": "text", "reasoning.summary": "summary"}
"""Types whose entries grow, and the field in which they do."""

_LATE = ("signature", "id", "format")


class DetailList:
    """The details of one thinking block; pieces of one entry are joined when it is read."""

    __slots__ = ("_entries", "_pieces")

    def __init__(self) -> None:
        self._entries: list[dict[str, Any]] = []
        self._pieces: list[str] = []  # of the last entry, if it grows

    def add(self, detail: Any) -> None:
        """Append a detail, or what it adds to the last one."""
        if not isinstance(detail, dict):
            return
        field = _TEXTS.get(str(detail.get("type")))
        if field and self._entries and self._continues(detail):
            self._grow(detail, field)
            return
        self._join()
        entry = dict(detail)
        if field:
            self._pieces = [_text(detail.get(field))]
            if entry.get("signature") == "":
                del entry["signature"]
        self._entries.append(entry)

    def joined(self) -> list[dict[str, Any]]:
        """Return the entries."""
        self._join()
        return self._entries

    def _continues(self, detail: dict[str, Any]) -> bool:
        last = self._entries[-1]
        return all(last.get(name) == detail.get(name) for name in ("type", "index"))

    def _grow(self, detail: dict[str, Any], field: str) -> None:
        last = self._entries[-1]
        if not self._pieces:  # it was read in between
            self._pieces = [_text(last.get(field))]
        self._pieces.append(_text(detail.get(field)))
        for name in _LATE:
            if detail.get(name) and not last.get(name):
                last[name] = detail[name]

    def _join(self) -> None:
        if self._pieces:
            last, text = self._entries[-1], "".join(self._pieces)
            field = _TEXTS[last["type"]]
            if text or field in last:
                last[field] = text
            self._pieces = []


class ReasoningDetails:
    """The details of one answer, each with the thinking block that it belongs to.

    Args:
        content: The message's content, as it grows.
    """

    def __init__(self, content: list[Any]) -> None:
        self._content = content
        self._lists: dict[int, DetailList] = {}  # by the block's index
        self._waiting: DetailList | None = None  # for a first block

    def take(self, details: Iterable[Any]) -> None:
        """Add the details of one delta to the last thinking block; keep them until there is one."""
        blocks = self._blocks()
        found = self._list_of(blocks) if blocks else self._wait()
        for detail in details:
            found.add(detail)

    @property
    def is_waiting(self) -> bool:
        """Whether there are details and no thinking block."""
        return self._waiting is not None and not self._blocks()

    def signature(self, index: int) -> str | None:
        """Return the details of the block at `index` as JSON; None if it has none."""
        self._hand_over(self._blocks())
        found = self._lists.get(index)
        return orjson.dumps(found.joined()).decode() if found else None

    def _blocks(self) -> list[int]:
        if self._content and isinstance(self._content[-1], ThinkingContent):
            last = len(self._content) - 1  # nearly always: it is open
            if last in self._lists and self._waiting is None:
                return [last]
        content = enumerate(self._content)
        return [at for at, part in content if isinstance(part, ThinkingContent)]

    def _list_of(self, blocks: list[int]) -> DetailList:
        self._hand_over(blocks)
        return self._lists.setdefault(blocks[-1], DetailList())

    def _hand_over(self, blocks: list[int]) -> None:
        """Give what waits to the first block, now that there is one."""
        if self._waiting is not None and blocks:
            self._lists[blocks[0]] = self._waiting
            self._waiting = None

    def _wait(self) -> DetailList:
        self._waiting = self._waiting or DetailList()
        return self._waiting


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
