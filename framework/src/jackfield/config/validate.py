"""Checking a whole configuration without importing a plugin: every mistake, not only the first.

Three questions: is the structure right, is everything that is named installed or configured, and
do settings agree with the schemas of the plugins' manifests.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from jackfield.config.configuration import Config
from jackfield.config.keys import MODEL, NAMES, SECTION_OF_KIND
from jackfield.config.layers import dotted
from jackfield.config.located import put_place
from jackfield.config.nearest import nearest
from jackfield.config.settings import fit_texts
from jackfield.config.settings_check import settings_errors
from jackfield.config.structure import settings_error, structure_errors
from jackfield.config.toml_lines import KeyPath
from jackfield.errors import JackfieldError, PluginError, PluginNotFoundError, SettingsError

SchemaOf: TypeAlias = Callable[[str, str], Mapping[str, Any] | None]
"""`(kind, use)` -> JSON Schema of the settings, or None when nobody describes them."""


class InstalledEntry(Protocol):
    """One capability that a distribution offers."""

    @property
    def kind(self) -> str:
        """The socket."""

    @property
    def name(self) -> str:
        """The capability's name."""

    @property
    def distribution(self) -> str:
        """Who offers it."""


class InstalledIndex(Protocol):
    """What is installed; `jackfield.plugins.index.PluginIndex` has this form."""

    def entries(self, kind: str | None = None) -> Sequence[InstalledEntry]:
        """Return all entries, or those of one kind."""

    def find(self, kind: str, name: str, prefer: Mapping[str, str] | None = None) -> Any:
        """Return the entry that a name means.

        Raises:
            PluginError: None or several.
        """


def check(
    config: Config, index: InstalledIndex, schema_of: SchemaOf | None = None
) -> list[JackfieldError]:
    """Return every mistake, structure first; an empty list means that the configuration is right.

    Args:
        config: Loaded with `checked=False`, so that structural mistakes are collected as well.
        index: What is installed.
        schema_of: Schemas of settings; None checks no settings.
    """
    errors: list[JackfieldError] = list(structure_errors(config))
    wrong = {error.key for error in errors if isinstance(error, SettingsError)}
    found = _Check(config, index, schema_of or (lambda _kind, _use: None), wrong)
    return [*errors, *found.capabilities(), *found.agents(), *found.plugins()]


class _Check:
    def __init__(
        self, config: Config, index: InstalledIndex, schema_of: SchemaOf, wrong: set[str]
    ) -> None:
        self._config = config
        self._index = index
        self._schema_of = schema_of
        self._wrong = wrong  # keys that the structure's check has reported already
        prefer = self._table(("plugins",)).get("prefer")
        self._prefer = prefer if isinstance(prefer, Mapping) else {}

    def capabilities(self) -> Iterator[JackfieldError]:
        for kind, section in SECTION_OF_KIND.items():
            for name in self._table((section,)):
                path = (section, name)
                if not self._is_wrong(path) and not self._is_wrong((*path, "use")):
                    yield from self._capability(kind, path)

    def agents(self) -> Iterator[JackfieldError]:
        for name in self._table(("agents",)):
            path = ("agents", name)
            table = self._table(path)
            yield from self._model((*path, "model"), table.get("model"))
            for key, kind in (("tools", "tools"), ("sinks", "sink")):
                for item in table.get(key, ()) if NAMES.accepts(table.get(key)) else ():
                    yield from self._reference((*path, key), kind, item)

    def plugins(self) -> Iterator[JackfieldError]:
        hooks = self._table(("plugins",)).get("hooks")
        for name in hooks if NAMES.accepts(hooks) and hooks else ():
            yield from self._installed("hook", name, ("plugins", "hooks"))
        entries = self._index.entries()
        for name, owner in self._prefer.items():
            owners = [entry.distribution for entry in entries if entry.name == name]
            if isinstance(owner, str) and _canonical(owner) not in map(_canonical, owners):
                yield self._wrong_owner(name, owner, owners, [entry.name for entry in entries])

    def _capability(self, kind: str, path: KeyPath) -> Iterator[JackfieldError]:
        capability = self._config.capability(kind, path[1])
        table = self._table(path)
        place = (*path, "use") if "use" in table else path
        missing = list(self._installed(kind, capability.use, place))
        yield from missing
        for key in ("auth", "transport"):
            if isinstance(table.get(key), str) and kind != key:
                yield from self._reference((*path, key), key, table[key])
        if not missing:
            schema = self._schema_of(kind, capability.use)
            if schema is not None:
                settings = fit_texts(capability, schema)
                yield from settings_errors(self._config, path, settings, schema)

    def _model(self, path: KeyPath, name: Any) -> Iterator[JackfieldError]:
        if not isinstance(name, str):
            return
        provider, colon, model_id = (part.strip() for part in name.partition(":"))
        if not (provider and colon and model_id):
            yield settings_error(
                self._config, path, f"expected {MODEL.expected}.", expected=MODEL.expected
            )
        else:
            yield from self._reference(path, "provider", provider)

    def _reference(self, path: KeyPath, kind: str, name: str) -> Iterator[JackfieldError]:
        section = SECTION_OF_KIND[kind]
        configured = self._table((section,))
        toolset = name.rpartition(".")[0] if kind == "tools" else ""
        if name in configured or (toolset and toolset in configured):
            return
        error = self._missing(kind, name)
        if error is not None and toolset:
            error, name = self._missing(kind, toolset), toolset
        if error is not None:
            yield self._explained(error, path, nearest(name, configured))
            return
        schema = self._schema_of(kind, name)
        if schema is not None:
            yield from settings_errors(self._config, (section, name), {}, schema, named_at=path)

    def _installed(self, kind: str, name: str, path: KeyPath) -> Iterator[JackfieldError]:
        error = self._missing(kind, name)
        if error is not None:
            yield self._explained(error, path, ())

    def _missing(self, kind: str, name: str) -> JackfieldError | None:
        try:
            self._index.find(kind, name, self._prefer)
        except PluginError as error:
            return error
        except SettingsError:  # `prefer` is wrong: told once, where it stands
            return None
        return None

    def _explained(
        self, error: JackfieldError, path: KeyPath, near: Iterable[str]
    ) -> JackfieldError:
        put_place(self._config, error, path)
        names = list(near)
        if names and isinstance(error, PluginNotFoundError):
            error.nearest = list(dict.fromkeys([*names, *error.nearest]))
            error.hint = f"Configured is {' or '.join(map(repr, names))}. {error.hint}".strip()
        return error

    def _wrong_owner(
        self, name: str, owner: str, owners: list[str], known: list[str]
    ) -> SettingsError:
        path = ("plugins", "prefer", name)
        if owners:
            near = list(dict.fromkeys(owners))
            message = f"{owner!r} does not offer {name!r}; {' and '.join(near)} does."
            expected = "a distribution that offers the name"
            return settings_error(self._config, path, message, expected=expected, near=near)
        near = nearest(name, known)
        message = f"nothing installed offers {name!r}."
        return settings_error(
            self._config, path, message, expected="the name of a capability", near=near
        )

    def _table(self, path: KeyPath) -> Mapping[str, Any]:
        node: Any = self._config.data
        for part in path:
            node = node.get(part) if isinstance(node, Mapping) else None
        return node if isinstance(node, Mapping) else {}

    def _is_wrong(self, path: KeyPath) -> bool:
        return dotted(path) in self._wrong


def _canonical(distribution: str) -> str:
    return distribution.casefold().replace("_", "-").replace(".", "-")
