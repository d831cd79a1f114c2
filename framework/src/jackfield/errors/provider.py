"""Look at `kind`: retry, log in, shorten, give up."""

from typing import Any, ClassVar

from jackfield.errors.root import JackfieldError


class ProviderError(JackfieldError):
    """A model call failed. In a run it becomes the final message's `error`, not an exception.

    Attributes:
        kind: Short class of failure: `server`, `timeout`, `rate_limit`, `overloaded` ...
            (source: spec/openrouter.md, 13.3).
        provider: The provider's name; empty when unknown.
        status: HTTP status, if there was one.
        request_id: The provider's id of the failed request.
        retryable: Whether the same request may succeed later.
        retry_after_s: Seconds to wait before that, as told by the provider.
        details: Further fields of the provider's error body.
    """

    default_kind: ClassVar[str] = "server"

    def __init__(
        self,
        message: str,
        *,
        kind: str = "",
        provider: str = "",
        status: int | None = None,
        request_id: str | None = None,
        retryable: bool = False,
        retry_after_s: float | None = None,
        details: dict[str, Any] | None = None,
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.kind = kind or self.default_kind
        self.provider = provider
        self.status = status
        self.request_id = request_id
        self.retryable = retryable
        self.retry_after_s = retry_after_s
        self.details = details or {}


class AuthenticationError(ProviderError):
    """The provider refused the credentials."""

    default_kind = "authentication"


class RateLimitError(ProviderError):
    """Too many requests; `retry_after_s` says how long to wait, if the provider did."""

    default_kind = "rate_limit"


class ContextOverflowError(ProviderError):
    """The messages do not fit into the model's context window."""

    default_kind = "context_overflow"


class UnsupportedError(ProviderError):
    """The model or provider cannot do what was asked; nothing was dropped silently."""

    default_kind = "unsupported"


class ProtocolError(ProviderError):
    """The answer breaks the provider's own protocol (torn stream, wrong types ...)."""

    default_kind = "protocol"
