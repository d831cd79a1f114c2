"""Tools: making, calling, validating. Source: spec/agent.md, 3.3 and 7.1."""

import asyncio
import dataclasses
import inspect
import subprocess
import sys
from dataclasses import dataclass
from datetime import date

import pytest

from jackfield.errors import OptionError, ToolError
from jackfield.messages import ImageContent, TextContent, ToolCallContent
from jackfield.tools import (
    AgentTool,
    AgentToolResult,
    FunctionTool,
    as_result,
    as_tool,
    check_names,
    tool,
    validate_tool_arguments,
)

SUM = AgentTool(
    name="sum",
    description="Add two numbers",
    parameters={
        "type": "object",
        "properties": {"a": {"type": "number"}, "b": {"type": "number"}},
        "required": ["a", "b"],
    },
)


def call(arguments, name="sum", partial_json=None):
    return ToolCallContent(id="1", name=name, arguments=arguments, partial_json=partial_json)


def run(made, arguments, **offered):
    """Run a tool as the tool runner does."""
    args = validate_tool_arguments(made, call(arguments, made.name))
    result = made.execute("t1", args, offered.get("signal"), offered.get("on_update"))
    return asyncio.run(_finished(result)) if inspect.isawaitable(result) else result


async def _finished(value):
    return await value


def words(result):
    return "".join(part.text for part in result.content)


@tool
def add(a: int, b: int = 2) -> int:
    """Add numbers.

    Args:
        a: The first.
    """
    return a + b


def test_bare_decorator_reads_name_description_and_schema():
    assert isinstance(add, AgentTool)
    assert (add.name, add.description) == ("add", "Add numbers.")
    assert add.parameters["properties"]["a"] == {"type": "integer", "description": "The first."}
    assert add.label == ""
    assert add.timeout is None


def test_the_tool_stays_callable_like_the_function():
    assert add(1) == 3
    assert add(a=1, b=5) == 6
    assert str(inspect.signature(add)) == "(a: int, b: int = 2) -> int"
    assert (add.__name__, add.__doc__.splitlines()[0]) == ("add", "Add numbers.")
    assert repr(add).startswith("<tool 'add' of <function add")


def test_decorator_options_beat_the_function():
    @tool(name="plus", description="D", label="Plus", timeout=3, execution_mode="sequential")
    async def add_async(a: int):
        """Ignored."""
        return a

    assert (add_async.name, add_async.description, add_async.label) == ("plus", "D", "Plus")
    assert (add_async.timeout, add_async.execution_mode) == (3, "sequential")
    assert tool(len_of, name="size").name == "size"
    assert asyncio.run(add_async(4)) == 4


def len_of(items: list[int]) -> int:
    """Count."""
    return len(items)


def test_plain_and_async_functions_run_with_checked_arguments():
    @tool
    async def greet(name: str):
        """Greet."""
        return f"Hello {name}"

    assert words(run(add, {"a": "1"})) == "3"
    assert words(run(greet, {"name": "Ada"})) == "Hello Ada"
    assert inspect.iscoroutinefunction(greet.execute)
    assert not inspect.iscoroutinefunction(add.execute)


def test_plain_functions_around_async_ones_are_awaited():
    async def inner(x: int):
        return x

    assert words(run(tool(lambda x: inner(x), name="outer"), {"x": 3})) == "3"


def test_run_parameters_are_filled():
    signal, updates = asyncio.Event(), []

    @tool
    def work(n: int, tool_call_id: str, signal: asyncio.Event, on_update) -> str:
        """Work."""
        on_update(n)
        return f"{tool_call_id} {signal.is_set()}"

    assert list(work.parameters["properties"]) == ["n"]
    assert words(run(work, {"n": 1}, signal=signal, on_update=updates.append)) == "t1 False"
    assert updates == [1]


def test_replaced_fields_keep_the_tool_running():
    renamed = dataclasses.replace(add, name="plus", timeout=1)
    assert isinstance(renamed, FunctionTool)
    assert (renamed.name, renamed.timeout, renamed.parameters) == ("plus", 1, add.parameters)
    assert words(run(renamed, {"a": 1})) == "3"

    async def wrapped(call_id, args, signal, on_update):
        return "wrapped"

    assert dataclasses.replace(add, execute=wrapped).execute is wrapped


def test_broken_annotations_show_when_the_schema_is_read():
    @tool
    def broken(a: "Nowhere"):  # noqa: F821 - on purpose
        """Break."""

    with pytest.raises(OptionError, match="Tool broken"):
        broken.parameters  # noqa: B018 - the access is the test
    with pytest.raises(AttributeError, match="misspelt"):
        broken.misspelt  # noqa: B018


@pytest.mark.parametrize(
    "make",
    [
        lambda: tool(lambda a: a),
        lambda: tool(len_of, name="a b"),
        lambda: tool(len_of, name="x" * 65),
        lambda: tool(lambda *args: 1, name="f"),
        lambda: tool(name="f")(3),
        lambda: as_tool("not a tool"),
        lambda: as_tool({"name": "dict"}),
    ],
    ids=["lambda", "space", "long", "star args", "number", "text", "dict"],
)
def test_what_cannot_be_a_tool_is_an_option_error(make):
    with pytest.raises(OptionError):
        make()


def test_methods_need_their_object():
    with pytest.raises(OptionError, match="bound method"):

        class Shop:
            @tool
            def sell(self, item: str):
                """Sell."""

    class Store:
        def sell(self, item: str):
            """Sell one."""
            return f"sold {item}"

    made = tool(Store().sell)
    assert (made.name, made.description) == ("sell", "Sell one.")
    assert words(run(made, {"item": "x"})) == "sold x"


def test_functions_become_tools_and_tools_stay():
    assert as_tool(SUM) is SUM
    assert as_tool(add) is add
    assert as_tool(len_of).name == "len_of"


def test_names_must_be_there_and_differ():
    check_names([SUM, add])
    with pytest.raises(OptionError, match="Two tools are named sum"):
        check_names([SUM, add, AgentTool(name="sum")])
    with pytest.raises(OptionError, match="no name"):
        check_names([AgentTool()])


def test_decorating_imports_only_the_standard_library():
    code = (
        "import sys\n"
        "before = set(sys.modules)\n"
        "from jackfield.tools import tool, as_tool, check_names\n"
        "@tool\n"
        "def f(a: int) -> int:\n"
        "    '''Doc.'''\n"
        "    return a\n"
        "check_names([f]); f(1); repr(f)\n"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "foreign = new - set(sys.stdlib_module_names) - {'jackfield'}\n"
        "assert not foreign, foreign\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_dictionaries_of_tools_hold_what_a_model_sees():
    made = dataclasses.replace(SUM, label="Sum", execute=len, timeout=3.0)
    assert made.to_dict().keys() == {"name", "description", "parameters", "label"}
    assert add.to_dict()["parameters"] == add.parameters


# Arguments


def test_arguments_are_checked_against_a_hand_written_schema():
    received = call({"a": "3", "b": 4, "more": [1]})
    assert validate_tool_arguments(SUM, received) == {"a": 3, "b": 4, "more": [1]}
    assert received.arguments["a"] == "3"


def test_a_tool_without_parameters_takes_anything():
    received = call({"x": 1})
    checked = validate_tool_arguments(AgentTool(name="t"), received)
    assert checked == {"x": 1}
    assert checked is not received.arguments


def test_failure_lists_every_place_and_what_was_received():
    with pytest.raises(ToolError) as caught:
        validate_tool_arguments(SUM, call({"a": "x"}))
    assert str(caught.value) == (
        'Invalid arguments for tool "sum":\n'
        "b: required, but missing\n"
        'a: expected number, got "x"\n'
        'Received: {"a": "x"}'
    )


def test_function_arguments_fail_in_the_same_words():
    with pytest.raises(ToolError) as caught:
        validate_tool_arguments(add, call({"a": [], "c": 1}, "add"))
    assert str(caught.value) == (
        'Invalid arguments for tool "add":\n'
        "a: expected integer, got array of 0\n"
        "c: unknown; known: a, b\n"
        'Received: {"a": [], "c": 1}'
    )


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [('{"a": 1, "b": "2"}', {"a": 1, "b": 2}), ({"a": 1, "b": 2}, {"a": 1, "b": 2})],
)
def test_json_text_is_read(arguments, expected):
    assert validate_tool_arguments(SUM, call(arguments)) == expected


@pytest.mark.parametrize("arguments", [None, 3, [1], "", " "])
def test_anything_else_means_no_arguments(arguments):
    assert validate_tool_arguments(AgentTool(name="t"), call(arguments)) == {}


@pytest.mark.parametrize(
    ("received", "reason"),
    [
        (call({}, partial_json='{"a": 1'), "Expecting ',' delimiter"),
        (call({}, partial_json="[1]"), "expected an object, got array"),
        (call('{"a": '), "Expecting value"),
        (call("3"), "expected an object, got integer"),
        (call('{"a": NaN}'), "NaN is not JSON"),
        (call('{"a": ' + "[" * 100_000), "nested deeper"),
    ],
)
def test_unparsable_arguments_name_the_tool_and_the_reason(received, reason):
    with pytest.raises(ToolError, match=f'^Invalid JSON arguments for tool "sum": .*{reason}'):
        validate_tool_arguments(SUM, received)


def test_dictionaries_serve_as_calls():
    assert validate_tool_arguments(SUM, {"arguments": {"a": 1, "b": 2}}) == {"a": 1, "b": 2}


def test_arguments_are_prepared_before_they_are_checked():
    repaired = dataclasses.replace(SUM, prepare_arguments=lambda raw: {"a": 1, "b": 2} | raw)
    assert validate_tool_arguments(repaired, call({"b": "7"})) == {"a": 1, "b": 7}
    broken = dataclasses.replace(SUM, prepare_arguments=lambda raw: None)
    with pytest.raises(ToolError, match='prepare_arguments of tool "sum" returned NoneType'):
        validate_tool_arguments(broken, call({}))


def test_huge_arguments_are_cut_in_the_error():
    with pytest.raises(ToolError) as caught:
        validate_tool_arguments(SUM, call({"a": "x" * 1_000_000, "b": ["y"] * 100_000}))
    assert len(str(caught.value)) < 3_000
    assert str(caught.value).endswith("... (cut)")


@pytest.mark.parametrize("made", [SUM, add])
def test_deep_arguments_are_an_error_result_not_a_crash(made):
    deep = []
    for _ in range(50_000):
        deep = [deep]
    with pytest.raises(ToolError):
        validate_tool_arguments(made, call({"a": deep}))
    while deep:  # take it apart, so that no recursion frees it
        deep = deep.pop()


# Results


@dataclass
class Point:
    x: int
    when: date


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("hi", "hi"),
        ("", ""),
        (3, "3"),
        (True, "true"),
        ([], "[]"),
        ({"a": ["\u00e9"]}, '{"a": ["\u00e9"]}'),
        (Point(1, date(2026, 1, 2)), '{"x":1,"when":"2026-01-02"}'),
        ({"p": date(2026, 1, 2)}, '{"p":"2026-01-02"}'),
        ((1, 2), "[1, 2]"),
    ],
)
def test_values_become_text(value, text):
    assert as_result(value) == AgentToolResult(content=[TextContent(text=text)])


def test_parts_and_results_stay_what_they_are():
    text, image = TextContent(text="x"), ImageContent(url="data:,x")
    assert as_result(image).content == [image]
    assert as_result([text, image]).content == [text, image]
    result = AgentToolResult(content=[text], details={"n": 1}, terminate=True)
    assert as_result(result) is result
    assert as_result(None) == AgentToolResult()


@pytest.mark.parametrize("value", [object(), {"a": object()}, (i for i in ()), {1: {2, object()}}])
def test_what_json_cannot_hold_is_an_error_that_names_the_type(value):
    with pytest.raises(ToolError, match=f"returned a {type(value).__name__} that JSON cannot"):
        as_result(value)


def test_endless_values_are_errors_not_crashes():
    loop = []
    loop.append(loop)
    deep = []
    for _ in range(50_000):
        deep = [deep]
    for value in (loop, deep):
        with pytest.raises(ToolError, match="list"):
            as_result(value)
    while deep:
        deep = deep.pop()


async def test_the_readmes_tool_runs_as_it_stands():
    async def calculate_sum(tool_call_id: str, args: dict, signal, on_update) -> AgentToolResult:
        result = args["a"] + args["b"]
        return AgentToolResult(content=[{"type": "text", "text": str(result)}])

    made = dataclasses.replace(SUM, execute=calculate_sum)
    args = validate_tool_arguments(made, call({"a": 1, "b": "2"}))
    result = await made.execute("t1", args, None, print)
    assert result.content[0]["text"] == "3"
