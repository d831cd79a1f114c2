"""What the assistant says in one turn, and the ways to stream it. Source: spec/infinity.md, 6.2."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from jackfield.testing import Cut, Hold, Pause, Reply, Reset, sse, sse_reply

Dialect: TypeAlias = Literal["deployed", "sdk", "page", "json"]
"""How a stream is written; `json` is a server that ignores `stream`."""

Stop: TypeAlias = Hold | Pause | Cut | Reset
Written: TypeAlias = bytes | str | Stop

_FOUR_WORDS = re.compile(r"\s*\S+(?:\s+\S+){0,3}|\s+")


@dataclass(slots=True, kw_only=True)
class Turn:
    """What the assistant does when it is next asked.

    Attributes:
        text: What it says.
        pieces: The same as it is streamed, with stops between; by default groups of four words.
        tokens: What it is said to have used.
        events: What the service tells before: `phase`, `memory`, `language`, `speaker`,
            `essence`, `driving`, by the event's name.
        error: It fails in the middle of the stream with this message.
        is_cut: The stream ends before its end.
    """

    text: str = ""
    pieces: Sequence[str | Stop] | None = None
    tokens: int = 41
    events: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None
    is_cut: bool = False

    def written(self) -> list[str | Stop]:
        """Return the text as it is streamed."""
        return list(_FOUR_WORDS.findall(self.text)) if self.pieces is None else list(self.pieces)

    def spoken(self) -> str:
        """Return the whole text."""
        return "".join(piece for piece in self.written() if isinstance(piece, str))

    def metadata(self) -> dict[str, Any]:
        """Return what is told of it at its end."""
        return {"model": "infinity-agent", "tokensUsed": self.tokens, "processingTime": 812}


def turn_of(answer: "Turn | str") -> Turn:
    """Return the turn; a text is one that says it."""
    return Turn(text=answer) if isinstance(answer, str) else answer


def stream_reply(turn: Turn, conversation_id: str, dialect: Dialect, headers: Any) -> Reply:
    """Return a turn as a stream of server-sent events.

    Args:
        turn: What is said.
        conversation_id: Where.
        dialect: `deployed`, `sdk` or `page`.
        headers: Of the reply.
    """
    head, last = _FRAMES[dialect](turn, conversation_id)
    pieces: list[Written] = [*head, *_told(turn, _TEXTS[dialect])]
    if turn.error is not None:
        pieces.append(_ERRORS[dialect](turn.error))
    elif not turn.is_cut:
        pieces += last
    return sse_reply(pieces, headers=dict(headers))


def _told(turn: Turn, frame: Callable[[str], bytes]) -> Iterator[Written]:
    for piece in turn.written():
        yield frame(piece) if isinstance(piece, str) else piece


def _deployed(turn: Turn, conversation_id: str) -> tuple[list[bytes], list[bytes]]:
    known = {"conversationId": conversation_id}
    head = [sse.sse(data, event=name) for name, data in turn.events.items()]
    told = {name: value for name, value in turn.metadata().items() if name != "model"}
    end = known | {"metadata": told | {"drivingMode": "driving" in turn.events}}
    return [*head, sse.sse(known, event="start")], [sse.sse(end, event="done")]


def _sdk(turn: Turn, conversation_id: str) -> tuple[list[bytes], list[bytes]]:
    told = turn.metadata() | {"conversationId": conversation_id}
    return [], [sse.sse({"metadata": told}), sse.DONE]


def _page(turn: Turn, conversation_id: str) -> tuple[list[bytes], list[bytes]]:
    del turn
    end = {"message_id": "msg_1", "conversation_id": conversation_id}
    return [], [sse.sse({"type": "complete"} | end)]


_FRAMES = {"deployed": _deployed, "sdk": _sdk, "page": _page}
_TEXTS: dict[str, Callable[[str], bytes]] = {
    "deployed": lambda text: sse.sse({"text": text}, event="chunk"),
    "sdk": lambda text: sse.sse({"content": text}),
    "page": lambda text: sse.sse({"type": "chunk", "content": text}),
}
_ERRORS: dict[str, Callable[[str], bytes]] = {
    "deployed": lambda text: sse.sse({"message": text, "error": text}, event="error"),
    "sdk": lambda text: sse.sse({"type": "error", "error": text}),
    "page": lambda text: sse.sse({"type": "error", "error": text}),
}
