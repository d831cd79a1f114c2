"""The shapes of tools and of their results. How a tool is made and called: `tools`."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from jackfield.errors import ToolError
from jackfield.messages import ImageContent, TextContent
from jackfield.record import Record
from jackfield.schema.check import check
from jackfield.schema.problems import Problem

MAX_RESULT_CHARS = 1_000_000
"""Longest text of a tool result, in characters; what is over is cut, and a note says so."""

_UNFIT = "The tool returned a {} that JSON cannot hold: {}"
_PARTS = (TextContent, ImageContent)


@dataclass(slots=True, kw_only=True)
class AgentToolResult(Record):
    """What a tool gives back.

    Attributes:
        content: Text and image parts (or dictionaries of that shape) for the model.
        details: For the application; never sent to a model.
        terminate: End the run after this batch of calls.
    """

    content: list[Any] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)
    terminate: bool = False


AgentToolUpdateCallback: TypeAlias = Callable[[AgentToolResult], None]
ToolFunction: TypeAlias = Callable[
    [str, dict[str, Any], asyncio.Event | None, AgentToolUpdateCallback], Awaitable[Any]
]
ExecutionMode: TypeAlias = Literal["parallel", "sequential"]


@dataclass(kw_only=True)
class Tool(Record):
    """A tool as the model sees it; empty `parameters` mean an object without properties."""

    name: str = ""
    description: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)


@dataclass(kw_only=True)
class AgentTool(Tool):
    """A tool that can be run.

    Attributes:
        label: Name for people; the tool's name when empty.
        execute: `execute(tool_call_id, args, signal, on_update)`, async or plain; plain
            functions run in a worker thread.
        timeout: Limit in seconds; None for none.
        execution_mode: `sequential` makes every batch that calls this tool sequential.
        prepare_arguments: Repairs the raw arguments before they are validated.
    """

    _host_only = frozenset(
        {"execute", "function", "timeout", "execution_mode", "prepare_arguments"}
    )

    label: str = ""
    execute: ToolFunction | Callable[..., Any] | None = None
    timeout: float | None = None
    execution_mode: ExecutionMode | None = None
    prepare_arguments: Callable[[Any], dict[str, Any]] | None = None

    def check_arguments(self, arguments: dict[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
        """Return the arguments with harmless scalars coerced, and all that is wrong with them."""
        return check(self.parameters, arguments) if self.parameters else (dict(arguments), [])


@dataclass(slots=True, kw_only=True)
class ToolLoopControl(Record):
    """What `before_tool_call` and `after_tool_call` may return. Source: spec/agent.md, 7.3."""

    terminate: bool = False
    result: AgentToolResult | None = None
    is_error: bool | None = None


def as_result(value: Any) -> AgentToolResult:
    """Return what a `@tool` function returned as a result.

    Strings and parts stay what they are, None is a result without content, and any other
    value becomes JSON text.

    Raises:
        ToolError: JSON cannot hold it; the text names the type.
    """
    if isinstance(value, AgentToolResult):
        return value
    if value is None:
        return AgentToolResult()
    if isinstance(value, str):
        return AgentToolResult(content=[TextContent(text=value)])
    if isinstance(value, TextContent | ImageContent):
        return AgentToolResult(content=[value])
    if value and isinstance(value, list) and all(isinstance(each, _PARTS) for each in value):
        return AgentToolResult(content=list(value))
    return AgentToolResult(content=[TextContent(text=_json_text(value))])


def _json_text(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        raise ToolError(f"The tool returned a {type(value).__name__} nested too deep.") from None
    except (TypeError, ValueError):
        if isinstance(value, Iterator):  # it may have no end
            raise ToolError(_UNFIT.format(type(value).__name__, "return a list")) from None
    from pydantic_core import PydanticSerializationError, to_json  # noqa: PLC0415 - rare types

    try:
        return to_json(value).decode()
    except (PydanticSerializationError, ValueError, RecursionError) as error:
        raise ToolError(_UNFIT.format(type(value).__name__, error)) from error
