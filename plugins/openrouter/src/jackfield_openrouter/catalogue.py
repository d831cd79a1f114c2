"""The list of models, with prices and sizes; remembered for an hour. Source: spec, 15."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from jackfield.models import ModelInfo
from jackfield_openai.models import read_models
from jackfield_openrouter.model import OpenRouterModel

KEEP_S = 3600.0
TOKENS = 1_000_000
"""Prices in a `ModelInfo` are for so many tokens."""

_VARIANTS = (":nitro", ":floor", ":exacto", ":online")
"""Endings of ids that choose the upstream and no other model."""


class Catalogue:
    """Lists that were read, by the URL they came from; one for the process.

    Args:
        now: Seconds of any clock, for tests.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lists: dict[str, tuple[float, dict[str, ModelInfo]]] = {}

    def remember(self, url: str, infos: list[ModelInfo]) -> None:
        """Keep a list for an hour."""
        self._lists[url] = (self._now(), {info.id: info for info in infos})

    def known(self, url: str) -> list[ModelInfo] | None:
        """Return a list that is not older than an hour; None if there is none."""
        read_at, infos = self._lists.get(url, (0.0, {}))
        return list(infos.values()) if infos and self._now() - read_at < KEEP_S else None

    def find(self, url: str, model_id: str) -> ModelInfo | None:
        """Return what was read about a model, whenever that was; never asks anybody."""
        _, infos = self._lists.get(url, (0.0, {}))
        found = infos.get(model_id)
        for variant in _VARIANTS:
            found = found or infos.get(model_id.removesuffix(variant))
        return found

    def clear(self) -> None:
        """Forget all lists."""
        self._lists.clear()


CATALOGUE = Catalogue()
"""The one of the process."""


def read_page(body: Any, provider: str) -> tuple[list[ModelInfo], str]:
    """Return the models of one page of the list, and the address of the next one, if any.

    Raises:
        ProtocolError: It is no list of models.
    """
    items = {item["id"]: item for item in _objects(body) if item.get("id")}
    infos = [_info(info, items.get(info.id, {})) for info in read_models(body, provider)]
    following = _object(body.get("links")).get("next")
    return infos, following if isinstance(following, str) else ""


def prices_of(info: ModelInfo | None) -> Mapping[str, Decimal]:
    """Return the prices of single tokens, by OpenRouter's names."""
    told = info.details.get("prices", {}) if info else {}
    return {name: Decimal(price) for name, price in told.items()}


def informed(model: OpenRouterModel, info: ModelInfo | None) -> OpenRouterModel:
    """Return the model with what the list says where the model itself says nothing."""
    if info is None:
        return model
    known: dict[str, Any] = {
        "context_window": info.context_tokens,
        "max_output_tokens": info.max_output_tokens,
        "input_modalities": info.details.get("input_modalities"),
        "supported_parameters": info.details.get("supported_parameters"),
        "reasoning": info.details.get("reasoning"),
    }
    return replace(
        model, **{name: value for name, value in known.items() if getattr(model, name) is None}
    )


def _info(info: ModelInfo, item: dict[str, Any]) -> ModelInfo:
    top, architecture = _object(item.get("top_provider")), _object(item.get("architecture"))
    prices = _prices(_object(item.get("pricing")))
    details = {
        "canonical_slug": item.get("canonical_slug"),
        "created": item.get("created"),
        "expires": item.get("expiration_date"),
        "input_modalities": _names(architecture.get("input_modalities")),
        "output_modalities": _names(architecture.get("output_modalities")),
        "prices": prices or None,
        "supported_parameters": _names(item.get("supported_parameters")),
        "default_parameters": _object(item.get("default_parameters")) or None,
        "reasoning": _object(item.get("reasoning")) or None,
    }
    return ModelInfo(
        id=info.id,
        name=info.name,
        context_tokens=_count(top.get("context_length")) or info.context_tokens,
        max_output_tokens=_count(top.get("max_completion_tokens")) or info.max_output_tokens,
        input_price=_per_million(prices.get("prompt")),
        output_price=_per_million(prices.get("completion")),
        description=info.description,
        details={name: value for name, value in details.items() if value is not None},
    )


def _prices(pricing: dict[str, Any]) -> dict[str, str]:
    """Return the prices that are known, as they were sent; -1 means that nobody knows."""
    found = {}
    for name, value in pricing.items():
        try:
            price = Decimal(str(value))
        except InvalidOperation:
            continue
        if price.is_finite() and price >= 0:
            found[name] = str(value)
    return found


def _per_million(price: str | None) -> float | None:
    return None if price is None else float(Decimal(price) * TOKENS)


def _objects(body: Any) -> list[dict[str, Any]]:
    items = body.get("data") if isinstance(body, dict) else None
    return [item for item in items or () if isinstance(item, dict)]


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _names(value: Any) -> list[str] | None:
    return [name for name in value if isinstance(name, str)] if isinstance(value, list) else None


def _count(value: Any) -> int | None:
    is_count = isinstance(value, int) and not isinstance(value, bool) and value > 0
    return value if is_count else None
