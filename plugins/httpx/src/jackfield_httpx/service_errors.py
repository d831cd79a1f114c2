"""Error answers of HTTP services, read into errors of ours.

Every HTTP provider reads every known form of body: `{"error": {...}}`, `{"error": "text"}`,
`{"message"}`, `{"detail"}`, `{"object": "error", ...}`, plain text, HTML.
Source: spec/openrouter.md, 13; spec/rulings.md.
"""

import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from jackfield.errors import (
    AuthenticationError,
    ContextOverflowError,
    ProtocolError,
    ProviderError,
    RateLimitError,
    UnsupportedError,
)
from jackfield_httpx.error_bodies import (
    MAX_RAW_CHARS,
    as_text,
    body_of,
    dumped,
    mapping_of,
    parsed,
    text_of,
)
from jackfield_httpx.error_kinds import is_retryable, kind_of, type_words
from jackfield_httpx.error_kinds import is_retryable_status as is_retryable_status
from jackfield_httpx.retry_after import number_of, retry_after_s

_BY_KIND: dict[str, type[ProviderError]] = {
    "authentication": AuthenticationError,
    "rate_limit": RateLimitError,
    "context_overflow": ContextOverflowError,
    "unsupported": UnsupportedError,
    "protocol": ProtocolError,
}


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
    found = parsed(body)
    if found is None:
        found = {"message": as_text(body)}
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
    return _error(provider, body_of(value), status=status, headers=headers or {}, now=now)


def error_class(kind: str) -> type[ProviderError]:
    """Return the class of the errors of a kind. Source of the kinds: spec/openrouter.md, 13.3."""
    return _BY_KIND.get(kind, ProviderError)


def _error(
    provider: str,
    body: dict[str, Any],
    *,
    status: int | None,
    headers: Mapping[str, str],
    now: Callable[[], float],
) -> ProviderError:
    metadata = mapping_of(body.get("metadata"))
    code = body.get("code")
    status = status if status is not None else _status(code) or _status(body.get("status"))
    kind = kind_of(body, metadata, status)
    details = _details(body, metadata)
    return error_class(kind)(
        _message(provider, body, metadata, status),
        kind=kind,
        provider=provider,
        status=status,
        request_id=_request_id(headers, body),
        retryable=is_retryable(kind, body, status),
        retry_after_s=retry_after_s(headers, body, now),
        details=details,
        hint=_hint(kind),
    )


def _message(
    provider: str, body: dict[str, Any], metadata: dict[str, Any], status: int | None
) -> str:
    told = text_of(body.get("message"))[:MAX_RAW_CHARS].strip()
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
        found = parsed(raw.encode())
        raw = raw if found is None else found
    elif isinstance(raw, dict):
        raw = body_of(raw)
    if isinstance(raw, dict):
        raw = raw.get("message") or dumped(raw)
    return raw[:MAX_RAW_CHARS] if isinstance(raw, str) else ""


def _availability_hint(body: dict[str, Any]) -> str:
    found = mapping_of(body.get("availability"))
    models = found.get("fallback_models")
    if isinstance(models, list) and models:
        return f"Other models: {', '.join(str(model) for model in models)}."
    constraint = mapping_of(found.get("constraint"))
    return str(constraint.get("detail") or "")


def _details(body: dict[str, Any], metadata: dict[str, Any]) -> dict[str, Any]:
    known = {
        "code": body.get("code"),
        "error_type": next(iter(type_words(body, metadata)), None),
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
    number = number_of(code)
    return int(number) if number is not None and 400 <= number <= 599 else None
