"""Makes the exceptions of this client of calls that failed. Source: spec/lumnis.md, 5."""

from collections.abc import Callable
from typing import Any

from jackfield.errors import ProviderError
from jackfield_httpx.retry_after import retry_after_s
from jackfield_httpx.service import Failure, Reply
from jackfield_lumnis.exceptions import (
    AuthenticationError,
    ErrorCode,
    FileAccessDeniedError,
    FileNotFoundError,  # noqa: A004 - ours, which is also the builtin one
    LumnisAIError,
    NotFoundError,
    NotImplementedYetError,
    RateLimitError,
    TransportError,
    ValidationError,
)

_ONE_FILE = "/v1/files/{}"
_FIXED = {
    401: "The service does not accept the API key.",
    403: "The API key does not allow this.",
    404: "The service knows no such thing.",
    429: "Too many requests: the service asks to wait.",
    501: "The service does not offer this yet.",
}


def error_of(failure: Failure, judged: ProviderError) -> LumnisAIError:
    """Return the exception for a call whose last attempt failed.

    Of several attempts that ended with the network or the service failing, the first 5xx says
    most.
    """
    if failure.status is None or failure.status >= 500:
        failure = next((each for each in failure.earlier if _is_5xx(each)), failure)
    if failure.cause is not None or failure.reply is None:
        return _network_error(failure, judged)
    return _answered(failure, failure.reply)


def wait_of(failure: Failure) -> float | None:
    """Return for how many seconds the service asks to wait; None where it does not say.

    Only refusals that pass with time may say it: 429 and 503.
    """
    if failure.reply is None or failure.status not in (429, 503):
        return None
    return retry_after_s({"retry-after": failure.reply.headers.get("retry-after", "")}, {})


def _is_5xx(failure: Failure) -> bool:
    return failure.status is not None and failure.status >= 500


def _network_error(failure: Failure, judged: ProviderError) -> LumnisAIError:
    code = ErrorCode.NETWORK_ERROR
    if failure.is_timeout:
        code = ErrorCode.TIMEOUT
    elif failure.is_unsent:
        code = ErrorCode.CONNECTION_ERROR
    return TransportError(
        judged.message, code=code, status_code=failure.status, request_id=failure.request_id
    )


def _answered(failure: Failure, reply: Reply) -> LumnisAIError:
    status = reply.status
    detail = _detail(reply)
    about: dict[str, Any] = {
        "status_code": status,
        "request_id": failure.request_id,
        "detail": detail,
        "code": _named_code(detail) or _codes.get(status),
    }
    if status == 429:
        return RateLimitError(_FIXED[429], retry_after=wait_of(failure), **about)
    if status in _kinds:
        return _kind(failure, status)(_FIXED[status], **about)
    if 400 <= status < 500:
        told = message_in(detail) or f"The service refused the request with status {status}."
        return ValidationError(told, **about)
    return TransportError(f"The service answered with status {status}.", **about)


_codes = {403: ErrorCode.FORBIDDEN, 409: ErrorCode.ALREADY_EXISTS}
_kinds: dict[int, Callable[..., LumnisAIError]] = {
    401: AuthenticationError,
    403: AuthenticationError,
    404: NotFoundError,
    501: NotImplementedYetError,
}


def _kind(failure: Failure, status: int) -> Callable[..., LumnisAIError]:
    if _ONE_FILE in failure.operation and status in (403, 404):
        return FileNotFoundError if status == 404 else FileAccessDeniedError
    return _kinds[status]


def _detail(reply: Reply) -> dict[str, Any]:
    found = reply.json_or_none()
    if isinstance(found, dict):
        return found
    raw = reply.text if found is None else found
    return {"raw": raw} if raw else {}


def _named_code(detail: dict[str, Any]) -> ErrorCode | None:
    error = detail.get("error")
    named = error.get("code") if isinstance(error, dict) else None
    return ErrorCode(named) if isinstance(named, str) and named in {*ErrorCode} else None


def message_in(detail: dict[str, Any]) -> str:
    """Return what an error body says in words, whatever its form; empty when it says nothing."""
    error, listed = detail.get("error"), detail.get("detail")
    told = [
        error.get("message") if isinstance(error, dict) else error,
        detail.get("message"),
        listed,
        _joined(listed),
    ]
    return next((each for each in told if isinstance(each, str) and each), "")


def _joined(listed: Any) -> str:
    if not isinstance(listed, list):
        return ""
    texts = [each.get("msg") if isinstance(each, dict) else each for each in listed]
    return "; ".join(text for text in texts if isinstance(text, str))
