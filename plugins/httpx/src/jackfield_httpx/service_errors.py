"""Error answers of HTTP services, read into errors of ours.

Every HTTP provider reads every known form of body: `{"error": {...}}`, `{"error": "text"}`,
`{"message"}`, `{"detail"}`, `{"object": "error", ...}`, plain text, HTML.
Source: spec/openrouter.md, 13; spec/rulings.md.
"""

import html
import json
import re
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import orjson

from jackfield.errors import (
    AuthenticationError,
    ContextOverflowError,
    ProtocolError,
    ProviderError,
    RateLimitError,
    UnsupportedError,
)

MAX_TEXT_CHARS = 500
MAX_RAW_CHARS = 2_000
_DEEPEST = 20

_BY_KIND: dict[str, type[ProviderError]] = {
    "authentication": AuthenticationError,
    "rate_limit": RateLimitError,
    "context_overflow": ContextOverflowError,
    "unsupported": UnsupportedError,
    "protocol": ProtocolError,
}
_BY_STATUS = {
    401: "authentication",
    402: "payment",
    403: "permission",
    404: "not_found",
    408: "timeout",
    409: "conflict",
    413: "context_overflow",
    425: "unavailable",
    429: "rate_limit",
    500: "server",
    502: "unavailable",
    503: "overloaded",
    504: "timeout",
    524: "timeout",
    529: "overloaded",
}
_BY_TYPE = {
    **dict.fromkeys(
        (
            "invalid_request",
            "invalid_request_error",
            "invalid_prompt",
            "unprocessable",
            "string_too_long",
            "precondition_failed",
            "invalid_image",
            "image_too_large",
            "image_too_small",
            "unsupported_image_format",
            "image_not_found",
            "image_download_failed",
        ),
        "invalid_request",
    ),
    **dict.fromkeys(
        (
            "context_length_exceeded",
            "token_limit_exceeded",
            "max_tokens_exceeded",
            "payload_too_large",
            "exceed_context_size_error",
        ),
        "context_overflow",
    ),
    **dict.fromkeys(
        ("authentication", "authentication_error", "invalid_api_key"), "authentication"
    ),
    **dict.fromkeys(("payment_required", "insufficient_quota"), "payment"),
    **dict.fromkeys(("permission_denied", "permission_error"), "permission"),
    **dict.fromkeys(("content_policy_violation", "refusal", "content_filter"), "content_filter"),
    **dict.fromkeys(
        (
            "not_found",
            "not_found_error",
            "model_not_found",
            "wrong_endpoint",
            "no_endpoints",
            "model_deprecated",
            "model_unavailable_upstream",
            "region_restricted",
            "privacy_restricted",
            "constraint_filtered",
            "free_variant_ended",
        ),
        "not_found",
    ),
    "timeout": "timeout",
    "timeout_error": "timeout",
    **dict.fromkeys(
        ("rate_limit_exceeded", "rate_limit_error", "capacity_exhausted"), "rate_limit"
    ),
    **dict.fromkeys(("server", "server_error", "api_error", "internal_server_error"), "server"),
    "provider_unavailable": "unavailable",
    **dict.fromkeys(
        ("provider_overloaded", "temporarily_unavailable", "overloaded_error"), "overloaded"
    ),
}
_RETRYABLE = frozenset(
    {
        "timeout",
        "rate_limit",
        "server",
        "unavailable",
        "overloaded",
        "connection",
        "empty",
        "conflict",
    }
)
_OVERFLOW = re.compile(
    r"maximum context length is [\d,]+ tokens|prompt is too long|exceeds the context window"
    r"|input token count.*exceeds the maximum|maximum prompt length is [\d,]+"
    r"|reduce the length of the messages|exceeds the available context size"
    r"|greater than the context length|context window exceeds limit|exceeded model token limit"
    r"|too large for model with [\d,]+ maximum context length"
    r"|input is too long for requested model|context_length_exceeded|too many tokens"
    r"|token limit exceeded",
    re.IGNORECASE | re.DOTALL,
)
_EPOCH_FROM = 1e9
_MILLISECONDS_FROM = 1e12


def is_retryable_status(status: int) -> bool:
    """Tell whether a request that may be repeated is sent again after this status."""
    return status in (408, 409, 425, 429) or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def error_from_response(
    provider: str,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    now: Callable[[], float] = time.time,
) -> ProviderError:
    """Return the error that an answer of status 400 or more tells of.

    Args:
        provider: The provider's name, which the message begins with.
        status: The status code.
        headers: Names in lower case.
        body: The whole body, or its beginning; any form.
        now: Epoch seconds, to make waits of the dates in it.
    """
    found = _parsed(body)
    if found is None:
        found = {"message": _as_text(body)}
    return _error(provider, found, status=status, headers=headers, now=now)


def error_from_object(
    provider: str,
    value: Any,
    status: int | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    now: Callable[[], float] = time.time,
) -> ProviderError:
    """Return the error that an object inside an answer of status 200 tells of.

    Args:
        provider: The provider's name.
        value: What stands in `error`, or an object that holds an `error`; a text will do.
        status: What the status should have been; by default the error's numeric `code`.
        headers: Of the answer, for the request id.
        now: Epoch seconds, to make waits of the dates in it.
    """
    return _error(provider, _body_of(value), status=status, headers=headers or {}, now=now)


def retry_after_s(
    headers: Mapping[str, str], body: Mapping[str, Any], now: Callable[[], float] = time.time
) -> float | None:
    """Return for how many seconds a server asks to wait; None if it does not say.

    `Retry-After` (seconds or a date), else `availability.retry_after`, else
    `X-RateLimit-Reset` (epoch in seconds or milliseconds), also inside `metadata.headers`.
    """
    wait = _seconds(headers.get("retry-after"), now)
    if wait is None:
        wait = _number(_object(body.get("availability")).get("retry_after"))
    if wait is None:
        wait = _until_reset(headers, now)
    if wait is None:
        inner = _object(_object(body.get("metadata")).get("headers"))
        lowered = {str(name).lower(): str(value) for name, value in inner.items()}
        wait = _seconds(lowered.get("retry-after"), now)
        wait = _until_reset(lowered, now) if wait is None else wait
    return None if wait is None else max(wait, 0.0)


def _error(
    provider: str,
    body: dict[str, Any],
    *,
    status: int | None,
    headers: Mapping[str, str],
    now: Callable[[], float],
) -> ProviderError:
    metadata = _object(body.get("metadata"))
    code = body.get("code")
    status = status if status is not None else _status(code) or _status(body.get("status"))
    kind = _kind(body, metadata, status)
    details = _details(body, metadata)
    return _BY_KIND.get(kind, ProviderError)(
        _message(provider, body, metadata, status),
        kind=kind,
        provider=provider,
        status=status,
        request_id=_request_id(headers, body),
        retryable=_is_retryable(kind, body, status),
        retry_after_s=retry_after_s(headers, body, now),
        details=details,
        hint=_hint(kind),
    )


def _parsed(body: bytes) -> dict[str, Any] | None:
    if body.lstrip()[:1] not in (b"{", b"[", b'"'):
        return None
    try:
        return _body_of(orjson.loads(body))
    except orjson.JSONDecodeError:
        return None


def _body_of(value: Any) -> dict[str, Any]:
    """Return the object with `message` and its companions, whatever it was wrapped in."""
    if isinstance(value, list):
        value = value[0] if value else {}
    if isinstance(value, dict) and value.get("error"):
        outer, value = value, value["error"]
        if isinstance(value, dict):
            return {**{key: outer[key] for key in _OUTER if key in outer}, **value}
        return {**outer, "message": _text_of(value)}
    if isinstance(value, dict):
        told = next((value[key] for key in _MESSAGES if value.get(key)), "")
        return {**value, "message": _text_of(told)}
    return {"message": _text_of(value)}


_OUTER = ("request_id", "availability", "user_id")
_MESSAGES = ("message", "detail", "error_description", "msg", "title", "errors")


def _text_of(value: Any, depth: int = 0) -> str:
    """Return a message as text; FastAPI's list of problems becomes one line."""
    if isinstance(value, str):
        return value
    if value is None or depth > _DEEPEST:
        return ""
    if isinstance(value, list):
        return "; ".join(_text_of(item, depth + 1) for item in value)
    if isinstance(value, dict):
        told = next((value[key] for key in _MESSAGES if value.get(key)), None)
        if told is not None:
            places = value.get("loc")
            place = ".".join(map(str, places)) if isinstance(places, list) else ""
            text = _text_of(told, depth + 1)
            return f"{place}: {text}" if place else text
    return _dumped(value)


def _dumped(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=str)[:MAX_RAW_CHARS]
    except (RecursionError, ValueError):
        return ""


def _as_text(body: bytes) -> str:
    """Return the text of a body that is no JSON: of HTML the title."""
    text = body[: 64 * 1024].decode("utf-8", "replace")
    if title := re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL):
        text = title[1]
    elif re.search(r"<(!doctype|html|head|body)\b", text, re.IGNORECASE):
        text = re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", text, flags=re.DOTALL | re.I)
    return " ".join(html.unescape(text).split())[:MAX_TEXT_CHARS]


def _message(
    provider: str, body: dict[str, Any], metadata: dict[str, Any], status: int | None
) -> str:
    told = _text_of(body.get("message"))[:MAX_RAW_CHARS].strip()
    head = " ".join(str(part) for part in (provider, status) if part)
    text = f"{head}: {told or _phrase(status)}" if head else told or _phrase(status)
    upstream = metadata.get("provider_name")
    inner = _inner(metadata.get("raw"))
    if upstream or inner:
        text += f" ({': '.join(str(part) for part in (upstream, inner) if part)})"
    hint = metadata.get("remedy_hint") or _availability_hint(body)
    return f"{text.rstrip('.')}. {hint}" if hint else text


def _inner(raw: Any) -> str:
    """Return what the upstream said: its message, or its words clipped."""
    if isinstance(raw, str):
        found = _parsed(raw.encode())
        raw = raw if found is None else found
    elif isinstance(raw, dict):
        raw = _body_of(raw)
    if isinstance(raw, dict):
        raw = raw.get("message") or _dumped(raw)
    return raw[:MAX_RAW_CHARS] if isinstance(raw, str) else ""


def _availability_hint(body: dict[str, Any]) -> str:
    found = _object(body.get("availability"))
    models = found.get("fallback_models")
    if isinstance(models, list) and models:
        return f"Other models: {', '.join(str(model) for model in models)}."
    constraint = _object(found.get("constraint"))
    return str(constraint.get("detail") or "")


def _kind(body: dict[str, Any], metadata: dict[str, Any], status: int | None) -> str:
    for name in _types(body, metadata):
        if found := _BY_TYPE.get(name):
            return found
    by_status = _kind_of_status(status)
    if by_status in ("invalid_request", "server") and status != HTTPStatus.TOO_MANY_REQUESTS:
        text = f"{_text_of(body.get('message'))} {_text_of(metadata.get('raw'))}"
        if _OVERFLOW.search(text):
            return "context_overflow"
    return by_status


def _types(body: dict[str, Any], metadata: dict[str, Any]) -> list[str]:
    """Return the words that name the kind of error, the most telling first."""
    availability = _object(body.get("availability"))
    words = [
        metadata.get("error_type"),
        availability.get("code"),
        body.get("error_type"),
        body.get("code"),
        body.get("type"),
    ]
    return [word for word in words if isinstance(word, str)]


def _kind_of_status(status: int | None) -> str:
    if status is None:
        return "server"
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return "server" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "invalid_request"


def _is_retryable(kind: str, body: dict[str, Any], status: int | None) -> bool:
    told = _object(body.get("availability")).get("retryable")
    if isinstance(told, bool):
        return told
    if kind in ("context_overflow", "payment", "authentication", "content_filter"):
        return False
    if status is not None:
        return is_retryable_status(status)
    return kind in _RETRYABLE


def _details(body: dict[str, Any], metadata: dict[str, Any]) -> dict[str, Any]:
    known = {
        "code": body.get("code"),
        "error_type": next(iter(_types(body, metadata)), None),
        "provider_name": metadata.get("provider_name"),
        "provider_code": metadata.get("provider_code"),
        "previous_errors": metadata.get("previous_errors"),
        "param": body.get("param"),
        "metadata": metadata or None,
        "availability": body.get("availability"),
    }
    return {key: value for key, value in known.items() if value not in (None, "")}


def _request_id(headers: Mapping[str, str], body: dict[str, Any]) -> str | None:
    found = (
        headers.get("x-request-id")
        or headers.get("request-id")
        or headers.get("x-generation-id")
        or body.get("request_id")
    )
    return str(found) if found else None


def _hint(kind: str) -> str:
    return {
        "authentication": "Check the key of the provider's auth.",
        "payment": "Check the account's balance at the provider.",
    }.get(kind, "")


def _phrase(status: int | None) -> str:
    try:
        return HTTPStatus(status or 0).phrase
    except ValueError:
        return "the provider gave no reason"


def _status(code: Any) -> int | None:
    number = _number(code)
    return int(number) if number is not None and 400 <= number <= 599 else None


def _seconds(value: str | None, now: Callable[[], float]) -> float | None:
    if not value:
        return None
    number = _number(value.strip())
    if number is not None:
        return number
    try:
        return parsedate_to_datetime(value).timestamp() - now()
    except (ValueError, TypeError, OverflowError):
        return None


def _until_reset(headers: Mapping[str, str], now: Callable[[], float]) -> float | None:
    reset = _number(headers.get("x-ratelimit-reset"))
    if reset is None or reset < _EPOCH_FROM:  # no date: some servers count down
        return reset
    return (reset / 1000 if reset >= _MILLISECONDS_FROM else reset) - now()


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if abs(number) < 1e15 else None  # neither inf nor nan


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
