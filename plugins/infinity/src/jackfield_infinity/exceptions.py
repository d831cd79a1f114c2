"""What goes wrong with a call. Source: spec/infinity.md, 5."""

from typing import Any


class InfinityAssistantError(Exception):
    """The service did not do what it was asked to.

    Args:
        message: What happened.
        code: A word for it: the service's own, or one of the client.
        status_code: The HTTP status; None when no request was made.
        response: The body of the answer.
        retry_after: Seconds after which the service would like to be asked again.
        rate_limit: What the service told about the quota.
    """

    def __init__(  # noqa: PLR0913 - an error carries what the caller needs
        self,
        message: str,
        code: str | None = None,
        status_code: int | None = None,
        response: dict[str, Any] | None = None,
        *,
        retry_after: float | None = None,
        rate_limit: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = str(message)
        self.code = code
        self.status_code = status_code
        self.response = response
        self.retry_after = retry_after
        self.rate_limit = rate_limit

    def __str__(self) -> str:
        return f"{self.code}: {self.message}" if self.code else self.message


class InfinityAssistantRateLimitError(InfinityAssistantError):
    """The service has had enough for now (429): code `RATE_LIMIT`; see `retry_after`."""


class InfinityAssistantTimeoutError(InfinityAssistantError):
    """The service was too slow for the client: code `TIMEOUT`, status 408."""


class InfinityAssistantNetworkError(InfinityAssistantError):
    """There was no answer, or a stream broke off: code `NETWORK_ERROR`, status 0."""


class InfinityAssistantAuthenticationError(InfinityAssistantError):
    """The key is missing, wrong, or not allowed to do this (401, 403)."""
