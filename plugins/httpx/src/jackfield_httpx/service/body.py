"""Reading answers, in pieces or as a whole. Without I/O."""

import sys
from dataclasses import replace

from jackfield.errors import ProtocolError, ProviderError
from jackfield.http import Request
from jackfield_httpx.service.outgoing import Outgoing
from jackfield_httpx.service.reply import Reply, request_id_of
from jackfield_httpx.service.steps import Close, Flow, Opened, Read, Step

MAX_ERROR_BYTES = 256 * 1024
"""How much of the body of a refusal is read."""


class Body:
    """The body of an accepted answer, read piece by piece in a flow.

    What a flow does not read to its end is closed when the flow ends.

    Attributes:
        status: The status code.
        headers: The header fields, names in lower case.
    """

    def __init__(self, outgoing: Outgoing, signed: Request, opened: Opened) -> None:
        self._outgoing = outgoing
        self._signed = signed
        self._opened = opened
        self.status = opened.status
        self.headers = opened.headers

    @property
    def media_type(self) -> str:
        """The content type without parameters, in lower case; empty when there is none."""
        return self._head().media_type

    def read(self) -> Flow[bytes | None]:
        """Return the next bytes, or None at the end.

        Raises:
            Exception: What `Service.error` makes of a connection that broke or stalled.
        """
        try:
            return (yield from Read(self._opened))
        except ProviderError as exc:
            cause = exc
        raise self.broken(cause)

    def rest(self) -> Flow[Reply]:
        """Read on to the end and return the answer as a whole.

        Raises:
            Exception: What `Service.error` makes of a broken connection or a body that is
                longer than `max_reply_bytes`.
        """
        try:
            reply = yield from read_whole(self._outgoing, self._opened)
        except ProviderError as exc:
            cause = exc
        else:
            return replace(reply, secrets=self._outgoing.secrets_of(self._signed))
        raise self.broken(cause)

    def close(self) -> Step[None]:
        """Return the step that closes the connection, or gives it back at the end."""
        return Close(self._opened)

    def broken(self, problem: str | ProviderError) -> Exception:
        """Return the exception for an answer that cannot be read on: the client's own class.

        Args:
            problem: What is wrong, a sentence; or the error that was raised.
        """
        if isinstance(problem, str):
            problem = ProtocolError(
                f"{self._outgoing.operation}: {problem}",
                provider=self._outgoing.service.name,
                status=self.status,
                request_id=request_id_of(self.headers),
            )
        failure = self._outgoing.failure(
            self._signed, reply=self._head(), cause=problem, started=True
        )
        return self._outgoing.service.failed(failure)

    def _head(self) -> Reply:
        return Reply(status=self.status, headers=self.headers, place=self._outgoing.place)


def read_whole(outgoing: Outgoing, opened: Opened) -> Flow[Reply]:
    """Return an accepted answer, read to its end and closed.

    Raises:
        ProviderError: The connection broke, or the body is too long.
    """
    limit = sys.maxsize if outgoing.max_reply_bytes is None else outgoing.max_reply_bytes
    content, is_whole = yield from _read_up_to(opened, limit)
    yield from Close(opened)
    if not is_whole:
        raise ProtocolError(
            f"{outgoing.operation} was answered with more than {limit:,} bytes.",
            provider=outgoing.service.name,
            status=opened.status,
            hint="Read it as a stream, or set `max_reply_bytes` higher.",
        )
    return Reply(
        status=opened.status, headers=opened.headers, content=content, place=outgoing.place
    )


def read_refusal(outgoing: Outgoing, opened: Opened) -> Flow[Reply]:
    """Return an answer that is a failure, with as much of its body as can be had."""
    content = b""
    try:
        content, _ = yield from _read_up_to(opened, MAX_ERROR_BYTES)
    except ProviderError as exc:  # the status says enough
        outgoing.service.logger.debug("The body of the refusal is not readable: %s", exc)
    yield from Close(opened)
    return Reply(
        status=opened.status, headers=opened.headers, content=content, place=outgoing.place
    )


def _read_up_to(opened: Opened, limit: int) -> Flow[tuple[bytes, bool]]:
    pieces: list[bytes] = []
    size = 0
    while (piece := (yield from Read(opened))) is not None:
        pieces.append(piece)
        size += len(piece)
        if size > limit:
            return b"".join(pieces)[:limit], False
    return b"".join(pieces), True
