"""The merged configuration: asked by the kernel, shown by `jackfield config show`."""

from collections.abc import Mapping
from typing import Any

from jackfield.config.keys import SECTION_OF_KIND
from jackfield.config.layers import Layer, Origin, Tree, dotted, leaves, lookup
from jackfield.config.nearest import did_you_mean, nearest
from jackfield.config.secrets import masked
from jackfield.config.settings import AgentConfig, CapabilityConfig, PluginsConfig
from jackfield.config.toml_lines import KeyPath, key_path
from jackfield.errors import SettingsError


class Config:
    """Everything that was configured, and where each value came from.

    Args:
        layers: In the order in which they are laid over each other.

    Attributes:
        data: The merged values; not to be changed. May hold secrets: see `masked`.
        layers: The layers, lowest first.
    """

    def __init__(self, layers: list[Layer]) -> None:
        self.layers = layers
        self._tree = Tree()
        for layer in layers:
            self._tree.merge(layer)
        self.data = self._tree.data

    def __repr__(self) -> str:
        return f"Config({', '.join(layer.file or layer.name for layer in self.layers)})"

    @property
    def files(self) -> list[str]:
        """Paths of the files that were read, lowest layer first."""
        return [layer.file for layer in self.layers if layer.file]

    def origin(self, key: str | KeyPath) -> Origin:
        """Return where the value of a dotted key came from.

        For a table that is where its topmost layer began it.

        Raises:
            KeyError: The key is not set.
        """
        path = key_path(key) if isinstance(key, str) else key
        lookup(self.data, path)
        owners = self._tree.owners
        if path in owners:
            return owners[path].origin(path)
        below = [layer for leaf, layer in owners.items() if leaf[: len(path)] == path]
        highest = max(below, key=self.layers.index) if below else self.layers[-1]
        return highest.origin(path)

    def nearest_origin(self, path: KeyPath) -> Origin:
        """Return the origin of the key, else of the nearest table above it that is set."""
        while path:
            try:
                return self.origin(path)
            except KeyError:
                path = path[:-1]
        return Origin(layer="default")

    def origins(self) -> list[tuple[str, Origin]]:
        """Return every leaf's dotted key and origin, in the order of the merged tables."""
        return [(dotted(path), self.origin(path)) for path, _ in leaves(self.data)]

    def agent_names(self) -> list[str]:
        """Return the names of the configured agents."""
        return list(self.data.get("agents", {}))

    def agent(self, name: str) -> AgentConfig:
        """Return the settings of an agent.

        Raises:
            SettingsError: No agent of that name is configured.
        """
        agents = self.data.get("agents", {})
        if name not in agents:
            near = nearest(name, agents)
            known = ", ".join(agents) or "none"
            raise SettingsError(
                f"No agent {name!r} is configured (configured: {known}).{did_you_mean(near)}",
                key=dotted(("agents", name)),
                nearest=near,
                hint="" if near else f"Add a table [{dotted(('agents', name))}] to jackfield.toml.",
            )
        return AgentConfig.read(name, agents[name])

    def names(self, kind: str) -> list[str]:
        """Return the names configured for a kind of capability."""
        return list(self.data.get(SECTION_OF_KIND[kind], {}))

    def capability(self, kind: str, name: str) -> CapabilityConfig:
        """Return the settings of a capability; one that is not configured has none."""
        path = (SECTION_OF_KIND[kind], name)
        table = self.data.get(path[0], {}).get(name, {})
        settings = {key: value for key, value in table.items() if key != "use"}
        texts = {
            leaf[2:]: owner.raw[leaf]
            for leaf, owner in self._tree.owners.items()
            if leaf[:2] == path and leaf[2:] != ("use",) and leaf in owner.raw
        }
        return CapabilityConfig(
            kind=kind,
            name=name,
            use=table.get("use", name),
            settings=settings,
            key=dotted(path),
            texts=texts,
        )

    @property
    def plugins(self) -> PluginsConfig:
        """What `[plugins]` says."""
        table = self.data.get("plugins", {})
        return PluginsConfig(
            hooks=tuple(table.get("hooks", ())), prefer=dict(table.get("prefer", {}))
        )

    def masked(
        self, schemas: Mapping[KeyPath, Mapping[str, Any] | None] | None = None
    ) -> dict[str, Any]:
        """Return the values with every secret replaced by `********`.

        Args:
            schemas: Settings schemas by table, for example `("auth", "work")`: what they mark
                `writeOnly` or `format: password` is masked too.
        """
        return masked(self.data, schemas)
