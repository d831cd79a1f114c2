"""Model, context and options -> the body of a request. Source: spec/agent.md, 13.1.

Timestamps are a part of this protocol; what else is private (rule N9) stays here.
"""

import json
from collections.abc import Mapping
from typing import Any

import orjson

from jackfield.contracts import Context, StreamOptions
from jackfield.errors import UnsupportedError
from jackfield.history import LOCAL_FIELDS
from jackfield.messages import (
    AssistantMessage,
    ImageContent,
    Message,
    TextContent,
    ThinkingContent,
    ToolCallContent,
)
from jackfield.models import Model, ThinkingLevel
from jackfield.surrogates import without_surrogates
from jackfield.tools import AgentTool
from jackfield_proxy.settings import ProxySettings

_PRIVATE = LOCAL_FIELDS - {"timestamp"} | {
    *("error", "metadata", "raw_stop_reason", "response_id", "response_model")
}
_PI_ROLES = {"tool_result": "toolResult"}
_PI_PARTS = {"tool_call": "toolCall"}
_PI_REASONS = {"tool_calls": "toolUse"}
_PI_NAMES = {
    "error_message": "errorMessage",
    "is_error": "isError",
    "mime_type": "mimeType",
    "stop_reason": "stopReason",
    "text_signature": "textSignature",
    "thinking_signature": "thinkingSignature",
    "tool_call_id": "toolCallId",
    "tool_name": "toolName",
    "cache_read": "cacheRead",
    "cache_write": "cacheWrite",
    "total_tokens": "totalTokens",
}


class RequestEncoder:
    """Writes requests in one dialect.

    Args:
        settings: `dialect`, `model` and `max_retry_delay` count.
        own_api: What our answers say as `api`, where the model names none.
    """

    def __init__(self, settings: ProxySettings, *, own_api: str) -> None:
        self._settings = settings
        self._own_api = own_api
        self._is_pi = settings.dialect == "pi"

    def encode(self, model: Model, context: Context, options: StreamOptions) -> bytes:
        """Return the body.

        Raises:
            UnsupportedError: The protocol has no place for something that was asked.
        """
        wire_model = self._model(model)
        body = {
            "model": wire_model,
            "context": self._context(model, wire_model, context),
            "options": self._options(options),
        }
        try:
            return orjson.dumps(body)
        except TypeError:  # huge numbers, keys that are no strings, lone surrogates
            return json.dumps(body).encode()

    def _model(self, model: Model) -> dict[str, Any]:
        told = {
            "provider": model.provider,
            "id": model.id,
            "api": model.api,
            "thinking_level": ThinkingLevel(model.thinking_level).value,
        }
        if self._is_pi:
            del told["thinking_level"]
        return told | self._settings.model

    def _context(
        self, model: Model, wire_model: Mapping[str, Any], context: Context
    ) -> dict[str, Any]:
        system = without_surrogates(context.system_prompt)
        messages: list[Any] = context.messages
        told: dict[str, Any] = {
            "systemPrompt" if self._is_pi else "system_prompt": system,
            "messages": [self._message(each, model, wire_model) for each in messages],
        }
        if context.tools:
            told["tools"] = [_tool(tool) for tool in context.tools]
        return told

    def _message(
        self, message: Message, model: Model, wire_model: Mapping[str, Any]
    ) -> dict[str, Any]:
        told = {name: value for name, value in message.to_dict().items() if name not in _PRIVATE}
        told["content"] = [_part(part) for part in message.content]
        if isinstance(message, AssistantMessage):
            names = {"api": message.api, "provider": message.provider, "model": message.model}
            if names == {
                "api": model.api or self._own_api,
                "provider": model.provider,
                "model": model.id,
            }:
                # The server knows the model by the name in the request: so it can tell which
                # thinking is the model's own.
                told["api"], told["provider"] = wire_model["api"], wire_model["provider"]
                told["model"] = wire_model["id"]
        return _pi_message(told) if self._is_pi else told

    def _options(self, options: StreamOptions) -> dict[str, Any]:
        _refuse_unsupported(options)
        level = options.reasoning
        told: dict[str, Any] = {
            "temperature": options.temperature,
            "maxTokens": options.max_tokens,
            "reasoning": None if level in (None, ThinkingLevel.OFF) else str(level),
        }
        budgets, delay = options.thinking_budgets, self._settings.max_retry_delay
        more = {
            "sessionId": options.session_id,
            "cacheRetention": options.cache_retention,
            "thinkingBudgets": budgets.to_dict() if budgets is not None else None,
            "metadata": options.metadata or None,
            "maxRetryDelayMs": None if delay is None else round(delay * 1000),
        }
        return told | {name: value for name, value in more.items() if value is not None}


def _refuse_unsupported(options: StreamOptions) -> None:
    if options.response_schema is not None:
        raise UnsupportedError("The proxy protocol has no place for a JSON Schema of the answer.")
    if options.tool_choice not in (None, "auto"):
        raise UnsupportedError(
            f"The proxy protocol has no place for the tool choice {options.tool_choice!r}."
        )


def _tool(tool: AgentTool) -> dict[str, Any]:
    return {
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters or {"type": "object", "properties": {}},
        "label": tool.label,
    }


def _part(
    part: TextContent | ImageContent | ThinkingContent | ToolCallContent,
) -> dict[str, Any]:
    told = {name: value for name, value in part.to_dict().items() if name not in LOCAL_FIELDS}
    if told.get("redacted") is False:
        del told["redacted"]
    return told


def _pi_message(told: dict[str, Any]) -> dict[str, Any]:
    told["role"] = _PI_ROLES.get(told["role"], told["role"])
    told["content"] = [_pi_part(part) for part in told["content"]]
    if "usage" in told:
        usage = _renamed(told["usage"])
        told["usage"] = usage | {"cost": _renamed(usage["cost"])}
    if "stop_reason" in told:
        told["stop_reason"] = _PI_REASONS.get(told["stop_reason"], told["stop_reason"])
    return _renamed(told)


def _pi_part(part: dict[str, Any]) -> dict[str, Any]:
    if part["type"] == "image":
        return _pi_image(part)
    part["type"] = _PI_PARTS.get(part["type"], part["type"])
    part.pop("cache_control", None)  # pi places breakpoints by itself: `cacheRetention`
    return _renamed(part)


def _pi_image(part: dict[str, Any]) -> dict[str, Any]:
    head, comma, data = part["url"].partition(",")
    if not comma or not head.startswith("data:") or not head.endswith(";base64"):
        raise UnsupportedError(
            "A pi proxy takes images as base64 data only, not by their address.",
            hint="Give the image as a `data:` URL.",
        )
    kind = part.get("mime_type") or head.removeprefix("data:").removesuffix(";base64")
    return {"type": "image", "data": data, "mimeType": kind}


def _renamed(told: dict[str, Any]) -> dict[str, Any]:
    return {_PI_NAMES.get(name, name): value for name, value in told.items()}
