"""The answer of `GET /models` -> `ModelInfo`."""

from typing import Any

from jackfield.errors import ProtocolError
from jackfield.models import ModelInfo

_CONTEXT_FIELDS = (
    "context_length",
    "context_window",
    "max_model_len",
    "max_context_length",
    "n_ctx",
    "n_ctx_train",
)
_OUTPUT_FIELDS = ("max_output_tokens", "max_completion_tokens", "max_output_length")
_OWN_FIELDS = frozenset({"id", "object", "name", "description"})


def read_models(body: Any, provider: str) -> list[ModelInfo]:
    """Return the models of a list, each id once; what is unknown goes to `details`.

    Raises:
        ProtocolError: It is no list of models.
    """
    items = body.get("data", body.get("models")) if isinstance(body, dict) else body
    if not isinstance(items, list):
        raise ProtocolError(
            f"{provider} answered with something that is no list of models.",
            provider=provider,
            hint="Check `base_url`.",
        )
    named = [item for item in items if isinstance(item, dict) and item.get("id")]
    return list({str(item["id"]): _info(item) for item in named}.values())


def _info(item: dict[str, Any]) -> ModelInfo:
    meta = item.get("meta")
    places = [item, meta if isinstance(meta, dict) else {}]
    return ModelInfo(
        id=str(item["id"]),
        name=str(item.get("name") or ""),
        context_tokens=_count(places, _CONTEXT_FIELDS),
        max_output_tokens=_count(places, _OUTPUT_FIELDS),
        description=str(item.get("description") or ""),
        details={key: value for key, value in item.items() if key not in _OWN_FIELDS},
    )


def _count(places: list[dict[str, Any]], names: tuple[str, ...]) -> int | None:
    for place in places:
        for name in names:
            value = place.get(name)
            if isinstance(value, int) and not isinstance(value, bool) and value > 0:
                return value
    return None
