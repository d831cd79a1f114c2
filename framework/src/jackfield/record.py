"""What all values share: read like a mapping, written out as a plain dictionary.

Code for TinyAgent reads `message["content"][0]["text"]` as well as
`message.content[0].text`; both work (source: spec/agent.md, 3).
"""

from collections.abc import Iterator
from dataclasses import fields
from enum import Enum
from typing import Any, ClassVar


class Record:
    """Base of our slotted dataclasses: `obj["key"]`, `obj.get("key")`, `"key" in obj`.

    Class attributes:
        _constants: Discriminators that are class attributes, not fields (events' `type`).
        _host_only: Fields that never leave the process.
    """

    __slots__ = ()
    _constants: ClassVar[tuple[str, ...]] = ()
    _host_only: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def field_names(cls) -> tuple[str, ...]:
        """Return the names of all fields, discriminators first."""
        return cls._constants + tuple(field.name for field in fields(cls))  # type: ignore[arg-type]  # every subclass is a dataclass

    def __getitem__(self, key: str) -> Any:
        if key in self.field_names():
            return getattr(self, key)
        raise KeyError(key)

    def __contains__(self, key: object) -> bool:
        return key in self.field_names()

    def __iter__(self) -> Iterator[str]:
        return iter(self.field_names())

    def keys(self) -> tuple[str, ...]:
        """Return the field names, so that `dict(record)` works."""
        return self.field_names()

    def get(self, key: str, default: Any = None) -> Any:
        """Return the field's value, or `default` when there is no such field."""
        return getattr(self, key) if key in self.field_names() else default

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-able dictionary; fields that are None or host-only are left out."""
        return {
            name: plain(value)
            for name in self.field_names()
            if name not in self._host_only and (value := getattr(self, name)) is not None
        }


def plain(value: Any) -> Any:
    """Return `value` with every record inside turned into a dictionary."""
    if isinstance(value, Record):
        return value.to_dict()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted(plain(item) for item in value)
    if isinstance(value, Enum):
        return value.value
    return value
