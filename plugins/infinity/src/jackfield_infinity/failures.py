"""Makes the exceptions of this client of calls that failed. Source: spec/infinity.md, 3 and 5."""

from http import HTTPStatus

from jackfield.errors import ProviderError
from jackfield_httpx.service import Failure, Reply
from jackfield_infinity.exceptions import (
    InfinityAssistantAuthenticationError,
    InfinityAssistantError,
    InfinityAssistantNetworkError,
    InfinityAssistantRateLimitError,
    InfinityAssistantTimeoutError,
)
from jackfield_infinity.refusals import (
    body_of,
    code_of,
    message_of,
    object_in,
    rate_limit_of,
    wait_of,
)

ROUTED = "infinity-routed"
"""In the metadata of calls of which there are several candidates, or one that may be missing."""

_ACCOUNT_HINT = (
    "Keys and webhooks belong to an account: the service may ask for the session of a browser, "
    "which an API key does not stand for."
)
_KEY_HINT = "Check the API key: api_key=..., set_api_key(...) or INFINITY_ASSISTANT_API_KEY."


class RouteMissedError(InfinityAssistantError):
    """Nothing of the service answers there: 404 or 405, and it was not the API that said so."""


def error_of(failure: Failure, judged: ProviderError) -> InfinityAssistantError:
    """Return the exception for a call whose last attempt failed."""
    cause, reply = failure.cause, failure.reply
    if cause is None and reply is not None:
        return _refused(failure, reply)
    if judged.kind == "timeout":
        return InfinityAssistantTimeoutError(judged.message, "TIMEOUT", 408)
    if reply is not None and _is_said_no(reply):
        return _of_body(InfinityAssistantError, reply, code="API_ERROR")
    if judged.kind == "protocol" and (failure.answered or reply is not None):
        return _unreadable(judged, reply)
    if judged.kind in ("connection", "protocol"):
        return InfinityAssistantNetworkError(judged.message, "NETWORK_ERROR", 0)
    return InfinityAssistantError(judged.message, judged.kind.upper(), judged.status)


def _refused(failure: Failure, reply: Reply) -> InfinityAssistantError:
    status = reply.status
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _of_body(InfinityAssistantRateLimitError, reply, code="RATE_LIMIT", is_fixed=True)
    if status in (401, 403):
        error = _of_body(InfinityAssistantAuthenticationError, reply)
        on_account = any(part in failure.operation for part in ("/api-keys", "/webhooks"))
        error.add_note(_ACCOUNT_HINT if on_account else _KEY_HINT)
        return error
    if status in (404, 405) and ROUTED in failure.request.metadata and object_in(reply) is None:
        return _of_body(RouteMissedError, reply)
    return _of_body(InfinityAssistantError, reply)


def _of_body(
    kind: type[InfinityAssistantError],
    reply: Reply,
    *,
    code: str | None = None,
    is_fixed: bool = False,
) -> InfinityAssistantError:
    """Return the exception for what a body says.

    Args:
        kind: Its class.
        reply: The answer.
        code: Used where the body has none; by default one for the status.
        is_fixed: Whether that is used whatever the body says.
    """
    body = body_of(reply)
    told = code_of(body, 0 if code else reply.status)
    return kind(
        message_of(reply),
        code if code and (is_fixed or told == "API_ERROR") else told,
        reply.status,
        body,
        retry_after=wait_of(reply),
        rate_limit=rate_limit_of(reply),
    )


def _is_said_no(reply: Reply) -> bool:
    """Return whether an answer that looks like a success says that it is none."""
    return (object_in(reply) or {}).get("success") is False


def _unreadable(judged: ProviderError, reply: Reply | None) -> InfinityAssistantError:
    status = judged.status if reply is None else reply.status
    # Of a stream only the head is known here.
    body = None if reply is None or not reply.content else body_of(reply)
    return InfinityAssistantError(judged.message, "INVALID_RESPONSE", status, body)
