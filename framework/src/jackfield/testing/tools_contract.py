"""The contract suite of tool sets. Source: spec/agent.md, 3.3 and 7."""

import asyncio
import inspect
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar

import pytest

from jackfield.coerce import as_tool_result
from jackfield.errors import ToolError
from jackfield.messages import ToolCallContent
from jackfield.testing.rules import broken, no_tasks_left, within
from jackfield.testing.schema_rules import schema_problems
from jackfield.tools import AgentTool, AgentToolResult, validate_tool_arguments

_LEGAL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_MISTAKES = (
    TypeError,
    LookupError,
    AttributeError,
    NameError,
    AssertionError,
    RecursionError,
    ZeroDivisionError,
    UnicodeError,
)
"""Exceptions that tell of a mistake in the tool, not of bad arguments."""

_JUNK: tuple[Any, ...] = (
    None,
    "",
    "\x00\u00e9\U0001f600",
    "../..",
    -1,
    0,
    1e300,
    True,
    [],
    {},
    [{}],
)


@pytest.mark.asyncio
class ToolsContract:
    """Checks any tool set; subclass it and give the fixture `tools`.

        class TestDice(ToolsContract):
            examples = {"roll": {"sides": 6}}

            @pytest.fixture
            def tools(self):
                return open_tools()

    The tools are called, with `examples` and with junk: give them nothing to destroy (a
    temporary folder, a loopback server).

    Class attributes:
        examples: Arguments that work, by the tool's name.
        limit_s: Longest time that a single call may take, in seconds.
    """

    examples: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    limit_s: float = 30.0

    @pytest.fixture
    def tools(self) -> Iterable[AgentTool]:
        """Give the tools of the set."""
        raise NotImplementedError("Give the fixture `tools`: see ToolsContract.")

    async def test_it_is_a_set_of_tools(self, tools: Iterable[AgentTool]) -> None:
        """`open_tools` gives tools, at least one, and each has a function to run."""
        found: list[Any] = list(tools)
        if not found:
            broken("The set has no tools.")
        for tool in found:
            if not isinstance(tool, AgentTool):
                broken(f"{tool!r} is no AgentTool.")
            if not callable(tool.execute):
                broken(f"Tool {tool.name!r} has no execute function.")

    async def test_names_are_unique(self, tools: Iterable[AgentTool]) -> None:
        """No two tools of a set have the same name."""
        names = [tool.name for tool in tools]
        if len(names) != len(set(names)):
            broken(f"Names are not unique: {sorted(names)}")

    async def test_names_are_legal(self, tools: Iterable[AgentTool]) -> None:
        """Names have 1 to 64 letters, digits, `_` and `-`: all that every provider takes."""
        for tool in tools:
            if not _LEGAL_NAME.fullmatch(tool.name):
                broken(f"Tool name {tool.name!r} is not legal: letters, digits, `_` and `-`.")

    async def test_descriptions_say_something(self, tools: Iterable[AgentTool]) -> None:
        """Every tool has a description: it is all that the model knows about it."""
        for tool in tools:
            text: Any = tool.description
            if not isinstance(text, str) or not text.strip():
                broken(f"Tool {tool.name!r} has no description.")

    async def test_parameters_are_a_schema(self, tools: Iterable[AgentTool]) -> None:
        """`parameters` is a JSON Schema of an object, or empty."""
        for tool in tools:
            if problems := schema_problems(tool.parameters):
                broken(f"Tool {tool.name!r}: {'; '.join(problems)}")

    async def test_limits_are_legal(self, tools: Iterable[AgentTool]) -> None:
        """`timeout` is positive or None; `execution_mode` is one of its names or None."""
        for tool in tools:
            if tool.timeout is not None and not tool.timeout > 0:
                broken(f"Tool {tool.name!r} has the timeout {tool.timeout!r}.")
            if tool.execution_mode not in (None, "parallel", "sequential"):
                broken(f"Tool {tool.name!r} has the execution mode {tool.execution_mode!r}.")

    async def test_examples_belong_to_tools(self, tools: Iterable[AgentTool]) -> None:
        """Every example of the suite names a tool and fits its schema."""
        known = {tool.name: tool for tool in tools}
        for name, arguments in self.examples.items():
            if name not in known:
                broken(f"The example {name!r} is for no tool; there are {sorted(known)}.")
            _validated(known[name], arguments)

    async def test_examples_give_results(self, tools: Iterable[AgentTool]) -> None:
        """Legal arguments give a result that can be sent to a model: parts that are JSON."""
        for tool, arguments in self.example_calls(tools):
            result = await self.run(tool, arguments)
            _check_result(tool, result)

    async def test_updates_are_results(self, tools: Iterable[AgentTool]) -> None:
        """What a tool reports through `on_update` has the form of a result."""
        for tool, arguments in self.example_calls(tools):
            updates: list[Any] = []
            await self.run(tool, arguments, updates)
            for update in updates:
                _check_result(tool, as_tool_result(update))

    async def test_arguments_are_not_changed(self, tools: Iterable[AgentTool]) -> None:
        """A tool only reads its arguments: they are part of the history."""
        for tool, arguments in self.example_calls(tools):
            before = json.dumps(arguments, sort_keys=True)
            await self.run(tool, arguments)
            if json.dumps(arguments, sort_keys=True) != before:
                broken(f"Tool {tool.name!r} changed its arguments.")

    async def test_junk_is_refused_not_a_crash(self, tools: Iterable[AgentTool]) -> None:
        """Junk is refused by the schema or by a clear error, never by a mistake in the code."""
        for tool in tools:
            for arguments in _junk(tool, self.examples.get(tool.name, {})):
                await self.try_junk(tool, arguments)

    async def test_missing_arguments_are_refused(self, tools: Iterable[AgentTool]) -> None:
        """A call without a required argument does not run."""
        for tool in tools:
            if tool.parameters.get("required"):
                try:
                    _validated(tool, {})
                except ToolError:
                    continue
                broken(f"Tool {tool.name!r} accepts a call without its required arguments.")

    async def test_cancellation_is_honoured(self, tools: Iterable[AgentTool]) -> None:
        """An asynchronous tool that is cancelled ends at once and by that."""
        for tool, arguments in self.example_calls(tools):
            if not inspect.iscoroutinefunction(tool.execute):
                continue  # a plain function runs in a thread, which nothing can cancel
            running = asyncio.ensure_future(self.run(tool, arguments))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            was_done = running.done()
            running.cancel()
            await asyncio.wait([running], timeout=self.limit_s)
            if not running.done():
                broken(f"Tool {tool.name!r} goes on after it was cancelled.")
            if not was_done and not running.cancelled():
                broken(f"Tool {tool.name!r} swallows its cancellation.")

    async def test_calls_leave_no_tasks(self, tools: Iterable[AgentTool]) -> None:
        """A call that is over has left no task behind."""
        async with no_tasks_left("The tools"):
            for tool, arguments in self.example_calls(tools):
                await self.run(tool, arguments)

    def example_calls(
        self, tools: Iterable[AgentTool]
    ) -> Iterator[tuple[AgentTool, dict[str, Any]]]:
        """Return the tools that have an example, with validated arguments."""
        for tool in tools:
            if tool.name in self.examples:
                yield tool, _validated(tool, self.examples[tool.name])

    async def run(
        self, tool: AgentTool, arguments: dict[str, Any], updates: list[Any] | None = None
    ) -> AgentToolResult:
        """Call the tool as a run does and return its result."""
        calling = _call(tool, arguments, [] if updates is None else updates)
        try:
            return as_tool_result(await within(self.limit_s, calling, f"Tool {tool.name!r}"))
        except SystemExit as error:
            broken(f"Tool {tool.name!r} ends the program with {arguments!r}: {error!r}")

    async def try_junk(self, tool: AgentTool, arguments: dict[str, Any]) -> None:
        """Call the tool with junk, unless the schema already refuses it."""
        try:
            checked = _validated(tool, arguments)
        except ToolError:
            return
        try:
            result = await self.run(tool, checked)
        except AssertionError:
            raise
        except _MISTAKES as error:
            broken(f"Tool {tool.name!r} crashes with {arguments!r}: {error!r}")
        except Exception:  # noqa: BLE001 - any other error is an answer that the model can read
            return
        _check_result(tool, result)


def _validated(tool: AgentTool, arguments: Mapping[str, Any]) -> dict[str, Any]:
    call = ToolCallContent(id="call_1", name=tool.name, arguments=dict(arguments))
    return validate_tool_arguments(tool, call)


async def _call(tool: AgentTool, arguments: dict[str, Any], updates: list[Any]) -> Any:
    execute: Callable[..., Any] | None = tool.execute
    if execute is None:
        broken(f"Tool {tool.name!r} has no execute function.")
    parts = ("call_1", arguments, asyncio.Event(), updates.append)
    if inspect.iscoroutinefunction(execute):
        return await execute(*parts)
    value = await asyncio.to_thread(execute, *parts)
    return await value if inspect.isawaitable(value) else value


def _check_result(tool: AgentTool, result: AgentToolResult) -> None:
    try:
        json.dumps([part.to_dict() for part in result.content])
    except (TypeError, ValueError, AttributeError) as error:
        broken(f"The result of tool {tool.name!r} cannot be sent to a model: {error}")


def _junk(tool: AgentTool, example: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Return calls that are wrong: without arguments, with strange ones, with each replaced."""
    yield {}
    yield {"no_such_argument": 1}
    for name in tool.parameters.get("properties", {}):
        for value in _JUNK:
            yield {**example, name: value}
