"""Root of all errors."""

from typing import ClassVar


class JackfieldError(Exception):
    """Root of all errors of Jackfield and its plugins.

    Attributes:
        exit_code: What the command line exits with when this error ends a command.
        hint: What to do next, one sentence; empty when the message says it.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()
