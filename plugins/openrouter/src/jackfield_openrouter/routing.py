"""The objects that OpenRouter refuses when a key is unknown: checked before they are sent.

Source: spec/openrouter.md, 8.
"""

from collections.abc import Callable, Mapping
from typing import Any

from jackfield.errors import ProviderError

_SORTS = ("price", "throughput", "latency", "exacto")
_PARTITIONS = ("model", "none")
_PRICES = frozenset({"prompt", "completion", "image", "audio", "request"})


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) and name for name in value)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_limit(value: Any) -> bool:
    """Tell whether a value is a number, or numbers by percentile."""
    return _is_number(value) or (
        isinstance(value, dict) and bool(value) and all(map(_is_number, value.values()))
    )


def _is_sort(value: Any) -> bool:
    if isinstance(value, dict):
        is_known = value.keys() <= {"by", "partition"} and value.get("by") in _SORTS
        return is_known and value.get("partition", "model") in _PARTITIONS
    return value in _SORTS


def _is_price(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and value.keys() <= _PRICES


_LIST, _FLAG, _LIMIT = "a list of names", "true or false", "a number, or numbers by percentile"
_RULES: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    **dict.fromkeys(("order", "only", "ignore", "quantizations"), (_is_names, _LIST)),
    **dict.fromkeys(
        ("allow_fallbacks", "require_parameters", "zdr", "enforce_distillable_text"),
        (_is_flag, _FLAG),
    ),
    **dict.fromkeys(("preferred_min_throughput", "preferred_max_latency"), (_is_limit, _LIMIT)),
    "data_collection": (lambda value: value in ("allow", "deny"), "`allow` or `deny`"),
    "sort": (_is_sort, f"one of {', '.join(_SORTS)}, or an object with `by` and `partition`"),
    "max_price": (_is_price, f"an object with some of {', '.join(sorted(_PRICES))}"),
}


def routing_problem(routing: Any) -> str:
    """Return what is wrong with a routing object; an empty text if nothing is."""
    if not isinstance(routing, dict):
        return "it must be an object"
    for name, value in routing.items():
        if name not in _RULES:
            return f"{name!r} is unknown; there are: {', '.join(sorted(_RULES))}"
        is_right, wanted = _RULES[name]
        if not is_right(value):
            return f"{name!r} must be {wanted}"
    return ""


def plugins_problem(plugins: Any) -> str:
    """Return what is wrong with a list of plugins; an empty text if nothing is."""
    if not isinstance(plugins, list):
        return "it must be a list"
    for at, plugin in enumerate(plugins):
        if not isinstance(plugin, dict) or not isinstance(plugin.get("id"), str):
            return f"item {at} must be an object with `id`"
    return ""


def fallbacks_problem(models: Any) -> str:
    """Return what is wrong with a list of model ids; an empty text if nothing is."""
    return "" if _is_names(models) else "it must be a list of model ids"


def metadata_problem(metadata: Any) -> str:
    """Return what is wrong with a request's metadata; an empty text if nothing is."""
    if len(metadata) > _MOST_METADATA:
        return f"it has {len(metadata)} entries; OpenRouter takes {_MOST_METADATA}"
    wrong = [name for name, value in metadata.items() if not isinstance(value, str)]
    return f"{wrong[0]!r} is no text" if wrong else ""


_MOST_METADATA = 16


def insist(field: str, problem: str) -> None:
    """Refuse a request for what is wrong with one of its fields.

    Raises:
        ProviderError: There is a problem; kind `invalid_request`.
    """
    if problem:
        raise ProviderError(
            f"`{field}` cannot be sent to OpenRouter: {problem}.", kind="invalid_request"
        )
