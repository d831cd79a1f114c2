"""Layers of configuration: where a value came from, and how layers become one tree."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from jackfield.config.toml_lines import KeyPath, Position, positions

LayerName: TypeAlias = Literal[
    "default", "user", "project", "file", "mapping", "environment", "command line"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a value came from.

    Attributes:
        layer: Which layer.
        file: The file's path, or the name of the environment variable; else empty.
        line: Line in the file, from 1; 0 when unknown.
        column: Column in that line, from 1; 0 when unknown.
    """

    layer: LayerName
    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if self.layer == "environment":
            return f"environment variable {self.file}"
        if self.file:
            return f"{self.file}:{self.line}" if self.line else self.file
        return {"default": "built-in default", "mapping": "the given mapping"}.get(
            self.layer, self.layer
        )


@dataclass(slots=True, kw_only=True)
class Layer:
    """One source of values; its data and text are left out of `repr`: they may hold secrets.

    Attributes:
        name: Which layer.
        data: Its values, as nested tables.
        file: Path of the file; empty where there is none.
        text: The file's text, to find lines in when somebody asks.
        root: Where the configuration starts in the file (`tool.jackfield`).
        variables: Environment variable of each key.
        raw: Text of each environment variable.
    """

    name: LayerName
    data: dict[str, Any] = field(repr=False)
    file: str = ""
    text: str = field(default="", repr=False)
    root: KeyPath = ()
    variables: dict[KeyPath, str] = field(default_factory=dict)
    raw: dict[KeyPath, str] = field(default_factory=dict, repr=False)
    _positions: dict[KeyPath, Position] | None = field(default=None, repr=False)

    def origin(self, path: KeyPath) -> Origin:
        """Return the origin of the key, with the position of its nearest parent that has one."""
        if self.name == "environment":
            return Origin(layer=self.name, file=self._variable(path))
        line, column = self._position(self.root + path)
        return Origin(layer=self.name, file=self.file, line=line, column=column)

    def _variable(self, path: KeyPath) -> str:
        for known, name in self.variables.items():
            if known[: len(path)] == path or path[: len(known)] == known:
                return name
        return ""

    def _position(self, path: KeyPath) -> Position:
        if self._positions is None:
            self._positions = positions(self.text)
        while path:
            if path in self._positions:
                return self._positions[path]
            path = path[:-1]
        return 0, 0


@dataclass(slots=True)
class Tree:
    """Merged layers: the values, and the layer that each leaf came from."""

    data: dict[str, Any] = field(default_factory=dict, repr=False)
    owners: dict[KeyPath, Layer] = field(default_factory=dict)

    def merge(self, layer: Layer) -> None:
        """Lay `layer` over what is there: tables are merged, everything else is replaced."""
        self._merge(self.data, layer.data, (), layer)

    def _merge(
        self, into: dict[str, Any], data: Mapping[str, Any], path: KeyPath, layer: Layer
    ) -> None:
        for key, value in data.items():
            here = (*path, key)
            if isinstance(value, Mapping) and value:
                self.owners.pop(here, None)
                if not isinstance(into.get(key), dict):
                    into[key] = {}
                self._merge(into[key], value, here, layer)
            elif isinstance(value, Mapping) and isinstance(into.get(key), dict):
                continue  # an empty table adds nothing
            else:
                self._disown(here)
                into[key] = _copied(value)
                self.owners[here] = layer

    def _disown(self, path: KeyPath) -> None:
        for known in [known for known in self.owners if known[: len(path)] == path]:
            del self.owners[known]


def _copied(value: Any) -> Any:
    """Copy tables and arrays; what else a caller's mapping holds stays the same object."""
    if isinstance(value, Mapping):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_copied(item) for item in value]
    return value


def lookup(data: Any, path: KeyPath) -> Any:
    """Return the value at `path`.

    Raises:
        KeyError: There is none.
    """
    for part in path:
        if not isinstance(data, Mapping):
            raise KeyError(part)
        data = data[part]
    return data


def dotted(path: KeyPath) -> str:
    """Return the path as a TOML key; parts that need quotes get them."""
    return ".".join(part if _is_bare(part) else f'"{_escape(part)}"' for part in path)


def leaves(data: Mapping[str, Any], path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Yield every value that is not a table, and every empty table, with its path."""
    for key, value in data.items():
        if isinstance(value, Mapping) and value:
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key), value


def _is_bare(part: str) -> bool:
    return bool(part) and part.isascii() and part.replace("-", "a").replace("_", "a").isalnum()


def _escape(part: str) -> str:
    return "".join(
        f"\\u{ord(char):04x}" if ord(char) < 32 or ord(char) == 127 else char
        for char in part.replace("\\", "\\\\").replace('"', '\\"')
    )
