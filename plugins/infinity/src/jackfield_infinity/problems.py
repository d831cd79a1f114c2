"""Exceptions of the client -> errors that a run of Jackfield tells."""

from jackfield.errors import (
    AuthenticationError,
    ConfigError,
    ProtocolError,
    ProviderError,
)
from jackfield_httpx.service_errors import error_from_object
from jackfield_infinity.exceptions import (
    InfinityAssistantError,
    InfinityAssistantNetworkError,
    InfinityAssistantTimeoutError,
)
from jackfield_infinity.types import ChatStreamChunk

_TOO_LONG = "MESSAGE_TOO_LONG"


def told(error: InfinityAssistantError | ConfigError, provider: str) -> ProviderError:
    """Return an error as callers of a provider know it.

    Args:
        error: Of the client, or of the auth that was to add the key.
        provider: Our name.
    """
    if isinstance(error, ConfigError):  # a missing secret
        return AuthenticationError(error.message, provider=provider, hint=error.hint)
    found = _found(error, provider)
    found.retry_after_s = error.retry_after
    if error.code is not None:
        found.details["code"] = error.code
    if error.rate_limit is not None:
        found.details["rate_limit"] = error.rate_limit
    return found


def failure_of(chunk: ChatStreamChunk, provider: str) -> ProviderError:
    """Return the error that the service tells of in the middle of an answer."""
    message = chunk.get("error") or "The service failed, and does not say why."
    found = error_from_object(provider, {"error": {"message": message}})
    if code := chunk.get("code"):
        found.details["code"] = code
    return found


def _found(error: InfinityAssistantError, provider: str) -> ProviderError:
    message = f"{provider}: {error.message}"
    if isinstance(error, InfinityAssistantTimeoutError):
        return ProviderError(message, kind="timeout", provider=provider, retryable=True)
    if isinstance(error, InfinityAssistantNetworkError):
        return ProviderError(message, kind="connection", provider=provider, retryable=True)
    if error.status_code is None:
        return ProviderError(message, kind="invalid_request", provider=provider)
    if error.code == _TOO_LONG:
        kind, status = "context_overflow", error.status_code
        return ProviderError(message, kind=kind, provider=provider, status=status)
    if error.status_code < 400:
        return ProtocolError(message, provider=provider, status=error.status_code)
    hint = " ".join(getattr(error, "__notes__", ()))
    found = error_from_object(provider, {"error": {"message": error.message}}, error.status_code)
    found.hint = hint or found.hint
    return found
