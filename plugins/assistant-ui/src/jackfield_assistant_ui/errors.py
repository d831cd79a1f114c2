"""What the client raises. Source: spec/assistant-ui.md, a.5 and a.6.

AssistantError
  AssistantAPIError         the server refused or failed
  AssistantConnectionError  it cannot be reached, or the connection broke
    AssistantTimeoutError   it took too long
  AssistantProtocolError    what it answered cannot be read
  AssistantCancelledError   the call was ended by `cancel`
"""

from collections.abc import Mapping

MAX_SHOWN = 2000
"""Most characters of a body that stand in a message."""


class AssistantError(Exception):
    """A call did not do what was asked."""


class AssistantAPIError(AssistantError):
    """The server answered with a status other than 200 to 299.

    Attributes:
        status_code: The status.
        body: What it said, as far as it was read.
        headers: The header fields, names in lower case.
        thread_id: Of the thread that was asked about.
    """

    def __init__(
        self,
        status_code: int,
        body: str,
        headers: Mapping[str, str] | None = None,
        thread_id: str | None = None,
    ) -> None:
        super().__init__(f"Request failed with status {status_code}: {body[:MAX_SHOWN]}")
        self.status_code = status_code
        self.body = body
        self.headers = headers or {}
        self.thread_id = thread_id


class AssistantConnectionError(AssistantError):
    """The server cannot be reached, or the connection broke."""


class AssistantTimeoutError(AssistantConnectionError):
    """The server took too long."""


class AssistantProtocolError(AssistantError, ValueError):
    """What the server answered cannot be read."""


class AssistantCancelledError(AssistantError):
    """The call was ended by `cancel` of the same client and thread.

    Attributes:
        thread_id: Of the thread.
    """

    def __init__(self, thread_id: str) -> None:
        super().__init__(f"The call of thread {thread_id!r} was cancelled.")
        self.thread_id = thread_id


class AssistantWarning(UserWarning):
    """Something of a message cannot be said to a server, and is left out."""
