"""Records of the binding -> what `jackfield.answer.Answer` is told. Pure: no I/O.

Source: spec/alchemy.md, 8.3.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Literal, TypeAlias

from jackfield.answer import Answer
from jackfield.errors import ProviderError
from jackfield.messages import ThinkingContent
from jackfield.usage import Cost, Usage
from jackfield_alchemy.binding import (
    DONE,
    ERROR,
    START,
    TEXT_DELTA,
    TEXT_END,
    TEXT_START,
    THINKING_DELTA,
    THINKING_END,
    THINKING_START,
    TOOL_CALL_DELTA,
    TOOL_CALL_END,
    TOOL_CALL_START,
    Record,
)
from jackfield_httpx.service_errors import error_class

Meta: TypeAlias = Mapping[str, Any]
"""What is known about an answer beside its content."""


class RecordReader:
    """Reads the records of one attempt at an answer.

    Args:
        answer: Is filled.

    Attributes:
        has_begun: The server began to answer.
    """

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.has_begun = False

    def feed(self, records: Iterable[Record]) -> None:
        """Take the records of one drain.

        Raises:
            ProviderError: The answer failed; what came before it was taken.
        """
        answer, readers = self._answer, self._readers
        text, thinking, arguments = answer.text, answer.thinking, answer.arguments
        for record in records:
            code = record[0]
            if code == TEXT_DELTA:
                text(record[2])
            elif code == TOOL_CALL_DELTA:
                arguments(record[1], record[2])
            elif code == THINKING_DELTA:
                thinking(record[2])
            else:
                readers[code](self, *record[1:])

    def complete(self, error: ProviderError, provider: str) -> None:
        """Say in an error whose it is, and emit the `start` that it comes after, if any."""
        error.provider = provider  # the binding's name for it begins messages: it may be a title
        error.request_id = error.request_id or self._answer.message.response_id
        if self.has_begun:
            self._answer.start()

    def _start(self, response_id: str | None) -> None:
        # The event waits for the first block: until then the request may be sent again.
        self.has_begun = True
        self._answer.message.response_id = response_id

    def _text_start(self, _index: int) -> None:
        self._answer.open_text()

    def _thinking_start(self, _index: int) -> None:
        self._answer.open_thinking()

    def _block_end(self, _index: int) -> None:
        self._answer.end_block()

    def _call_start(self, index: int, call_id: str, name: str) -> None:
        self._answer.open_call(index, id=call_id, name=name)

    def _call_end(self, index: int, call_id: str, name: str, _pieces_joined: str) -> None:
        call = self._answer.call(index)
        call.id, call.name = call_id, name
        self._answer.end_call(index)

    def _done(self, reason: Literal["stop", "length", "tool_calls"], meta: Meta) -> None:
        self._take(meta)
        self._answer.finish(reason)

    def _error(self, reason: str, info: Mapping[str, Any], meta: Meta) -> None:
        self._take(meta)
        if reason == "aborted":
            self._answer.abort()
        else:
            raise error_of(info)

    def _take(self, meta: Meta) -> None:
        """Note what is known about the answer beside its content."""
        message = self._answer.message
        message.usage = _usage(meta["usage"])
        message.response_id = meta["response_id"]
        message.response_model = meta["response_model"]
        message.raw_stop_reason = meta["raw_stop_reason"]
        message.metadata = meta["metadata"]
        for part in message.content:
            if isinstance(part, ThinkingContent) and not part.is_open:
                part.thinking_signature = meta["thinking_signature"]

    _readers: ClassVar[dict[int, Callable[..., None]]] = {
        START: _start,
        TEXT_START: _text_start,
        TEXT_END: _block_end,
        THINKING_START: _thinking_start,
        THINKING_END: _block_end,
        TOOL_CALL_START: _call_start,
        TOOL_CALL_END: _call_end,
        DONE: _done,
        ERROR: _error,
    }


def error_of(info: Mapping[str, Any]) -> ProviderError:
    """Return the error that an `info` of the binding tells of."""
    return error_class(info["kind"])(
        info["message"],
        kind=info["kind"],
        provider=info["provider"],
        status=info["status"],
        request_id=info["request_id"],
        retryable=info["retryable"],
        retry_after_s=info["retry_after"],
        details=info["details"],
        hint=info["hint"],
    )


def _usage(told: Mapping[str, Any]) -> Usage:
    return Usage(**{**told, "cost": Cost(**told["cost"])})
