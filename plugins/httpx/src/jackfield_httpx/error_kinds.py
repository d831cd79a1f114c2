"""What kind of failure an error answer tells of, and whether to try again.

Source: spec/openrouter.md, 13.3.
"""

import re
from http import HTTPStatus
from typing import Any

from jackfield_httpx.error_bodies import mapping_of, text_of

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


def is_retryable_status(status: int) -> bool:
    """Tell whether a request that may be repeated is sent again after this status."""
    return status in (408, 409, 425, 429) or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def kind_of(body: dict[str, Any], metadata: dict[str, Any], status: int | None) -> str:
    """Return the kind: what the words say, else the texts of overflow, else the status."""
    for name in type_words(body, metadata):
        if found := _BY_TYPE.get(name):
            return found
    by_status = _kind_of_status(status)
    if by_status in ("invalid_request", "server") and status != HTTPStatus.TOO_MANY_REQUESTS:
        text = f"{text_of(body.get('message'))} {text_of(metadata.get('raw'))}"
        if _OVERFLOW.search(text):
            return "context_overflow"
    return by_status


def type_words(body: dict[str, Any], metadata: dict[str, Any]) -> list[str]:
    """Return the words that name the kind of error, the most telling first."""
    availability = mapping_of(body.get("availability"))
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


def is_retryable(kind: str, body: dict[str, Any], status: int | None) -> bool:
    """Tell whether the same request may succeed later; the service's own word goes first."""
    told = mapping_of(body.get("availability")).get("retryable")
    if isinstance(told, bool):
        return told
    if kind in ("context_overflow", "payment", "authentication", "content_filter"):
        return False
    if status is not None:
        return is_retryable_status(status)
    return kind in _RETRYABLE
