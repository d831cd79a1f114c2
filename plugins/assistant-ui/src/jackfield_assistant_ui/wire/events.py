"""What a stream says, whichever of the three protocols it is written in.

Decoders make these events of bytes, encoders make bytes of them. Ids are those of tool calls.
Source: spec/assistant-ui.md, a.7 and c.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

FinishReason: TypeAlias = Literal[
    "stop", "length", "content-filter", "tool-calls", "error", "other", "unknown"
]
"""Why a step or a message ended."""

Usage: TypeAlias = Mapping[str, int]
"""Tokens by name: `inputTokens`, `outputTokens`, and what else the service counts."""

Operation: TypeAlias = Mapping[str, Any]
"""A change of the state, as it is on the wire; see `state`."""


@dataclass(frozen=True, slots=True)
class MessageStart:
    """An answer begins.

    Attributes:
        message_id: Its id; empty if none was told.
    """

    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the answer.

    Attributes:
        text: What comes next.
        parent_id: Of the part that it belongs under; empty for none.
    """

    text: str
    parent_id: str = ""


@dataclass(frozen=True, slots=True)
class Reasoning:
    """A piece of what the model thinks.

    Attributes:
        text: What comes next.
        parent_id: Of the part that it belongs under; empty for none.
    """

    text: str
    parent_id: str = ""


@dataclass(frozen=True, slots=True)
class CallStart:
    """A tool call begins.

    Attributes:
        id: Names the call from now on.
        name: Of the tool.
        parent_id: Of the part that it belongs under; empty for none.
    """

    id: str
    name: str
    parent_id: str = ""


@dataclass(frozen=True, slots=True)
class CallArgs:
    """A piece of the JSON text of a call's arguments."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class CallArgsEnd:
    """The arguments of a call are complete; no text at all means `{}`."""

    id: str


@dataclass(frozen=True, slots=True)
class CallResult:
    """What a tool call gave.

    Attributes:
        id: Of the call.
        result: Any JSON value.
        is_error: Whether the tool failed.
        artifact: What is for the page and not for the model; None for nothing.
    """

    id: str
    result: Any
    is_error: bool = False
    artifact: Any = None


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """A tool call waits until somebody allows it.

    Attributes:
        id: Of the question; the answer names it.
        call_id: Of the call.
        reason: Why it is asked; empty if that is not told.
    """

    id: str
    call_id: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ApprovalResponse:
    """A tool call was allowed or denied.

    Attributes:
        id: Of the question.
        approved: Whether it is allowed.
        reason: Why; empty if that is not told.
    """

    id: str
    approved: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CallDenied:
    """A tool call will not be run."""

    id: str


@dataclass(frozen=True, slots=True)
class Source:
    """A page that the answer is based on.

    Attributes:
        id: Names the source.
        url: Where it is.
        title: Empty if it has none.
        parent_id: Of the part that it belongs under; empty for none.
    """

    id: str
    url: str
    title: str = ""
    parent_id: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A file that is part of the answer.

    Attributes:
        data: A URL, a data URL, or base64.
        mime_type: What it is.
        parent_id: Of the part that it belongs under; empty for none.
    """

    data: str
    mime_type: str
    parent_id: str = ""


@dataclass(frozen=True, slots=True)
class Data:
    """Data for the page.

    Attributes:
        name: What shows it; empty for data about the message, which is a list then.
        data: Any JSON value.
        id: A later one of the same name and id replaces it; empty for none.
        transient: Whether it is told to the page and not kept in the message.
    """

    name: str
    data: Any
    id: str = ""
    transient: bool = False


@dataclass(frozen=True, slots=True)
class Annotations:
    """What is noted about the message."""

    values: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is told about the message in the AI SDK's stream; later values replace earlier ones."""

    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StateOps:
    """Changes of the state.

    Attributes:
        operations: In the order in which they apply.
        state: After them. An encoder does not read it; a decoder does not change it any more.
    """

    operations: Sequence[Operation]
    state: Any = None


@dataclass(frozen=True, slots=True)
class StepStart:
    """A call of the model begins.

    Attributes:
        message_id: Of the message that it writes; empty if none was told.
    """

    message_id: str = ""


@dataclass(frozen=True, slots=True)
class StepReset:
    """What the present step has told so far does not count; it begins anew."""


@dataclass(frozen=True, slots=True)
class StepFinish:
    """A call of the model is over.

    Attributes:
        reason: Why.
        usage: Of this call; empty if it was not told.
        is_continued: Whether the next step writes on in the same part.
    """

    reason: FinishReason = "unknown"
    usage: Usage = field(default_factory=dict)
    is_continued: bool = False


@dataclass(frozen=True, slots=True)
class Finish:
    """The answer is over.

    Attributes:
        reason: Why. `tool-calls` asks the page to run its tools and to come back.
        usage: Of all steps; empty if it was not told.
    """

    reason: FinishReason = "unknown"
    usage: Usage = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Aborted:
    """The answer was stopped.

    Attributes:
        reason: Why; empty if that is not told.
    """

    reason: str = ""


@dataclass(frozen=True, slots=True)
class StreamError:
    """The answer failed; what came before stays.

    Attributes:
        message: For the user: short, plain and safe.
        code: For programs; empty for none.
        severity: `critical`, `warning` or `info`; empty for none.
    """

    message: str
    code: str = ""
    severity: str = ""


Event: TypeAlias = (
    MessageStart
    | Text
    | Reasoning
    | CallStart
    | CallArgs
    | CallArgsEnd
    | CallResult
    | ApprovalRequest
    | ApprovalResponse
    | CallDenied
    | Source
    | File
    | Data
    | Annotations
    | Metadata
    | StateOps
    | StepStart
    | StepFinish
    | StepReset
    | Finish
    | Aborted
    | StreamError
)
"""Anything that a stream says."""
