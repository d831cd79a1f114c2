"""Exceptions of the client -> errors that a run of Jackfield tells."""

from jackfield.errors import (
    AuthenticationError,
    ConfigError,
    JackfieldError,
    ProtocolError,
    ProviderError,
)
from jackfield_httpx.service_errors import error_from_object
from jackfield_lumnis.exceptions import ErrorCode, LumnisAIError, RateLimitError, TransportError
from jackfield_lumnis.models.response import ResponseObject

_FIRST_REFUSAL = 400
_NO_STATUS = {ErrorCode.TIMEOUT: "timeout"}


def told(error: Exception, provider: str) -> JackfieldError:
    """Return an error as callers of a provider know it.

    Args:
        error: Of the client, or of the auth that was to add the key.
        provider: Our name.
    """
    if isinstance(error, ConfigError):  # a missing secret
        return AuthenticationError(error.message, provider=provider, hint=error.hint)
    if isinstance(error, JackfieldError):
        return error
    if not isinstance(error, LumnisAIError):
        return ProviderError(f"{provider}: {error}", kind="invalid_request", provider=provider)
    found = _found(error, provider)
    found.request_id = error.request_id
    found.details |= {"code": str(error.code)}
    if error.response_id is not None:
        found.details["response_id"] = error.response_id
    if isinstance(error, RateLimitError):
        found.retry_after_s = error.retry_after
    return found


def failure_of(response: ResponseObject, provider: str) -> ProviderError:
    """Return the error that a failed run tells of."""
    about = response.error if isinstance(response.error, dict) else {}
    message = response.error_message or "The run failed, and the service does not say why."
    found = error_from_object(provider, {"error": {**about, "message": message}})
    found.details["response_id"] = response.response_id
    return found


def _found(error: LumnisAIError, provider: str) -> ProviderError:
    if error.status_code is not None and error.status_code < _FIRST_REFUSAL:
        return ProtocolError(f"{provider}: {error}", provider=provider, status=error.status_code)
    if error.status_code is not None:
        value = {"error": {"message": str(error)}}
        return error_from_object(provider, value, error.status_code)
    message = f"{provider}: {error}"
    if isinstance(error, TransportError):
        kind = _NO_STATUS.get(error.code, "connection")
        return ProviderError(message, kind=kind, provider=provider, retryable=True)
    return ProviderError(message, kind="invalid_request", provider=provider)
