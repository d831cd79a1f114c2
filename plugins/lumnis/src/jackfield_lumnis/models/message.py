"""One message of a conversation. Source: spec/lumnis.md, 2.1."""

from typing import Any

from jackfield_lumnis.models.record import Record


class Message(Record):
    """A message.

    Attributes:
        role: `system`, `user` or `assistant`; by default the user's.
        content: The text.
    """

    role: str = "user"
    content: Any = ""
