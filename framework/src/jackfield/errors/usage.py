"""Call us differently."""

from jackfield.errors.root import JackfieldError


class UsageError(JackfieldError):
    """Our API was called in a way that it does not support."""

    exit_code = 2


class OptionError(UsageError, ValueError):
    """An argument or option has a value that is not allowed."""


class ValidationError(UsageError, ValueError):
    """Data of the wrong shape was handed to us.

    Attributes:
        place: Where in the data, for example `messages[3].content[0].text`.
    """

    def __init__(self, message: str, *, place: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.place = place


class StateError(UsageError, RuntimeError):
    """The call is not possible in the present state."""


class AgentBusyError(StateError):
    """The agent is running; wait for it, steer it, or abort it."""
