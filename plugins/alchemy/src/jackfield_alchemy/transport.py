"""The binding in the place of a transport, so that auth, retries and errors are everybody's.

A response is not bytes but records: `RecordResponse.batches`.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from types import TracebackType
from typing import TypeAlias

from jackfield.errors import ProviderError
from jackfield.http import Request
from jackfield_alchemy.binding import DONE, ERROR, Handle, Record
from jackfield_alchemy.records import error_of
from jackfield_alchemy.waiting import RecordQueue
from jackfield_httpx.retry import RetryPolicy

Opener: TypeAlias = Callable[[Request], Handle]

_FIRST_ERROR = 400


class RecordResponse:
    """An answer of the binding, once the first of it is there.

    Args:
        queue: Gives the records.
        first: Those that it gave first.

    Attributes:
        status: The HTTP status where the server refused the request; else 200.
        headers: Empty: the binding has read what matters in them.
        error: What the server said where it refused the request; else None.
    """

    def __init__(self, queue: RecordQueue, first: Sequence[Record]) -> None:
        self._queue = queue
        self._first = first
        self.error = _refusal(first)
        self.status = (self.error and self.error.status) or 200
        self.headers: Mapping[str, str] = {}

    async def batches(self) -> AsyncIterator[Sequence[Record]]:
        """Yield the records, those of one network read together."""
        records: Sequence[Record] | None = self._first
        while records:
            yield records
            if records[-1][0] >= DONE:
                return
            records = await self._queue.get()

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield nothing: the bytes are read in Rust."""
        nothing: list[bytes] = []
        for piece in nothing:
            yield piece

    async def read(self) -> bytes:
        """Return nothing: as `chunks`."""
        return b""


class RecordTransport:
    """Opens answers of the binding for `jackfield_httpx.call.Caller`.

    Args:
        open_: Begins an answer; a `ValueError` or `RuntimeError` of it is told as ours.
        policy: How often a request is repeated.
    """

    def __init__(self, open_: Opener, *, policy: RetryPolicy | None = None) -> None:
        self._open = open_
        self.policy = policy or RetryPolicy()

    def stream(self, request: Request) -> "_Opening":
        """Return the context of one attempt; leaving it closes the connection."""
        return _Opening(self._open, request)

    async def aclose(self) -> None:
        """Do nothing: the connections belong to the process."""


class _Opening:
    """One attempt."""

    def __init__(self, open_: Opener, request: Request) -> None:
        self._open = open_
        self._request = request
        self._queue: RecordQueue | None = None

    async def __aenter__(self) -> RecordResponse:
        self._queue = queue = RecordQueue(self._handle())
        try:
            return RecordResponse(queue, await queue.get() or ())
        except BaseException:
            queue.close()
            raise

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._queue is not None:
            self._queue.close()

    def _handle(self) -> Handle:
        try:
            return self._open(self._request)
        except ValueError as error:
            raise ProviderError(str(error), kind="invalid_request") from error
        except RuntimeError as error:
            raise ProviderError(str(error), kind="internal") from error


def _refusal(records: Sequence[Record]) -> ProviderError | None:
    """Return the error that came in place of an answer, if it has an HTTP status."""
    if not records or records[0][0] != ERROR or records[0][1] != "error":
        return None
    error = error_of(records[0][2])
    return error if error.status is not None and error.status >= _FIRST_ERROR else None
