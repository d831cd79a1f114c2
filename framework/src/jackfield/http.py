"""HTTP requests and responses as values, without naming a library."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from jackfield.events import NoticeEvent
from jackfield.record import Record


@dataclass(slots=True, kw_only=True)
class Timeouts(Record):
    """How long the steps of one request may take, in seconds.

    None leaves the step to the transport's settings, `math.inf` lets it take for ever.
    Source: spec/openrouter.md, 14.

    Attributes:
        connect_s: Until the connection stands, TLS included.
        read_s: Without any byte from the server (the idle timeout).
        write_s: Without the server taking a byte of the request.
        pool_s: Until a connection of the pool is free.
        stall_s: Without an event, in a stream that is kept alive by comments; whoever decodes
            the stream keeps it.
    """

    connect_s: float | None = None
    read_s: float | None = None
    write_s: float | None = None
    pool_s: float | None = None
    stall_s: float | None = None


@dataclass(slots=True, kw_only=True)
class Request(Record):
    """One HTTP request.

    Attributes:
        method: Upper case.
        url: Absolute.
        headers: Names in lower case; values of credentials are masked by every log.
        body: The bytes to send; None for none.
        body_stream: Makes a body that is too large to hold, anew for each attempt, in place of
            `body`; its length, where it is known, stands in the header `content-length`.
        repeatable: Whether the provider allows the transport to send it again while no
            byte of the answer has reached the caller.
        timeout_s: Deadline of the whole call in seconds, retries included; None for none.
        timeouts: Of the single steps; None for the transport's.
        max_retries: How often it may be sent again; None for the transport's number.
        max_retry_delay_s: Longest wait before it is sent again: a server that asks for more
            ends the call; None for the transport's.
        on_notice: Told of each retry, before the wait.
        metadata: For hooks and recordings; never sent.
    """

    _host_only: ClassVar[frozenset[str]] = frozenset({"on_notice", "body_stream"})

    method: str = "GET"
    url: str
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    body_stream: Callable[[], AsyncIterator[bytes]] | None = field(
        default=None, repr=False, compare=False
    )
    repeatable: bool = False
    timeout_s: float | None = None
    timeouts: Timeouts | None = None
    max_retries: int | None = None
    max_retry_delay_s: float | None = None
    on_notice: Callable[[NoticeEvent], None] | None = field(default=None, repr=False, compare=False)
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
