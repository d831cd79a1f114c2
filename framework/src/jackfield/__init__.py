"""Jackfield: a plugin-driven framework for LLM agents.

The face of the package: it defines nothing and imports a name's room when the name is first
used, so that `import jackfield` costs what is used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jackfield.agent.agent import Agent as Agent
    from jackfield.agent.options import AgentOptions as AgentOptions
    from jackfield.agent.state import AgentState as AgentState
    from jackfield.contracts import API_VERSION as API_VERSION
    from jackfield.contracts import Auth as Auth
    from jackfield.contracts import Context as Context
    from jackfield.contracts import EventSink as EventSink
    from jackfield.contracts import Host as Host
    from jackfield.contracts import Provider as Provider
    from jackfield.contracts import StreamOptions as StreamOptions
    from jackfield.contracts import Transport as Transport
    from jackfield.errors import AgentRunError as AgentRunError
    from jackfield.errors import ConfigError as ConfigError
    from jackfield.errors import JackfieldError as JackfieldError
    from jackfield.errors import PluginError as PluginError
    from jackfield.errors import ProviderError as ProviderError
    from jackfield.errors import ToolError as ToolError
    from jackfield.errors import UsageError as UsageError
    from jackfield.events import AgentEvent as AgentEvent
    from jackfield.events import AssistantMessageEvent as AssistantMessageEvent
    from jackfield.http import Request as Request
    from jackfield.http import Response as Response
    from jackfield.kernel.kernel import Kernel as Kernel
    from jackfield.messages import AssistantMessage as AssistantMessage
    from jackfield.messages import ImageContent as ImageContent
    from jackfield.messages import TextContent as TextContent
    from jackfield.messages import ThinkingContent as ThinkingContent
    from jackfield.messages import ToolCallContent as ToolCallContent
    from jackfield.messages import ToolResultMessage as ToolResultMessage
    from jackfield.messages import UserMessage as UserMessage
    from jackfield.messages import extract_text as extract_text
    from jackfield.models import Model as Model
    from jackfield.models import ModelInfo as ModelInfo
    from jackfield.models import ThinkingLevel as ThinkingLevel
    from jackfield.plugins.hookspecs import hookimpl as hookimpl
    from jackfield.stream import AnswerStream as AnswerStream
    from jackfield.tools import AgentTool as AgentTool
    from jackfield.tools import AgentToolResult as AgentToolResult
    from jackfield.tools import ToolLoopControl as ToolLoopControl
    from jackfield.tools import tool as tool
    from jackfield.usage import Usage as Usage

_ROOMS = {
    "jackfield.agent.agent": ("Agent",),
    "jackfield.agent.options": ("AgentOptions",),
    "jackfield.agent.state": ("AgentState",),
    "jackfield.contracts": (
        "API_VERSION",
        "Auth",
        "Context",
        "EventSink",
        "Host",
        "Provider",
        "StreamOptions",
        "Transport",
    ),
    "jackfield.errors": (
        "AgentRunError",
        "ConfigError",
        "JackfieldError",
        "PluginError",
        "ProviderError",
        "ToolError",
        "UsageError",
    ),
    "jackfield.events": ("AgentEvent", "AssistantMessageEvent"),
    "jackfield.http": ("Request", "Response"),
    "jackfield.kernel.kernel": ("Kernel",),
    "jackfield.messages": (
        "AssistantMessage",
        "ImageContent",
        "TextContent",
        "ThinkingContent",
        "ToolCallContent",
        "ToolResultMessage",
        "UserMessage",
        "extract_text",
    ),
    "jackfield.models": ("Model", "ModelInfo", "ThinkingLevel"),
    "jackfield.plugins.hookspecs": ("hookimpl",),
    "jackfield.stream": ("AnswerStream",),
    "jackfield.tools": ("AgentTool", "AgentToolResult", "ToolLoopControl", "tool"),
    "jackfield.usage": ("Usage",),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = sorted(_ROOM_OF)


def __getattr__(name: str) -> Any:
    if name not in _ROOM_OF:
        message = f"module 'jackfield' has no attribute {name!r}"
        raise AttributeError(message, name=name)
    if name == "Agent":
        # It fills the resolver's slot; `agent` itself must not know the kernel.
        import_module("jackfield.kernel.default_kernel")
    value = getattr(import_module(_ROOM_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
