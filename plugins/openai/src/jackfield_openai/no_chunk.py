"""The error for what is no chunk of an answer."""

from jackfield.errors import ProtocolError
from jackfield_httpx.payloads import unreadable

COMPLAINT = "The server sent data that is no chunk of an answer"


def no_chunk(data: bytes | str) -> ProtocolError:
    """Return the error that shows how the data begins."""
    return unreadable(COMPLAINT, data)
