"""What an answer cost, as OpenRouter reports it. Source: spec/openrouter.md, 12."""

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from jackfield.usage import Cost, Usage


def read_usage(raw: Mapping[str, Any], metadata: dict[str, Any]) -> Usage:
    """Return tokens and cost; what else the object tells goes to the message's metadata."""
    usage = Usage.from_openai(raw)
    details = raw.get("cost_details")
    details = details if isinstance(details, dict) else {}
    total = _money(raw.get("cost"))
    usage.cost = Cost(
        input=_money(details.get("upstream_inference_prompt_cost")) or 0.0,
        output=_money(details.get("upstream_inference_completions_cost")) or 0.0,
        total=total or 0.0,
        upstream=_money(details.get("upstream_inference_cost")),
    )
    told = {
        "cost_unknown": True if total is None else None,
        "is_byok": raw.get("is_byok"),
        "server_tool_use": raw.get("server_tool_use_details"),
    }
    for name, value in told.items():
        metadata.pop(name, None)
        if value is not None:
            metadata[name] = value
    return usage


def estimated_cost(usage: Usage, prices: Mapping[str, Decimal]) -> float | None:
    """Return what the tokens should cost, in US dollars; None where a price is missing.

    Args:
        usage: The tokens.
        prices: Of one token each, by OpenRouter's names.
    """
    if "prompt" not in prices or "completion" not in prices:
        return None
    prompt = prices["prompt"]
    fresh = max(usage.input - usage.cache_read - usage.cache_write, 0)
    total = (
        fresh * prompt
        + usage.cache_read * prices.get("input_cache_read", prompt)
        + usage.cache_write * prices.get("input_cache_write", prompt)
        + usage.output * prices["completion"]
        + prices.get("request", Decimal(0))
    )
    return float(total)


def _money(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None
