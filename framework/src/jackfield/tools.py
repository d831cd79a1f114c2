"""Tools: what a model may call. Source: spec/agent.md, 3.3 and 7.

A plain or async function becomes a tool with `@tool`; its schema is built when it is first
read, so that a module full of tools costs nothing to import.
"""

import functools
import inspect
import json
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, overload

from jackfield.errors import OptionError, ToolError
from jackfield.partial_json import load_object
from jackfield.schema.docstring import read_docstring
from jackfield.schema.function_schema import FunctionSchema, check_signature, function_schema
from jackfield.schema.problems import Problem, lines
from jackfield.tool_types import MAX_RESULT_CHARS as MAX_RESULT_CHARS
from jackfield.tool_types import AgentTool as AgentTool
from jackfield.tool_types import AgentToolResult as AgentToolResult
from jackfield.tool_types import AgentToolUpdateCallback as AgentToolUpdateCallback
from jackfield.tool_types import ExecutionMode as ExecutionMode
from jackfield.tool_types import Tool as Tool
from jackfield.tool_types import ToolFunction as ToolFunction
from jackfield.tool_types import ToolLoopControl as ToolLoopControl
from jackfield.tool_types import as_result as as_result

P = ParamSpec("P")
R = TypeVar("R")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_RECEIVED_CHARS = 2_000


@dataclass(kw_only=True, repr=False, eq=False)
class FunctionTool(AgentTool, Generic[P, R]):
    """A tool made of a function by `tool`; calling it calls the function.

    `parameters` is built from the signature when it is first read (so a mistake in an
    annotation shows then, as an `OptionError`).

    Attributes:
        function: The function.
    """

    function: Callable[P, R]

    def __post_init__(self) -> None:
        functools.update_wrapper(self, self.function, updated=())
        if not self.parameters:
            del self.parameters
        if self.execute is None:
            is_async = inspect.iscoroutinefunction(self.function)
            self.execute = self._run_async if is_async else self._run

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function itself, without validation."""
        return self.function(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<tool {self.name!r} of {self.function!r}>"

    if not TYPE_CHECKING:  # a visible __getattr__ would make every misspelt attribute valid

        def __getattr__(self, name: str) -> Any:
            if name == "parameters":
                self.parameters = self._schema.parameters
                return self.parameters
            message = f"{type(self).__name__!r} object has no attribute {name!r}"
            raise AttributeError(message, name=name, obj=self)

    @functools.cached_property
    def _schema(self) -> FunctionSchema:
        return function_schema(self.function, self.name)

    def check_arguments(self, arguments: dict[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
        """Return the arguments as the types of the signature, and all that is wrong with them."""
        return self._schema.validate(arguments)

    async def _run_async(
        self, call_id: str, args: dict[str, Any], signal: Any, on_update: Any
    ) -> AgentToolResult:
        value: Any = self.function(**self._keywords(call_id, args, signal, on_update))  # type: ignore[call-arg]  # checked against its signature
        return as_result(await value)

    def _run(self, call_id: str, args: dict[str, Any], signal: Any, on_update: Any) -> Any:
        value: Any = self.function(**self._keywords(call_id, args, signal, on_update))  # type: ignore[call-arg]  # checked against its signature
        return _awaited(value) if inspect.isawaitable(value) else as_result(value)

    def _keywords(
        self, call_id: str, args: dict[str, Any], signal: Any, on_update: Any
    ) -> dict[str, Any]:
        if not self._schema.injected:
            return args
        offered = {"tool_call_id": call_id, "signal": signal, "on_update": on_update}
        return args | {name: offered[name] for name in self._schema.injected}


@overload
def tool(
    fn: Callable[P, R],
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    label: str = "",
    timeout: float | None = None,
    execution_mode: ExecutionMode | None = None,
) -> FunctionTool[P, R]: ...


@overload
def tool(
    fn: None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    label: str = "",
    timeout: float | None = None,
    execution_mode: ExecutionMode | None = None,
) -> Callable[[Callable[P, R]], FunctionTool[P, R]]: ...


def tool(  # noqa: PLR0913 - options of a decorator, each with a default
    fn: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    label: str = "",
    timeout: float | None = None,
    execution_mode: ExecutionMode | None = None,
) -> Any:
    """Make a tool of a plain or async function; use it bare or with options.

    The JSON Schema comes from the signature: annotations, defaults, `Field`, and the
    docstring's `Args:`. Parameters named `tool_call_id`, `on_update`, and `signal` (when
    annotated `asyncio.Event`) are filled by the run and hidden from the model. The function
    may return any value that JSON can hold, a string, parts, or an `AgentToolResult`.

    Args:
        fn: The function.
        name: The tool's name; the function's when None.
        description: For the model; the docstring's text before its sections when None.
        label: Name for people.
        timeout: Limit in seconds.
        execution_mode: `sequential` keeps the tool from running beside others.

    Raises:
        OptionError: No function, no usable name, or parameters that cannot be described.
    """
    make = functools.partial(
        _function_tool,
        name=name,
        description=description,
        label=label,
        timeout=timeout,
        execution_mode=execution_mode,
    )
    return make if fn is None else make(fn)


def as_tool(value: Any) -> AgentTool:
    """Return an `AgentTool` as it is, and a function as a tool.

    Raises:
        OptionError: It is neither.
    """
    return value if isinstance(value, AgentTool) else _function_tool(value)


def check_names(tools: Iterable[Tool]) -> None:
    """Check that every tool has a name of its own.

    Raises:
        OptionError: A name is empty or is used twice.
    """
    seen = set()
    for each in tools:
        if not each.name:
            raise OptionError("A tool has no name.", hint="Set `name`.")
        if each.name in seen:
            raise OptionError(
                f"Two tools are named {each.name}: the model could not tell them apart.",
                hint="Rename one: `tool(name=...)`, or `dataclasses.replace(tool, name=...)`.",
            )
        seen.add(each.name)


def validate_tool_arguments(tool: AgentTool, tool_call: Any) -> dict[str, Any]:
    """Return the arguments of a call, read, repaired and validated.

    The call itself is not changed. Source: spec/agent.md, 7.1.

    Raises:
        ToolError: They are no JSON object, or do not fit; the text lists every place.
    """
    arguments = _read_arguments(tool.name, tool_call)
    if tool.prepare_arguments is not None:
        arguments = _prepared(tool, arguments)
    try:
        checked, problems = tool.check_arguments(arguments)
    except RecursionError:
        raise ToolError(f'Arguments for tool "{tool.name}" are nested too deep.') from None
    if problems:
        raise ToolError(
            f'Invalid arguments for tool "{tool.name}":\n{lines(problems)}\n'
            f"Received: {_received(arguments)}"
        )
    return checked


async def _awaited(value: Awaitable[Any]) -> AgentToolResult:
    return as_result(await value)


def _function_tool(function: Any, **options: Any) -> FunctionTool[Any, Any]:
    if not (inspect.isroutine(function) or isinstance(function, functools.partial)):
        raise OptionError(
            f"A tool is made of a function or an AgentTool, not of {type(function).__name__}."
        )
    name = options.pop("name", None) or getattr(function, "__name__", "")
    if not _NAME.fullmatch(name):
        raise OptionError(
            f"{name!r} is no name for a tool: use 1 to 64 of A-Z a-z 0-9 _ -.",
            hint="Set it with `tool(name=...)`.",
        )
    check_signature(function, name)
    description = options.pop("description", None)
    if description is None:
        description = read_docstring(inspect.getdoc(function))[0]
    return FunctionTool(function=function, name=name, description=description, **options)


def _read_arguments(name: str, tool_call: Any) -> dict[str, Any]:
    raw = tool_call.get("partial_json")
    if raw is None:
        raw = tool_call.get("arguments")
    if isinstance(raw, str):
        try:
            return load_object(raw)
        except ValueError as error:
            raise ToolError(f'Invalid JSON arguments for tool "{name}": {error}') from None
    return raw if isinstance(raw, dict) else {}


def _prepared(tool: AgentTool, arguments: dict[str, Any]) -> dict[str, Any]:
    prepared: Any = tool.prepare_arguments and tool.prepare_arguments(arguments)
    if not isinstance(prepared, dict):
        given = type(prepared).__name__
        raise ToolError(f'prepare_arguments of tool "{tool.name}" returned {given}, not dict.')
    return prepared


def _received(arguments: Any) -> str:
    """Return the arguments as JSON text, cut; encodes no more than is shown."""
    pieces, length = [], 0
    try:
        for piece in json.JSONEncoder(ensure_ascii=False, default=repr).iterencode(arguments):
            pieces.append(piece[: _RECEIVED_CHARS - length])
            length += len(piece)
            if length > _RECEIVED_CHARS:
                return "".join(pieces) + "... (cut)"
    except (RecursionError, ValueError, TypeError):
        return "".join(pieces) + "... (not JSON)"
    return "".join(pieces)
