"""The keys that the kernel itself understands, in one table.

Checking, reading environment variables, the JSON Schema and the documentation all follow from it.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from jackfield.models import ThinkingBudgets, ThinkingLevel

SECTION_OF_KIND = {
    "provider": "providers",
    "tools": "tools",
    "transport": "transports",
    "auth": "auth",
    "sink": "sinks",
    "command": "commands",
}
"""Section of the file for each kind of capability that has settings."""

KIND_OF_SECTION = {section: kind for kind, section in SECTION_OF_KIND.items()}
SECTIONS = ("agents", *KIND_OF_SECTION, "plugins")


@dataclass(frozen=True, slots=True)
class Shape:
    """What a value must look like.

    Attributes:
        expected: In words, with article, for messages.
        schema: The same as JSON Schema.
        accepts: Tells whether a value is right.
    """

    expected: str
    schema: Mapping[str, Any]
    accepts: Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Key:
    """A key and what it is for."""

    shape: Shape
    summary: str


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return _is_integer(value) or (isinstance(value, float) and math.isfinite(value))


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(key, str) for key in value)


def _choice(*values: str) -> Shape:
    expected = "one of " + ", ".join(repr(value) for value in values)
    return Shape(expected, {"enum": list(values)}, lambda value: value in values)


TEXT = Shape("a string", {"type": "string"}, lambda value: isinstance(value, str))
MODEL = Shape(
    'a string of the form "provider:model id"',
    {"type": "string", "pattern": "^[^:]+:.+"},
    lambda value: isinstance(value, str),
)
COUNT = Shape(
    "an integer of at least 1",
    {"type": "integer", "minimum": 1},
    lambda value: _is_integer(value) and value >= 1,
)
NUMBER = Shape(
    "a number of at least 0",
    {"type": "number", "minimum": 0},
    lambda value: _is_number(value) and value >= 0,
)
FLAG = Shape("true or false", {"type": "boolean"}, lambda value: isinstance(value, bool))
NAMES = Shape(
    "an array of strings",
    {"type": "array", "items": {"type": "string"}},
    lambda value: isinstance(value, list | tuple) and all(isinstance(item, str) for item in value),
)
TABLE = Shape("a table", {"type": "object"}, _is_table)
TEXTS = Shape(
    "a table of strings",
    {"type": "object", "additionalProperties": {"type": "string"}},
    lambda value: _is_table(value) and all(isinstance(item, str) for item in value.values()),
)
_BUDGETS = [budget.name for budget in fields(ThinkingBudgets)]
BUDGETS = Shape(
    "a table of token counts with the keys " + ", ".join(_BUDGETS),
    {
        "type": "object",
        "properties": dict.fromkeys(_BUDGETS, COUNT.schema),
        "additionalProperties": False,
    },
    lambda value: (
        _is_table(value)
        and all(name in _BUDGETS and COUNT.accepts(count) for name, count in value.items())
    ),
)
_MODE = _choice("one-at-a-time", "all")

AGENT_KEYS: dict[str, Key] = {
    "model": Key(MODEL, "The model, as provider:model id."),
    "system_prompt": Key(TEXT, "Instructions that every conversation starts with."),
    "tools": Key(NAMES, "Tool sets, or single tools as toolset.tool."),
    "sinks": Key(NAMES, "Event sinks that receive everything that happens."),
    "max_turns": Key(COUNT, "Most model calls of one run; no limit when missing."),
    "temperature": Key(NUMBER, "Sampling temperature; the provider's default when missing."),
    "max_tokens": Key(COUNT, "Longest answer of the model, in tokens."),
    "thinking_level": Key(
        _choice(*(level.value for level in ThinkingLevel)), "How hard the model thinks."
    ),
    "thinking_budgets": Key(BUDGETS, "Token budgets for thinking."),
    "tool_execution": Key(_choice("parallel", "sequential"), "How tool calls of a turn run."),
    "steering_mode": Key(_MODE, "How many steering messages a turn takes."),
    "follow_up_mode": Key(_MODE, "How many follow-up messages a turn takes."),
    "session_id": Key(TEXT, "Session for providers that cache or route by it."),
    "enable_prompt_caching": Key(FLAG, "Mark the prompt for the provider's cache."),
    "cache_retention": Key(_choice("none", "short", "long"), "How long prompt caches live."),
    "tool_choice": Key(TEXT, "auto, none, required, or the tool that must be called."),
    "response_schema": Key(TABLE, "JSON Schema that the answer must satisfy."),
}
"""Keys of `[agents.<name>]`."""

PLUGINS_KEYS: dict[str, Key] = {
    "hooks": Key(NAMES, "Hook plugins that run, in this order."),
    "prefer": Key(TEXTS, "Which distribution owns a name that several claim."),
}
"""Keys of `[plugins]`."""


def shape_of(path: tuple[str, ...]) -> Shape | None:
    """Return the shape of a key that the kernel knows; None for settings of a plugin."""
    match path:
        case ("agents", _, key) if key in AGENT_KEYS:
            return AGENT_KEYS[key].shape
        case ("plugins", key) if key in PLUGINS_KEYS:
            return PLUGINS_KEYS[key].shape
        case ("plugins", "prefer", _):
            return TEXT
        case (section, _, "use") if section in KIND_OF_SECTION:
            return TEXT
    return None
