"""Messages and their parts.

While a part streams, its text is kept in pieces and joined when somebody reads it, so that
a delta costs the same however long the message already is. Source: spec/agent.md, 3.
"""

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

from jackfield.partial_json import load_object, parse_streaming_json
from jackfield.record import Record
from jackfield.usage import Usage

StopReason: TypeAlias = Literal["stop", "length", "tool_calls", "error", "aborted"]

_STOP_REASONS: dict[str, StopReason] = {
    "stop": "stop",
    "complete": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "tool_use": "tool_calls",
    "toolUse": "tool_calls",
    "error": "error",
    "aborted": "aborted",
}


def normalise_stop_reason(reason: str) -> StopReason:
    """Return our name for a stop reason; an unknown one reads as `stop`."""
    return _STOP_REASONS.get(reason, "stop")


def now_ms() -> int:
    """Return the present time in milliseconds since the Unix epoch."""
    return time.time_ns() // 1_000_000


@dataclass(slots=True, kw_only=True)
class CacheControl(Record):
    """A prompt cache breakpoint: everything up to this part may be cached."""

    type: Literal["ephemeral"] = "ephemeral"
    ttl: Literal["5m", "1h"] | None = None


class _Growing(Record):
    """A part that can still grow: the growing field's slot stays empty while it is open."""

    __slots__ = ("_pieces",)
    _grows: ClassVar[str] = ""

    def open(self) -> list[str]:
        """Make the part grow; append deltas to the list that is returned."""
        self._pieces: list[str] = [getattr(self, self._grows) or ""]
        delattr(self, self._grows)
        return self._pieces

    @property
    def is_open(self) -> bool:
        """Whether the part still grows."""
        return hasattr(self, "_pieces")

    def seal(self) -> str:
        """End the growth and return the whole text."""
        text = self._joined()
        setattr(self, self._grows, text)
        del self._pieces
        return text

    def _joined(self) -> str:
        pieces = self._pieces
        if len(pieces) > 1:
            pieces[:] = ["".join(pieces)]
        return pieces[0]

    if not TYPE_CHECKING:  # a visible __getattr__ would make every misspelt attribute valid

        def __getattr__(self, name: str) -> Any:
            if name == self._grows:
                return self._joined()
            message = f"{type(self).__name__!r} object has no attribute {name!r}"
            raise AttributeError(message, name=name, obj=self)


@dataclass(slots=True, kw_only=True)
class TextContent(_Growing):
    """Text of a user, an assistant or a tool result."""

    _grows: ClassVar[str] = "text"

    type: Literal["text"] = "text"
    text: str
    text_signature: str | None = None
    cache_control: CacheControl | None = None


@dataclass(slots=True, kw_only=True)
class ImageContent(Record):
    """An image in a user message or a tool result; `url` is http(s) or a `data:` URL."""

    type: Literal["image"] = "image"
    url: str
    mime_type: str | None = None


@dataclass(slots=True, kw_only=True)
class ThinkingContent(_Growing):
    """A model's thinking; `redacted` when only the signature means something."""

    _grows: ClassVar[str] = "thinking"

    type: Literal["thinking"] = "thinking"
    thinking: str
    thinking_signature: str | None = None
    cache_control: CacheControl | None = None
    redacted: bool = False


@dataclass(slots=True, kw_only=True)
class ToolCallContent(_Growing):
    """A model's request to call a tool.

    Attributes:
        id: Ties the call to its result.
        name: The tool's name.
        arguments: Parsed arguments; while they stream, a best-effort reading of what is there.
        partial_json: Raw argument text while it streams; None once it parsed; kept when the
            finished text is not a JSON object, and then the call is refused.
    """

    _grows: ClassVar[str] = "partial_json"

    type: Literal["tool_call"] = "tool_call"
    id: str
    name: str
    arguments: dict[str, Any] = field(default_factory=dict)
    partial_json: str | None = None

    def open(self) -> list[str]:
        """Make the arguments grow; append raw JSON text to the list that is returned."""
        pieces = _Growing.open(self)
        del self.arguments
        return pieces

    def seal(self) -> str:
        """End the growth, parse the arguments and return the raw text."""
        text = _Growing.seal(self)
        try:
            self.arguments, self.partial_json = load_object(text), None
        except ValueError:
            self.arguments = {}
        return text

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name == "arguments":
                return parse_streaming_json(self.partial_json) or {}
            return _Growing.__getattr__(self, name)


ToolCall = ToolCallContent

UserPart: TypeAlias = TextContent | ImageContent
AssistantPart: TypeAlias = TextContent | ThinkingContent | ToolCallContent


@dataclass(slots=True, kw_only=True, init=False)
class UserMessage(Record):
    """What the user says. `timestamp` in epoch ms.

    Args:
        content: Text and image parts; a plain string becomes one text part.
        timestamp: When it was said.
        role: Always `user`.
    """

    role: Literal["user"] = "user"
    content: list[UserPart]
    timestamp: int | None = None

    def __init__(
        self,
        *,
        content: str | list[UserPart],
        timestamp: int | None = None,
        role: Literal["user"] = "user",
    ) -> None:
        self.role = role
        self.content = [TextContent(text=content)] if isinstance(content, str) else content
        self.timestamp = timestamp


@dataclass(slots=True, kw_only=True)
class ErrorInfo(Record):
    """Why an answer failed. `kind` and the rest as in spec/openrouter.md, 13.3 and 13.5."""

    kind: str
    message: str
    status: int | None = None
    code: str | int | None = None
    error_type: str | None = None
    provider_name: str | None = None
    provider_code: str | int | None = None
    retryable: bool = False
    retry_after: float | None = None
    request_id: str | None = None
    previous_errors: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class AssistantMessage(Record):
    """A model's answer, finished or being built.

    Attributes:
        content: Text, thinking and tool call parts in order.
        stop_reason: Why it ended; None while it streams.
        timestamp: Epoch milliseconds.
        api: The provider's API that was spoken.
        provider: The provider's name.
        model: The model's id as requested.
        usage: Token counts; zeros if unknown.
        error_message: One line for people when `stop_reason` is `error` or `aborted`.
        response_id: The provider's id of the answer.
        response_model: The model that really answered.
        raw_stop_reason: The finish reason in the provider's words.
        error: Details of a failure.
        metadata: Whatever else the provider says.
    """

    role: Literal["assistant"] = "assistant"
    content: list[AssistantPart] = field(default_factory=list)
    stop_reason: StopReason | None = None
    timestamp: int | None = None
    api: str = ""
    provider: str = ""
    model: str = ""
    usage: Usage = field(default_factory=Usage)
    error_message: str | None = None
    response_id: str | None = None
    response_model: str | None = None
    raw_stop_reason: str | None = None
    error: ErrorInfo | None = None
    metadata: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.stop_reason is not None:
            self.stop_reason = normalise_stop_reason(self.stop_reason)

    def tool_calls(self) -> list[ToolCallContent]:
        """Return the tool call parts in order."""
        return [part for part in self.content if isinstance(part, ToolCallContent)]

    def snapshot(self) -> "AssistantMessage":
        """Return the message as it is now: parts that grow are copied, finished ones shared."""
        content = [replace(part) if part.is_open else part for part in self.content]
        return replace(self, content=content)


@dataclass(slots=True, kw_only=True)
class ToolResultMessage(Record):
    """The result of one tool call. `details` and `terminate` are never sent to a model."""

    _host_only: ClassVar[frozenset[str]] = frozenset({"terminate"})

    role: Literal["tool_result"] = "tool_result"
    tool_call_id: str
    tool_name: str
    content: list[UserPart] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)
    is_error: bool = False
    timestamp: int | None = None
    terminate: bool = False


@dataclass(slots=True, kw_only=True)
class CustomAgentMessage(Record):
    """An application's own entry in the history; models never see it."""

    role: str
    content: Any = None
    timestamp: int | None = None
    data: dict[str, Any] = field(default_factory=dict)


Message: TypeAlias = UserMessage | AssistantMessage | ToolResultMessage
AgentMessage: TypeAlias = Message | CustomAgentMessage


def extract_text(message: AgentMessage | None) -> str:
    """Return all text parts joined without a separator; empty for None and custom messages."""
    if message is None or isinstance(message, CustomAgentMessage):
        return ""
    return "".join(part.text for part in message.content if isinstance(part, TextContent))
