"""A context and options -> the body of a request to OpenRouter. Pure: no I/O.

Source: spec/openrouter.md, 3 to 8.
"""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

import orjson

from jackfield.contracts import Context, StreamOptions
from jackfield.messages import ThinkingContent
from jackfield.models import Model, ThinkingLevel
from jackfield.thinking import clamp_level, custom_budget, effective_level, fit_budget
from jackfield_openai.dialect import Dialect
from jackfield_openai.message_wire import MessageEncoder
from jackfield_openai.wire import RequestEncoder
from jackfield_openrouter.model import OpenRouterModel
from jackfield_openrouter.routing import (
    fallbacks_problem,
    insist,
    metadata_problem,
    plugins_problem,
    routing_problem,
)
from jackfield_openrouter.settings import OpenRouterSettings

_LONGEST_SESSION = 256
_LEVELS = frozenset(ThinkingLevel) - {ThinkingLevel.OFF}


class OpenRouterMessages(MessageEncoder):
    """Encodes histories; a model's own thinking goes back as it came."""

    def thinking_fields(self, parts: list[ThinkingContent]) -> dict[str, Any]:
        """Return `reasoning_details`, or the field in which the thinking came."""
        fields = super().thinking_fields(parts)
        details: list[Any] = []
        for part in parts:
            details += _details(part.thinking_signature)
        return {**fields, "reasoning_details": details} if details else fields


class OpenRouterEncoder(RequestEncoder):
    """Makes the bodies of a model's requests.

    Args:
        settings: Of the provider.
        model: The model, with what the settings and the list of models say about it.
        dialect: What the model wants.
        messages: Encodes the history.
    """

    def __init__(
        self,
        settings: OpenRouterSettings,
        model: OpenRouterModel,
        dialect: Dialect,
        messages: MessageEncoder,
    ) -> None:
        super().__init__(
            dialect, extra_body=model.extra_body, stream=settings.stream, messages=messages
        )
        self._settings = settings
        self._model = model

    def head(self, model: Model) -> dict[str, Any]:
        """Return the model and those that come after it.

        Raises:
            ProviderError: `fallback_models` is no list of ids.
        """
        fallbacks = self._model.fallback_models
        if not fallbacks:
            return {"model": model.id}
        insist("fallback_models", fallbacks_problem(fallbacks))
        return {"model": model.id, "models": fallbacks}

    def rest(self, model: Model, context: Context, options: StreamOptions) -> dict[str, Any]:
        """Return the fields behind the messages.

        Raises:
            ProviderError: One of them cannot be sent.
        """
        level = effective_level(options.reasoning, model)
        off = self._settings.reasoning_off
        thinking, longest = reasoning_of(self._model, level, options, off=off)
        if longest != options.max_tokens:
            options = replace(options, max_tokens=longest)
        fields = super().rest(model, context, options)
        answer_format = fields.pop("response_format", None)
        for name in ("temperature", "tool_choice", "parallel_tool_calls"):
            if not self._model.takes(name):
                fields.pop(name, None)
        fields |= {"reasoning": thinking} if thinking else {}
        fields |= self._routing() | self._identity(options)
        if self._settings.automatic_cache:
            fields["cache_control"] = {"type": "ephemeral"}
        return fields | ({} if answer_format is None else {"response_format": answer_format})

    def _routing(self) -> dict[str, Any]:
        model = self._model
        fields: dict[str, Any] = {}
        if model.openrouter_provider:
            insist("provider", routing_problem(model.openrouter_provider))
            fields["provider"] = model.openrouter_provider
        if model.openrouter_route:
            fields["route"] = model.openrouter_route
        if model.plugins:
            insist("plugins", plugins_problem(model.plugins))
            fields["plugins"] = model.plugins
        return fields

    def _identity(self, options: StreamOptions) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        if options.session_id:
            fields["session_id"] = _session(options.session_id)
        if self._settings.user:
            fields["user"] = self._settings.user
        if options.metadata:
            insist("metadata", metadata_problem(options.metadata))
            fields["metadata"] = options.metadata
        return fields


def reasoning_of(
    model: OpenRouterModel, level: ThinkingLevel, options: StreamOptions, *, off: bool
) -> tuple[dict[str, Any], int | None]:
    """Return the `reasoning` object, empty for none, and the longest answer that goes with it.

    Source: spec/openrouter.md, 6.1; spec/agent.md, 11.

    Args:
        model: What is known about it counts.
        level: How hard to think.
        options: Budgets, and the longest answer without thinking.
        off: Say so when no thinking is wanted.
    """
    about: Mapping[str, Any] = model.reasoning or {}
    longest = options.max_tokens
    if longest is not None and model.max_output_tokens:
        longest = min(longest, model.max_output_tokens)
    if not model.takes("reasoning"):
        return {}, longest
    if level == ThinkingLevel.OFF:
        return ({"effort": "none"} if off and not about.get("mandatory") else {}), longest
    budget = custom_budget(level, options.thinking_budgets)
    if budget is None or about.get("supports_max_tokens") is False:
        return {"effort": clamp_level(level, _efforts(about)).value}, longest
    if options.max_tokens is not None and options.max_tokens > 0:
        longest, budget = fit_budget(options.max_tokens, budget, model.max_output_tokens)
    return {"max_tokens": budget}, longest


def _efforts(about: Mapping[str, Any]) -> frozenset[ThinkingLevel]:
    told = about.get("supported_efforts") or ()
    known = {level for level in _LEVELS if level.value in told}
    return frozenset(known) or _LEVELS


def _session(name: str) -> str:
    if len(name) <= _LONGEST_SESSION:
        return name
    return sha256(name.encode("utf-8", "surrogatepass")).hexdigest()


def _details(signature: str | None) -> list[Any]:
    """Return the details that a signature holds; nothing if it is another kind of signature."""
    if not signature or not signature.startswith("["):
        return []
    try:
        found: list[Any] = orjson.loads(signature)
    except orjson.JSONDecodeError:
        return []
    return found
