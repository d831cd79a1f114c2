"""What can go wrong with the service, as exceptions.

LumnisAIError
|- TransportError                 the network, a timeout, a 5xx, an answer nobody can read
|- AuthenticationError            401, 403
|- NotFoundError                  404
|- RateLimitError                 429
|- NotImplementedYetError         501
|- ValidationError                any other 4xx, and arguments refused before anything is sent
|  |- MissingUserId
|  |- TenantScopeUserIdConflict
|  `- LocalFileNotSupported
`- FileOperationError
   |- FileNotFoundError           also a NotFoundError and the builtin of that name
   `- FileAccessDeniedError       also an AuthenticationError

Source: spec/lumnis.md, 5.
"""

import builtins
import errno
from enum import StrEnum
from typing import Any, ClassVar

from jackfield_lumnis.sanitise import clean_detail, clean_text


class ErrorCode(StrEnum):
    """What went wrong, as one word."""

    NETWORK_ERROR = "NETWORK_ERROR"
    TIMEOUT = "TIMEOUT"
    CONNECTION_ERROR = "CONNECTION_ERROR"
    INVALID_API_KEY = "INVALID_API_KEY"
    UNAUTHORIZED = "UNAUTHORIZED"
    FORBIDDEN = "FORBIDDEN"
    MISSING_USER_ID = "MISSING_USER_ID"
    TENANT_SCOPE_USER_ID_CONFLICT = "TENANT_SCOPE_USER_ID_CONFLICT"
    INVALID_SCOPE = "INVALID_SCOPE"
    LOCAL_FILE_NOT_SUPPORTED = "LOCAL_FILE_NOT_SUPPORTED"
    INVALID_PARAMETERS = "INVALID_PARAMETERS"
    NOT_FOUND = "NOT_FOUND"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    RATE_LIMIT_EXCEEDED = "RATE_LIMIT_EXCEEDED"
    NOT_IMPLEMENTED = "NOT_IMPLEMENTED"
    UNKNOWN = "UNKNOWN"


class LumnisAIError(Exception):
    """Root of the exceptions of this client.

    Args:
        message: What happened; whatever looks like a key is redacted.
        code: What happened, as one word; by default the class's.
        request_id: The service's id of the request.
        status_code: Of the answer.
        detail: What the service said about it; redacted, too. Not a dictionary: none.

    Attributes:
        response_id: The run that was being waited for: it can be asked for again.
    """

    default_code: ClassVar[ErrorCode] = ErrorCode.UNKNOWN

    def __init__(
        self,
        message: str = "",
        *,
        code: ErrorCode | str | None = None,
        request_id: str | None = None,
        status_code: int | None = None,
        detail: dict[str, Any] | None = None,
    ) -> None:
        self.message = clean_text(message)
        self.code = self.default_code if code is None else ErrorCode(code)
        self.request_id = request_id
        self.status_code = status_code
        self.detail: dict[str, Any] = clean_detail(detail) if isinstance(detail, dict) else {}
        self.response_id: str | None = None
        super().__init__(self.message)

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        # Constructors of subclasses take other arguments: an unpickled error is filled directly.
        return _unfilled, (type(self),), {**self.__dict__, "args": self.args}


class TransportError(LumnisAIError):
    """The service could not be reached, or failed, or answered what nobody can read."""

    default_code = ErrorCode.NETWORK_ERROR


class AuthenticationError(LumnisAIError):
    """The key is wrong, or does not allow this."""

    default_code = ErrorCode.UNAUTHORIZED


class NotFoundError(LumnisAIError):
    """There is no such thing."""

    default_code = ErrorCode.NOT_FOUND


class RateLimitError(LumnisAIError):
    """Too many requests.

    Args:
        message: See `LumnisAIError`, also for the other arguments.
        retry_after: Seconds after which the service may be asked again; None if it did not say.
    """

    default_code = ErrorCode.RATE_LIMIT_EXCEEDED

    def __init__(
        self, message: str = "", *, retry_after: float | None = None, **about: Any
    ) -> None:
        super().__init__(message, **about)
        self.retry_after = retry_after


class NotImplementedYetError(LumnisAIError):
    """The service does not offer this yet."""

    default_code = ErrorCode.NOT_IMPLEMENTED


class ValidationError(LumnisAIError):
    """An argument is wrong: refused here, or by the service."""

    default_code = ErrorCode.INVALID_PARAMETERS


class MissingUserId(ValidationError):  # noqa: N818 - the documented name
    """A call in user scope names no user."""

    default_code = ErrorCode.MISSING_USER_ID

    def __init__(self) -> None:
        super().__init__(
            "user_id is required when scope is USER: pass user_id=..., or use "
            "client.for_user(user_id)."
        )


class TenantScopeUserIdConflict(ValidationError):  # noqa: N818 - the documented name
    """A call in tenant scope names a user."""

    default_code = ErrorCode.TENANT_SCOPE_USER_ID_CONFLICT

    def __init__(self) -> None:
        super().__init__(
            "user_id must not be provided when scope is TENANT: leave it out, or use scope USER."
        )


class LocalFileNotSupported(ValidationError):  # noqa: N818 - the documented name
    """A run was given a local path; files for runs are artifacts, or lie behind a URI.

    Args:
        file_path: What was given.
    """

    default_code = ErrorCode.LOCAL_FILE_NOT_SUPPORTED

    def __init__(self, file_path: str) -> None:
        super().__init__(
            f"'{file_path}' is a local file, which the service cannot read: upload it, "
            "or give an artifact or a URI."
        )
        self.file_path = file_path


class FileOperationError(LumnisAIError):
    """Something is wrong with a file."""


class FileNotFoundError(  # noqa: A001 - the documented name
    FileOperationError, NotFoundError, builtins.FileNotFoundError
):
    """There is no such file, at the service or here; also the builtin exception."""

    default_code = ErrorCode.NOT_FOUND
    errno = errno.ENOENT


class FileAccessDeniedError(FileOperationError, AuthenticationError):
    """The key or the user may not have this file."""

    default_code = ErrorCode.FORBIDDEN


def _unfilled(kind: type[LumnisAIError]) -> LumnisAIError:
    return kind.__new__(kind)
