"""Which failures may pass when a call is sent again. Source: spec/infinity.md, 4.2."""

from http import HTTPStatus

from jackfield.errors import ProviderError
from jackfield_httpx.service import Failure

_HARMLESS = frozenset({"GET", "DELETE"})
_SERVER_AT_FAULT = frozenset({500, 502, 504})


def may_pass(failure: Failure, wait_s: float | None, *, retry_timeouts: bool = False) -> bool:
    """Return whether the call may be sent again.

    Args:
        failure: What went wrong.
        wait_s: How long the service asks to wait; None if it does not say.
        retry_timeouts: Whether a message that may have been processed is sent again.
    """
    harmless = failure.request.method in _HARMLESS
    if failure.cause is not None:
        return _network_may_pass(failure, failure.cause, harmless=harmless or retry_timeouts)
    if failure.status == HTTPStatus.TOO_MANY_REQUESTS:
        return True
    if failure.status == HTTPStatus.SERVICE_UNAVAILABLE:
        return harmless or wait_s is not None
    return harmless and failure.status in _SERVER_AT_FAULT


def _network_may_pass(failure: Failure, cause: ProviderError, *, harmless: bool) -> bool:
    if cause.kind == "timeout":
        return harmless or failure.is_unsent
    if cause.kind != "connection":
        return False
    # Once an answer has begun the message was processed, even if nobody can read on.
    return not failure.answered or failure.request.method in _HARMLESS
