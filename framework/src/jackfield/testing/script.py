"""What a scripted answer consists of, step by step, and the player that acts it out."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal, TypeAlias

from jackfield.answer import Answer
from jackfield.errors import OptionError, ProviderError
from jackfield.testing.moment import Moment
from jackfield.usage import Usage


@dataclass(slots=True)
class Text:
    """Text of the answer.

    Attributes:
        text: The whole text of this step; neighbouring steps share one block.
        chunks: Number of deltas of about equal length; None for one delta a word.
        signature: Ends the block with this signature.
    """

    text: str
    chunks: int | None = None
    signature: str | None = None

    def play(self, answer: Answer) -> Iterator[None]:
        """Tell the answer what arrived, one event at a time."""
        for piece in split(self.text, self.chunks):
            answer.text(piece)
            yield
        if self.signature is not None:
            answer.end_block(signature=self.signature)
            yield


@dataclass(slots=True)
class Thinking:
    """Thinking of the model; an empty text is legal, for a signature alone.

    Attributes:
        text: The whole text of this step; neighbouring steps share one block.
        chunks: Number of deltas of about equal length; None for one delta a word.
        signature: Ends the block with this signature.
        redacted: Whether only the signature means something.
    """

    text: str = ""
    chunks: int | None = None
    signature: str | None = None
    redacted: bool = False

    def play(self, answer: Answer) -> Iterator[None]:
        """Tell the answer what arrived, one event at a time."""
        answer.open_thinking()
        for piece in split(self.text, self.chunks):
            answer.thinking(piece)
            yield
        if self.signature is not None or self.redacted:
            answer.end_block(signature=self.signature, redacted=self.redacted)
            yield


@dataclass(slots=True)
class Call:
    """A tool call.

    Attributes:
        name: The tool's name.
        arguments: The arguments, or their raw text (also a broken one).
        id: The call's id; when empty, the provider counts `call_1`, `call_2` ...
        chunks: Number of deltas in which the arguments arrive.
        ended: False leaves the call open until the answer ends.
    """

    name: str
    arguments: dict[str, Any] | str = field(default_factory=dict)
    id: str = ""
    chunks: int = 1
    ended: bool = True

    def pieces(self) -> list[str]:
        """Return the argument text as it arrives."""
        raw = self.arguments if isinstance(self.arguments, str) else json.dumps(self.arguments)
        return split(raw, self.chunks)

    def play(self, answer: Answer) -> Iterator[None]:
        """Tell the answer what arrived, one event at a time."""
        key = object()
        answer.open_call(key, id=self.id, name=self.name)
        yield
        for piece in self.pieces():
            answer.arguments(key, piece)
            yield
        if self.ended:
            answer.end_call(key)
            yield


class Interleaved:
    """Several tool calls whose argument deltas arrive in turn."""

    __slots__ = ("calls",)

    def __init__(self, *calls: Call) -> None:
        self.calls = calls

    def play(self, answer: Answer) -> Iterator[None]:
        """Tell the answer what arrived, one event at a time."""
        waiting: list[tuple[object, list[str]]] = []
        for call in self.calls:
            key = object()
            answer.open_call(key, id=call.id, name=call.name)
            waiting.append((key, call.pieces()))
            yield
        while waiting := [(key, pieces) for key, pieces in waiting if pieces]:
            for key, pieces in waiting:
                answer.arguments(key, pieces.pop(0))
                yield


@dataclass(slots=True)
class Error:
    """The answer fails here.

    Attributes:
        cause: An exception that the provider meets, or the text of a `ProviderError`.
        kind: Kind of that `ProviderError`.
        status: HTTP status of that `ProviderError`.
        retryable: Whether that `ProviderError` says so.
    """

    cause: BaseException | str = "The scripted provider was told to fail."
    kind: str = "server"
    status: int | None = None
    retryable: bool = False

    def exception(self) -> BaseException:
        """Return what to raise."""
        if isinstance(self.cause, BaseException):
            return self.cause
        return ProviderError(
            self.cause, kind=self.kind, status=self.status, retryable=self.retryable
        )


@dataclass(slots=True)
class Finish:
    """The answer ends; None means `tool_calls` if there were any, else `stop`."""

    reason: Literal["stop", "length", "tool_calls"] | None = None


@dataclass(slots=True)
class Delay:
    """The answer pauses for that many seconds; prefer `Wait`, which needs no clock."""

    seconds: float


@dataclass(slots=True)
class Wait:
    """The answer pauses until the test lets it go on, from any thread.

    Attributes:
        released: Set it (or call `release`) to go on.
        reached: Set when the answer has come this far; a test may await it.
    """

    released: Moment | asyncio.Event = field(default_factory=Moment)
    reached: Moment | asyncio.Event = field(default_factory=Moment)

    def release(self) -> None:
        """Let the answer go on."""
        self.released.set()


Step: TypeAlias = (
    str
    | Text
    | Thinking
    | Call
    | Interleaved
    | Error
    | Finish
    | Delay
    | Wait
    | Usage
    | BaseException
)


def split(text: str, chunks: int | None = 1) -> list[str]:
    """Cut a text into `chunks` non-empty pieces of about equal length; None: by words."""
    if chunks is None:
        return re.findall(r"\s*\S+|\s+$", text)
    if chunks < 1:
        raise OptionError(f"`chunks` must be 1 or more, not {chunks}.")
    ends = [len(text) * number // chunks for number in range(chunks + 1)]
    return [text[a:b] for a, b in pairwise(ends) if a < b]


async def play(
    steps: Sequence[Step], answer: Answer, *, batch: int = 1
) -> AsyncGenerator[None, None]:
    """Act out the steps; yields where a network read ends: after `batch` events or more.

    A script without `Finish` ends by itself.
    """
    for step in steps:
        if isinstance(step, Delay | Wait):
            if answer.events:
                yield
            await _pause(step)
            continue
        for _ in _moves(step, answer):
            if len(answer.events) >= batch:
                yield
        if answer.finished:
            return
    _finish(answer, None)


async def _pause(step: Delay | Wait) -> None:
    if isinstance(step, Delay):
        await asyncio.sleep(step.seconds)
        return
    step.reached.set()
    await step.released.wait()


def _moves(step: Any, answer: Answer) -> Iterator[None]:
    """Act out one step, event by event."""
    if isinstance(step, str):
        step = Text(step)
    if isinstance(step, BaseException):
        raise step
    if isinstance(step, Error):
        raise step.exception()
    if isinstance(step, Text | Thinking | Call | Interleaved):
        yield from step.play(answer)
    elif isinstance(step, Finish):
        _finish(answer, step.reason)
    elif isinstance(step, Usage):
        answer.message.usage = step
    else:
        raise OptionError(f"A script has no steps of type {type(step).__name__}.")


def _finish(answer: Answer, reason: Literal["stop", "length", "tool_calls"] | None) -> None:
    answer.finish(reason or ("tool_calls" if answer.message.tool_calls() else "stop"))
