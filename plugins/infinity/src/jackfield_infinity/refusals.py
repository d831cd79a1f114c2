"""What the service says when it refuses: five forms of bodies, one reading.

Source: spec/infinity.md, 3.
"""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from jackfield_httpx.retry_after import number_of, retry_after_s
from jackfield_httpx.service import Reply

MAX_BODY_CHARS = 2000
"""How much of a body that is no JSON object is kept."""

_CODES = {
    400: "VALIDATION_ERROR",
    401: "AUTH_REQUIRED",
    402: "SUBSCRIPTION_REQUIRED",
    403: "AUTH_INSUFFICIENT_PERMISSIONS",
    404: "RESOURCE_NOT_FOUND",
    408: "REQUEST_TIMEOUT",
    429: "RATE_LIMIT_EXCEEDED",
    499: "REQUEST_CANCELLED",
    500: "INTERNAL_ERROR",
    501: "NOT_IMPLEMENTED",
    503: "SERVICE_UNAVAILABLE",
    504: "AGENT_TIMEOUT",
}


def object_in(reply: Reply) -> dict[str, Any] | None:
    """Return the body if it is a JSON object, else None."""
    found = reply.json_or_none()
    return found if isinstance(found, dict) else None


def body_of(reply: Reply) -> dict[str, Any]:
    """Return the decoded body; for anything but a JSON object, what there was of it."""
    found = object_in(reply)
    if found is not None:
        return found
    return {"error": "Unknown error", "body": reply.text[:MAX_BODY_CHARS]}


def code_of(body: dict[str, Any], status: int) -> str:
    """Return the service's word for what happened, else one for the status."""
    error = body.get("error")
    for told in (error.get("code") if isinstance(error, dict) else None, body.get("code")):
        if isinstance(told, str) and told:
            return told
    if status in _CODES:
        return _CODES[status]
    return HTTPStatus(status).name if status in _STATUSES else "API_ERROR"


def message_of(reply: Reply) -> str:
    """Return what the service says in words, else what the status means; always a text."""
    body = object_in(reply) or {}
    error = body.get("error")
    told = [error.get("message") if isinstance(error, dict) else None, body.get("message"), error]
    found = next((each for each in told if isinstance(each, str) and each.strip()), None)
    return found or _phrase(reply.status)


def rate_limit_of(reply: Reply) -> dict[str, Any] | None:
    """Return what the body says about the quota."""
    found = (object_in(reply) or {}).get("rateLimit")
    return found if isinstance(found, dict) else None


def wait_of(reply: Reply) -> float | None:
    """Return for how many seconds the service asks to wait; None if it does not say.

    When the quota begins anew counts for a refusal because of the quota (429) only: the
    service means to tell it with each answer.
    """
    headers = reply.headers
    error = (object_in(reply) or {}).get("error")
    waits = [
        _seconds(headers.get("retry-after")),
        _seconds(headers.get("x-ratelimit-retry-after")),
        number_of(error.get("retry_after")) if isinstance(error, dict) else None,
    ]
    if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
        reset = headers.get("x-ratelimit-reset", "")
        waits.append(retry_after_s({"x-ratelimit-reset": reset}, {}))
        waits.append(_until((rate_limit_of(reply) or {}).get("reset_at")))
    found = next((wait for wait in waits if wait is not None), None)
    return None if found is None else max(found, 0.0)


_STATUSES = {status.value for status in HTTPStatus}


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in _STATUSES else f"Status {status}"


def _seconds(told: str | None) -> float | None:
    return retry_after_s({"retry-after": told}, {}) if told else None


def _until(told: Any) -> float | None:
    if not isinstance(told, str):
        return None
    try:
        moment = datetime.fromisoformat(told)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - datetime.now(UTC)).total_seconds()
