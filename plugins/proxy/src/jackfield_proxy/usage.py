"""Usage in the proxy's words -> ours. Source: spec/agent.md, 12 and 13.4."""

import math
from typing import Any

from jackfield.usage import Cost, Usage

_COUNTS = {
    "input": ("input",),
    "output": ("output",),
    "cache_read": ("cacheRead", "cache_read"),
    "cache_write": ("cacheWrite", "cache_write"),
    "total_tokens": ("totalTokens", "total_tokens"),
    "reasoning": ("reasoning",),
}
_COSTS = {name: _COUNTS[name] for name in ("input", "output", "cache_read", "cache_write")}
_LARGEST = 2**53


def read_usage(raw: Any) -> Usage:
    """Return the usage that the server reports; what is missing or no number is zero."""
    if not isinstance(raw, dict):
        return Usage()
    counts = {name: int(_number(raw, keys)) for name, keys in _COUNTS.items()}
    return Usage(**counts, cost=_cost(raw.get("cost")))


def _cost(raw: Any) -> Cost:
    if not isinstance(raw, dict):
        return Cost()
    costs = {name: float(_number(raw, keys)) for name, keys in _COSTS.items()}
    return Cost(**costs, total=float(_number(raw, ("total",))))


def _number(raw: dict[str, Any], keys: tuple[str, ...]) -> int | float:
    for key in keys:
        value = raw.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value if math.isfinite(value) and 0 <= value < _LARGEST else 0
    return 0
