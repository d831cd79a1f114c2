"""What a tool raises, and a run."""

from typing import Any

from jackfield.errors.root import JackfieldError


class ToolError(JackfieldError):
    """Raise it in a tool: its text becomes the error result that the model reads."""


class AgentRunError(JackfieldError):
    """A run ended with an error.

    Attributes:
        failed_message: The final assistant message: its `error` has the details, its
            `content` what had arrived.
    """

    def __init__(self, message: str, *, failed_message: Any = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.failed_message = failed_message
