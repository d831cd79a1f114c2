"""Building an answer: the one place where the order of assistant events is made.

A provider says what arrived (`text`, `thinking`, `arguments` ...); the builder keeps the
live message and the events, so that every provider obeys the same grammar.
Source: spec/agent.md, 4.3 and 4.4.
"""

from typing import Any, Literal
from uuid import uuid4

from jackfield.errors import ConfigError, ContractError, PluginError, ProviderError
from jackfield.events import (
    AssistantMessageEvent,
    DoneEvent,
    ErrorEvent,
    StartEvent,
    TextDeltaEvent,
    TextEndEvent,
    TextStartEvent,
    ThinkingDeltaEvent,
    ThinkingEndEvent,
    ThinkingStartEvent,
    ToolCallDeltaEvent,
    ToolCallEndEvent,
    ToolCallStartEvent,
)
from jackfield.messages import (
    AssistantMessage,
    ErrorInfo,
    TextContent,
    ThinkingContent,
    ToolCallContent,
    now_ms,
)
from jackfield.models import Model

ABORTED = "Request was aborted"


class Answer:
    """One answer being built.

    Attributes:
        message: The live message; final once `finished` is true.
        events: Events since the last `take`.
        finished: Whether the terminal event was made; later calls are ignored.
    """

    __slots__ = ("_calls", "_index", "_kind", "_pieces", "events", "finished", "message")

    def __init__(self, model: Model) -> None:
        self.message = AssistantMessage(
            timestamp=now_ms(), api=model.api, provider=model.provider, model=model.id
        )
        self.events: list[AssistantMessageEvent] = []
        self.finished = False
        self._kind: Literal["", "text", "thinking"] = ""  # of the open text or thinking block
        self._index = -1
        self._pieces: list[str] = []
        self._calls: dict[object, tuple[int, list[str]]] = {}  # open calls by the provider's key

    def take(self) -> list[AssistantMessageEvent]:
        """Return the events since the last call."""
        events, self.events = self.events, []
        return events

    def start(self) -> None:
        """Emit `start`; later calls do nothing. Every block starts the answer by itself."""
        if self._index < 0 and not self.finished:
            self._index = 0
            self.events.append(StartEvent(self.message))

    def text(self, delta: str) -> None:
        """Add a piece of text; opens a text block where none is open."""
        if not delta or self.finished:
            return
        if self._kind != "text":
            self._open_block("text")
        self._pieces.append(delta)
        self.events.append(TextDeltaEvent(self._index, delta, self.message))

    def thinking(self, delta: str) -> None:
        """Add a piece of thinking; opens a thinking block where none is open."""
        if not delta or self.finished:
            return
        if self._kind != "thinking":
            self._open_block("thinking")
        self._pieces.append(delta)
        self.events.append(ThinkingDeltaEvent(self._index, delta, self.message))

    def open_text(self) -> None:
        """Open a text block, for protocols that announce a block before its first piece."""
        if self._kind != "text" and not self.finished:
            self._open_block("text")

    def open_thinking(self) -> None:
        """Open a thinking block that may stay without text (a signature alone)."""
        if self._kind != "thinking" and not self.finished:
            self._open_block("thinking")

    def end_block(self, *, signature: str | None = None, redacted: bool = False) -> None:
        """End the open text or thinking block, if there is one."""
        if not self._kind or self.finished:
            return
        part = self.message.content[self._index]
        if isinstance(part, TextContent):
            part.text_signature = signature
            self.events.append(TextEndEvent(self._index, part.seal(), self.message))
        elif isinstance(part, ThinkingContent):
            part.thinking_signature, part.redacted = signature, redacted
            self.events.append(ThinkingEndEvent(self._index, part.seal(), self.message))
        self._kind = ""

    def open_call(self, key: object, *, id: str = "", name: str = "") -> None:  # noqa: A002 - the field's name
        """Begin a tool call; `key` names it in `arguments` and `end_call`.

        An `id` that is empty, or that a call of this answer has already, is replaced by a fresh
        one. Several calls may be open at once; an open one with the same key is ended.
        """
        if self.finished:
            return
        self.end_call(key)
        self.end_block()
        if any(call.id == id for call in self.message.tool_calls()):
            id = ""  # noqa: A001 - as above
        self.start()
        part = ToolCallContent(id=id or f"call_{uuid4().hex[:24]}", name=name)
        self._calls[key] = (len(self.message.content), part.open())
        self.message.content.append(part)
        self.events.append(ToolCallStartEvent(len(self.message.content) - 1, self.message))

    def has_call(self, key: object) -> bool:
        """Tell whether the call `key` is open."""
        return key in self._calls

    def call(self, key: object) -> ToolCallContent:
        """Return the open call `key`, to read it or to complete its name.

        Raises:
            KeyError: No such call is open.
        """
        part = self.message.content[self._calls[key][0]]
        assert isinstance(part, ToolCallContent)  # noqa: S101 - open_call put it there
        return part

    def arguments(self, key: object, delta: str) -> None:
        """Add raw argument JSON to the open call `key`.

        Raises:
            KeyError: No such call is open.
        """
        if self.finished:
            return
        index, pieces = self._calls[key]
        pieces.append(delta)
        self.events.append(ToolCallDeltaEvent(index, delta, self.message))

    def end_call(self, key: object) -> None:
        """End the call `key`, if it is open; its arguments are parsed."""
        if key not in self._calls or self.finished:
            return
        index, _ = self._calls.pop(key)
        part = self.message.content[index]
        if isinstance(part, ToolCallContent):
            part.seal()
            self.events.append(ToolCallEndEvent(index, part, self.message))

    def end_all(self) -> None:
        """End every open block, in index order: a call would have ended a block before it."""
        for key in list(self._calls):
            self.end_call(key)
        self.end_block()

    def finish(self, reason: Literal["stop", "length", "tool_calls"] = "stop") -> None:
        """End all blocks and the answer; set usage and ids on `message` before."""
        if self.finished:
            return
        self.start()
        self.end_all()
        self.finished = True
        self.message.stop_reason = reason
        self.events.append(DoneEvent(reason, self.message))

    def fail(self, error: BaseException | str, *, info: ErrorInfo | None = None) -> None:
        """End the answer with an error; what had arrived stays, open blocks are not ended."""
        if self.finished:
            return
        self.message.error = info or error_info(error)
        self._end_badly("error", str(error) or type(error).__name__)

    def abort(self) -> None:
        """End the answer because the caller aborted it; unfinished tool calls are removed."""
        if not self.finished:
            self._end_badly("aborted", ABORTED)

    def _end_badly(self, reason: Literal["error", "aborted"], text: str) -> None:
        close_content(self.message)
        self._kind, self.finished = "", True
        self._calls.clear()
        self.message.stop_reason = reason
        self.message.error_message = text
        self.events.append(ErrorEvent(reason, self.message))

    def _open_block(self, kind: Literal["text", "thinking"]) -> None:
        self.end_block()
        self.start()
        content = self.message.content
        self._index, self._kind = len(content), kind
        if kind == "text":
            text = TextContent(text="")
            content.append(text)
            self._pieces = text.open()
            self.events.append(TextStartEvent(self._index, self.message))
        else:
            thinking = ThinkingContent(thinking="")
            content.append(thinking)
            self._pieces = thinking.open()
            self.events.append(ThinkingStartEvent(self._index, self.message))


def close_content(message: AssistantMessage) -> None:
    """Make the content of a broken-off answer final: texts joined, half tool calls removed."""
    finished: list[Any] = []
    for part in message.content:
        if part.is_open:
            if isinstance(part, ToolCallContent):
                continue
            part.seal()
        finished.append(part)
    message.content[:] = finished


def error_info(error: BaseException | str) -> ErrorInfo:
    """Return the details of an error in the form that a message keeps."""
    if isinstance(error, ProviderError):
        return ErrorInfo(
            kind=error.kind,
            message=error.message,
            status=error.status,
            provider_name=error.provider or None,
            retryable=error.retryable,
            retry_after=error.retry_after_s,
            request_id=error.request_id,
            **{key: error.details[key] for key in _DETAILS if key in error.details},
        )
    kind = next((kind for cause, kind in _KINDS.items() if isinstance(error, cause)), "internal")
    return ErrorInfo(kind=kind, message=str(error) or type(error).__name__)


_KINDS: dict[type[Exception], str] = {
    ContractError: "contract",
    ConfigError: "configuration",
    PluginError: "plugin",
}
_DETAILS = ("code", "error_type", "provider_code", "previous_errors")
