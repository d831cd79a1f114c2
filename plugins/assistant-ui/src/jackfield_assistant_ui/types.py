"""The shapes of messages, commands and tools, which are plain dictionaries.

Source: spec/assistant-ui.md, b.
"""

from collections.abc import Sequence
from typing import Any, Literal, NotRequired, TypeAlias, TypedDict


class TextPart(TypedDict):
    """A text."""

    type: Literal["text"]
    text: str


class ImagePart(TypedDict):
    """An image: its URL, or a data URL."""

    type: Literal["image"]
    image: str


class FilePart(TypedDict):
    """A file: its URL, a data URL, or base64."""

    type: Literal["file"]
    data: str
    mimeType: str
    filename: NotRequired[str]


class ToolCallPart(TypedDict):
    """A call of a tool by the model."""

    type: Literal["tool-call"]
    toolCallId: str
    toolName: str
    args: dict[str, Any]
    argsText: NotRequired[str]


class ToolResultPart(TypedDict):
    """What a tool call gave; `artifact` is for the page and not for the model."""

    type: Literal["tool-result"]
    toolCallId: str
    toolName: str
    result: Any
    isError: NotRequired[bool]
    artifact: NotRequired[Any]


class SystemMessage(TypedDict):
    """Instructions for the model."""

    role: Literal["system"]
    content: str
    unstable_id: NotRequired[str]


class UserMessage(TypedDict):
    """What the user says."""

    role: Literal["user"]
    content: Sequence[TextPart | ImagePart | FilePart]
    unstable_id: NotRequired[str]


class AssistantMessage(TypedDict):
    """What the model answered."""

    role: Literal["assistant"]
    content: Sequence[TextPart | ToolCallPart]
    unstable_id: NotRequired[str]


class ToolMessage(TypedDict):
    """What tools gave."""

    role: Literal["tool"]
    content: Sequence[ToolResultPart]


Message: TypeAlias = SystemMessage | UserMessage | AssistantMessage | ToolMessage
"""A message of any role."""


class ToolParameters(TypedDict):
    """The JSON Schema of a tool's arguments."""

    type: Literal["object"]
    properties: dict[str, Any]
    required: NotRequired[list[str]]
    additionalProperties: NotRequired[bool]


class Tool(TypedDict):
    """A tool that the page runs; its name is the key under which it stands."""

    description: NotRequired[str]
    parameters: NotRequired[ToolParameters]


class UserCommandMessage(TypedDict):
    """What `add-message` adds as the user's."""

    role: Literal["user"]
    parts: Sequence[TextPart | ImagePart | FilePart]


class AssistantCommandMessage(TypedDict):
    """What `add-message` adds as the model's."""

    role: Literal["assistant"]
    parts: Sequence[TextPart]


class AddMessageCommand(TypedDict):
    """Adds a message.

    `parentId` names the message that it follows, None for the first one; `sourceId` the one
    that it replaces. Browsers always send both.
    """

    type: Literal["add-message"]
    message: UserCommandMessage | AssistantCommandMessage
    parentId: NotRequired[str | None]
    sourceId: NotRequired[str | None]


class ModelText(TypedDict):
    """A text that the model sees as a tool's result."""

    type: Literal["text"]
    text: str


class ModelFile(TypedDict):
    """A file that the model sees as a tool's result."""

    type: Literal["file"]
    data: str
    mediaType: str
    filename: NotRequired[str]


class AddToolResultCommand(TypedDict):
    """Adds the result of a tool call; `modelContent` is what the model sees instead of it."""

    type: Literal["add-tool-result"]
    toolCallId: str
    toolName: str
    result: Any
    isError: bool
    artifact: NotRequired[Any]
    modelContent: NotRequired[Sequence[ModelText | ModelFile]]


class CustomCommand(TypedDict):
    """A command of one's own; it may have any other keys."""

    type: str


Command: TypeAlias = AddMessageCommand | AddToolResultCommand | CustomCommand
"""What a request asks a server to do with a thread."""

Commands: TypeAlias = Sequence[
    AddMessageCommand | AddToolResultCommand | CustomCommand | dict[str, Any]
]
"""Commands, in order; those of one's own as plain dictionaries."""
