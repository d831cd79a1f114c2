"""HTTP requests and responses as values, without naming a library."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from jackfield.record import Record


@dataclass(slots=True, kw_only=True)
class Request(Record):
    """One HTTP request.

    Attributes:
        method: Upper case.
        url: Absolute.
        headers: Names in lower case; values of credentials are masked by every log.
        body: The bytes to send; None for none.
        repeatable: Whether the provider allows the transport to send it again while no
            byte of the answer has reached the caller.
        timeout_s: Deadline of the whole call in seconds, retries included; None for none.
        metadata: For hooks and recordings; never sent.
    """

    method: str = "GET"
    url: str
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    repeatable: bool = False
    timeout_s: float | None = None
    metadata: dict[str, Any] = field(default_factory=dict)


class Response(Protocol):
    """One HTTP response whose body is read as it arrives."""

    @property
    def status(self) -> int:
        """The status code."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The header fields, names in lower case."""

    def chunks(self) -> AsyncIterator[bytes]:
        """Return the body, one item per network read, decoded of its content encoding."""

    async def read(self) -> bytes:
        """Return the whole body; bounded by the transport's limit."""
