"""The contract suite of tool sets: right ones pass, each faulty one is caught."""

import asyncio
import time

import pytest

from jackfield import AgentTool, AgentToolResult, ToolError, tool
from jackfield.builtins import tools_calculator, tools_clock
from jackfield.testing import ToolsContract, run_suite
from jackfield.testing.schema_rules import schema_problems

OBJECT = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}


class TestClock(ToolsContract):
    examples = {"now": {"timezone": "UTC"}}

    @pytest.fixture
    def tools(self):
        return tools_clock.open_tools(tools_clock.ClockSettings())


class TestCalculator(ToolsContract):
    @pytest.fixture
    def tools(self):
        return tools_calculator.open_tools()


@tool
async def add(n: int, m: int = 1) -> int:
    """Add two numbers."""
    await asyncio.sleep(0)
    return n + m


async def _original(tool_call_id, args, signal, on_update):
    on_update(AgentToolResult(content=[{"type": "text", "text": "half"}]))
    await asyncio.sleep(0)
    return AgentToolResult(content=[{"type": "text", "text": str(args["n"])}])


def made(**changes):
    fields = {"name": "made", "description": "Count.", "parameters": OBJECT, "execute": _original}
    return AgentTool(**(fields | changes))


class TestBothForms(ToolsContract):
    examples = {"add": {"n": 1}, "made": {"n": 2}}

    @pytest.fixture
    def tools(self):
        return [add, made()]


async def returns_an_unknown_part(*_):
    return AgentToolResult(content=[{"type": "video", "url": "x"}])


async def returns_an_object(*_):
    return object()


async def crashes_on_junk(tool_call_id, args, signal, on_update):
    return str(args["n"] + 1)


async def exits_on_junk(tool_call_id, args, signal, on_update):
    raise SystemExit(args["n"])


async def hangs(*_):
    await asyncio.Event().wait()


async def swallows_cancellation(*_):
    try:
        await asyncio.sleep(0.02)
    except asyncio.CancelledError:
        return "never mind"
    return "done"


async def leaves_a_task(*_):
    _kept.append(asyncio.ensure_future(asyncio.sleep(10)))
    return "done"


async def changes_its_arguments(tool_call_id, args, signal, on_update):
    return str(args.pop("n"))


async def updates_with_an_object(tool_call_id, args, signal, on_update):
    on_update(object())
    return "done"


def blocks(*_):
    time.sleep(0.2)
    return "late"


_kept = []
ANYTHING = {"type": "object", "properties": {"n": {}}}

FAULTS = {
    "empty": [],
    "no-tools": ["add"],
    "no-function": [made(execute=None)],
    "same-names": [made(), made()],
    "name-with-a-dot": [made(name="math.add")],
    "name-too-long": [made(name="x" * 65)],
    "empty-name": [made(name="")],
    "no-description": [made(description="  ")],
    "schema-of-an-array": [made(parameters={"type": "array"})],
    "schema-that-is-no-json": [made(parameters={"type": "object", "properties": {"n": {1, 2}}})],
    "python-type-in-schema": [
        made(parameters={"type": "object", "properties": {"n": {"type": "int"}}})
    ],
    "required-unknown": [made(parameters=OBJECT | {"required": ["m"]})],
    "dangling-reference": [
        made(parameters={"type": "object", "properties": {"n": {"$ref": "#/$defs/x"}}})
    ],
    "negative-timeout": [made(timeout=-1)],
    "unknown-mode": [made(execution_mode="serial")],
    "unknown-part": [made(execute=returns_an_unknown_part)],
    "object-as-result": [made(execute=returns_an_object)],
    "crash-on-missing": [made(execute=crashes_on_junk, parameters={})],
    "crash-on-type": [made(execute=crashes_on_junk, parameters=ANYTHING)],
    "system-exit": [made(execute=exits_on_junk)],
    "hangs": [made(execute=hangs)],
    "blocks": [made(execute=blocks)],
    "swallows-cancellation": [made(execute=swallows_cancellation)],
    "leaves-a-task": [made(execute=leaves_a_task)],
    "changes-arguments": [made(execute=changes_its_arguments)],
    "odd-updates": [made(execute=updates_with_an_object)],
}


class Impatient(ToolsContract):
    limit_s = 0.05
    examples = {"made": {"n": 1}}


@pytest.mark.parametrize("tools", FAULTS.values(), ids=FAULTS)
async def test_faulty_tools_are_caught(tools):
    report = await run_suite(Impatient, tools=lambda: tools)
    while _kept:
        _kept.pop().cancel()
    assert not report.ok


async def test_only_the_broken_rules_fail():
    report = await run_suite(Impatient, tools=lambda: [made(description="")])
    assert list(report.failed) == ["test_descriptions_say_something"]


async def test_an_example_that_does_not_fit_is_told():
    class Mistaken(ToolsContract):
        examples = {"made": {"n": "many"}}

    report = await run_suite(Mistaken, tools=lambda: [made()])
    assert isinstance(report.failed["test_examples_belong_to_tools"], ToolError)


def test_schemas_of_tools_are_right():
    assert schema_problems({}) == []
    assert schema_problems(add.parameters) == []
    assert schema_problems({"type": "object", "properties": {"a": {"anyOf": [True, {}]}}}) == []


@pytest.mark.parametrize(
    "part",
    [{"type": "int"}, {"enum": []}, {"items": 3}, {"$ref": "other.json"}, {"anyOf": [1]}],
    ids=str,
)
def test_broken_parts_of_schemas_are_found(part):
    (problem,) = schema_problems({"type": "object", "properties": {"a": part}})
    assert problem.startswith("parameters.properties.a")
