"""assistant-ui: a client of its sync servers, and a server for its front ends.

Public names only: each is imported when it is used. Source: spec/assistant-ui.md, b.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jackfield_assistant_ui import errors as errors
    from jackfield_assistant_ui import types as types
    from jackfield_assistant_ui.client import AssistantClient as AssistantClient
    from jackfield_assistant_ui.errors import AssistantAPIError as AssistantAPIError
    from jackfield_assistant_ui.errors import AssistantCancelledError as AssistantCancelledError
    from jackfield_assistant_ui.errors import AssistantConnectionError as AssistantConnectionError
    from jackfield_assistant_ui.errors import AssistantError as AssistantError
    from jackfield_assistant_ui.errors import AssistantProtocolError as AssistantProtocolError
    from jackfield_assistant_ui.errors import AssistantTimeoutError as AssistantTimeoutError
    from jackfield_assistant_ui.errors import AssistantWarning as AssistantWarning
    from jackfield_assistant_ui.replies import AssistantResponse as AssistantResponse
    from jackfield_assistant_ui.threads import ThreadClient as ThreadClient
    from jackfield_assistant_ui.types import AddMessageCommand as AddMessageCommand
    from jackfield_assistant_ui.types import AddToolResultCommand as AddToolResultCommand
    from jackfield_assistant_ui.types import AssistantMessage as AssistantMessage
    from jackfield_assistant_ui.types import Command as Command
    from jackfield_assistant_ui.types import CustomCommand as CustomCommand
    from jackfield_assistant_ui.types import FilePart as FilePart
    from jackfield_assistant_ui.types import ImagePart as ImagePart
    from jackfield_assistant_ui.types import Message as Message
    from jackfield_assistant_ui.types import SystemMessage as SystemMessage
    from jackfield_assistant_ui.types import TextPart as TextPart
    from jackfield_assistant_ui.types import Tool as Tool
    from jackfield_assistant_ui.types import ToolCallPart as ToolCallPart
    from jackfield_assistant_ui.types import ToolMessage as ToolMessage
    from jackfield_assistant_ui.types import ToolParameters as ToolParameters
    from jackfield_assistant_ui.types import ToolResultPart as ToolResultPart
    from jackfield_assistant_ui.types import UserMessage as UserMessage
    from jackfield_assistant_ui.version import __version__ as __version__

_ROOMS = {
    "jackfield_assistant_ui.client": ("AssistantClient",),
    "jackfield_assistant_ui.errors": (
        "AssistantAPIError",
        "AssistantCancelledError",
        "AssistantConnectionError",
        "AssistantError",
        "AssistantProtocolError",
        "AssistantTimeoutError",
        "AssistantWarning",
    ),
    "jackfield_assistant_ui.replies": ("AssistantResponse",),
    "jackfield_assistant_ui.threads": ("ThreadClient",),
    "jackfield_assistant_ui.types": (
        "AddMessageCommand",
        "AddToolResultCommand",
        "AssistantMessage",
        "Command",
        "CustomCommand",
        "FilePart",
        "ImagePart",
        "Message",
        "SystemMessage",
        "TextPart",
        "Tool",
        "ToolCallPart",
        "ToolMessage",
        "ToolParameters",
        "ToolResultPart",
        "UserMessage",
    ),
    "jackfield_assistant_ui.version": ("__version__",),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}
_SUBMODULES = ("errors", "types")

__all__ = sorted([*_ROOM_OF, *_SUBMODULES])


def __getattr__(name: str) -> Any:
    if name in _SUBMODULES:
        value = import_module(f"jackfield_assistant_ui.{name}")
    elif name in _ROOM_OF:
        value = getattr(import_module(_ROOM_OF[name]), name)
    else:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message, name=name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
