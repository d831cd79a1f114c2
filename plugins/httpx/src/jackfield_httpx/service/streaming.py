"""Answers that are read while they arrive: one sans-I/O decoder serves both drivers."""

import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any, Protocol, TypeVar

from jackfield.errors import JackfieldError, ProtocolError
from jackfield_httpx.service.body import Body
from jackfield_httpx.service.call import Call
from jackfield_httpx.service.exchange import received
from jackfield_httpx.service.json_values import from_json
from jackfield_httpx.service.steps import Close, Flow, Item, ItemFlow, Opened, Read, Work
from jackfield_httpx.sse import MAX_LINE_BYTES, SseDecoder, SseEvent

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class StreamDecoder(Protocol[T_co]):
    """Makes values of bytes, however these are cut.

    It may have an attribute `is_done`: as soon as that is true nothing more is read, and the
    connection is closed without waiting for the server.
    """

    def feed(self, chunk: bytes, /) -> Sequence[T_co]:
        """Return the values that the chunk completes."""

    def close(self) -> Sequence[T_co]:
        """Return what is left when the body ends; raise `ProtocolError` if it ended too early."""


class JsonLines:
    """Decodes one JSON value a line; implements `StreamDecoder`.

    Args:
        max_line_bytes: Longest line.
    """

    def __init__(self, *, max_line_bytes: int = MAX_LINE_BYTES) -> None:
        self._max_line_bytes = max_line_bytes
        self._kept: list[bytes] = []
        self._kept_bytes = 0

    def feed(self, chunk: bytes) -> list[Any]:
        """Return the values of the lines that the chunk completes.

        Raises:
            ProtocolError: A line is not JSON, or longer than the limit.
        """
        first, *others = chunk.split(b"\n")
        self._keep(first)
        values: list[Any] = []
        for line in others:
            values += self._line()
            self._keep(line)
        return values

    def close(self) -> list[Any]:
        """Return the value of the last line, if it has no line end.

        Raises:
            ProtocolError: It is not JSON: it was cut off.
        """
        return self._line()

    def _keep(self, piece: bytes) -> None:
        self._kept.append(piece)
        self._kept_bytes += len(piece)
        if self._kept_bytes > self._max_line_bytes:
            raise ProtocolError(f"a line of the stream exceeds {self._max_line_bytes:,} bytes.")

    def _line(self) -> list[Any]:
        line = b"".join(self._kept).strip()
        self._kept.clear()
        self._kept_bytes = 0
        if not line:
            return []
        try:
            return [from_json(line)]
        except ValueError as exc:
            shown = line[:80].decode("utf-8", "replace")
            raise ProtocolError(f"a line of the stream is not JSON: {shown!r}.") from exc


def decoded(call: Call[Any], make_decoder: Callable[[Body], StreamDecoder[T]]) -> ItemFlow[T]:
    """Send the call and give what the decoder makes of the body, as it arrives.

    Args:
        call: Its own reader is not used.
        make_decoder: Called with the open body, so that it can look at `status`, `headers` and
            `media_type`.
    """
    body = yield from call.open()
    yield from decoded_body(body, make_decoder(body))


def decoded_body(body: Body, decoder: StreamDecoder[T]) -> ItemFlow[T]:
    """Give what the decoder makes of a body that is open already, as it arrives.

    The last values come when the connection is closed, or back in the pool.
    """
    chunk: bytes | None = b""
    while chunk is not None and not _is_done(decoder):
        chunk = yield from body.read()
        values = _fed(body, decoder, chunk)
        if chunk is None or _is_done(decoder):
            yield from body.close()
        for value in values:
            yield Item(value)


def sse_events(call: Call[Any]) -> ItemFlow[SseEvent]:
    """Send the call and give the server-sent events of the answer."""
    return decoded(call, lambda _: SseDecoder())


def json_lines(call: Call[Any]) -> ItemFlow[Any]:
    """Send the call and give the JSON value of each line of the answer."""
    return decoded(call, lambda _: JsonLines())


def chunks(call: Call[Any]) -> ItemFlow[bytes]:
    """Send the call and give the bytes of the answer, one item per network read."""
    body = yield from call.open()
    while (chunk := (yield from body.read())) is not None:
        yield Item(chunk)
    yield from body.close()


def save(call: Call[Any], path: str | Path) -> Flow[Path]:
    """Send the call and write the answer to a file while it arrives.

    The file is complete or not there: it is written under another name and then renamed. When
    the connection breaks meanwhile it is begun anew, if the call may be sent again.

    Raises:
        OSError: Into the flow: the file cannot be written.
    """
    path = Path(path)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        yield from received(call, lambda opened: _written(opened, part))
        yield from Work(part.replace, (path,))
    finally:
        part.unlink(missing_ok=True)
    return path


def _written(opened: Opened, path: Path) -> Flow[None]:
    """Write the body into a file; what was in it is gone."""
    file: IO[bytes] = yield from Work(path.open, ("wb",))
    try:
        while (chunk := (yield from Read(opened))) is not None:
            yield from Work(file.write, (chunk,))
        yield from Work(file.close)
    finally:
        file.close()
    yield from Close(opened)


def _is_done(decoder: StreamDecoder[Any]) -> bool:
    return bool(getattr(decoder, "is_done", False))


def _fed(body: Body, decoder: StreamDecoder[T], chunk: bytes | None) -> Sequence[T]:
    try:
        return decoder.close() if chunk is None else decoder.feed(chunk)
    except ProtocolError as exc:
        problem: ProtocolError | str = exc
    except JackfieldError:
        raise
    except (ValueError, TypeError, LookupError, AttributeError) as exc:
        problem = f"the stream cannot be understood: {type(exc).__name__}: {exc}."
    raise body.broken(problem)
