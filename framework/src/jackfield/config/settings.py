"""What the sections of the configuration say, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from jackfield.config.toml_lines import KeyPath
from jackfield.models import ThinkingLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentConfig:
    """`[agents.<name>]`; None always means that nothing was said.

    Attributes:
        name: The agent's name.
        model: `"<provider>:<model id>"`.
        tools: `"<toolset>"` or `"<toolset>.<tool>"`.
        sinks: Names of event sinks.

    The other attributes are the options of `jackfield.AgentOptions` of the same name.
    """

    name: str
    model: str | None = None
    system_prompt: str = ""
    tools: tuple[str, ...] = ()
    sinks: tuple[str, ...] = ()
    max_turns: int | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    thinking_level: ThinkingLevel | None = None
    thinking_budgets: Mapping[str, int] | None = None
    tool_execution: Literal["parallel", "sequential"] | None = None
    steering_mode: Literal["one-at-a-time", "all"] | None = None
    follow_up_mode: Literal["one-at-a-time", "all"] | None = None
    session_id: str | None = None
    enable_prompt_caching: bool | None = None
    cache_retention: Literal["none", "short", "long"] | None = None
    tool_choice: str | None = None
    response_schema: Mapping[str, Any] | None = None

    @classmethod
    def read(cls, name: str, table: Mapping[str, Any]) -> "AgentConfig":
        """Make one of a table that has been checked."""
        values = dict(table)
        for key in ("tools", "sinks"):
            if key in values:
                values[key] = tuple(values[key])
        if "thinking_level" in values:
            values["thinking_level"] = ThinkingLevel(values["thinking_level"])
        return cls(name=name, **values)


@dataclass(frozen=True, slots=True, kw_only=True)
class CapabilityConfig:
    """A capability as the configuration sets it up.

    Attributes:
        kind: Socket: `provider`, `tools`, `transport`, `auth`, `sink`.
        name: The name in the configuration.
        use: The installed capability's name; the same as `name` where not said.
        settings: Its settings, without `use`; left out of `repr`.
        key: Dotted key of the table, for messages.
        texts: Texts of environment variables behind settings, by path.
    """

    kind: str
    name: str
    use: str
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)
    key: str = ""
    texts: Mapping[KeyPath, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginsConfig:
    """`[plugins]`.

    Attributes:
        hooks: Hook plugins to run, in order.
        prefer: Distribution that owns a capability's name claimed by several.
    """

    hooks: tuple[str, ...] = ()
    prefer: Mapping[str, str] = field(default_factory=dict)


def fit_texts(capability: CapabilityConfig, schema: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the settings; variables that the schema wants as strings are taken as they stand."""
    settings = _copy(capability.settings)
    for path, text in capability.texts.items():
        wanted: Any = schema or {}
        node: Any = settings
        for part in path[:-1]:
            wanted = _property(schema, wanted, part)
            node = node[part]
        if _wants_text(schema, _property(schema, wanted, path[-1])):
            node[path[-1]] = text
    return settings


def _copy(table: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _copy(value) if isinstance(value, Mapping) else value for key, value in table.items()
    }


def resolve_ref(root: Any, schema: Any) -> Any:
    """Follow a local `$ref` such as `#/$defs/Name`; anything else comes back as it is."""
    for _ in range(8):  # a chain of references, or a circle
        ref = schema.get("$ref") if isinstance(schema, Mapping) else None
        if not isinstance(ref, str) or not ref.startswith("#/"):
            return schema
        found = root
        for part in ref[2:].split("/"):
            found = found.get(part, {}) if isinstance(found, Mapping) else {}
        schema = found
    return schema


def _property(root: Any, schema: Any, name: str) -> Any:
    schema = resolve_ref(root, schema)
    if not isinstance(schema, Mapping):
        return {}
    found = (schema.get("properties") or {}).get(name)
    return found if found is not None else schema.get("additionalProperties") or {}


def _wants_text(root: Any, schema: Any) -> bool:
    schema = resolve_ref(root, schema)
    if not isinstance(schema, Mapping):
        return False
    variants = [schema, *(schema.get("anyOf") or ())]
    types = {str(resolve_ref(root, variant).get("type")) for variant in variants}
    return "string" in types and not types & {"integer", "number", "boolean", "array", "object"}
