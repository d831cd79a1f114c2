"""Running tools: arguments, results, scheduling. Source: spec/agent.md, 7."""

import asyncio
import contextvars
import functools
import threading

import pytest
from support.agent_runs import MODEL, result_of, text_of
from support.tool_runs import echo, run, run_one

import jackfield.run.tool_call
from jackfield.agent.agent import Agent
from jackfield.errors import OptionError, ToolError
from jackfield.testing import Call
from jackfield.tools import AgentTool, tool

INTEGER = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}


async def test_arguments_are_validated_and_coerced_before_the_call():
    seen = []

    async def execute(call_id, args, signal, on_update):
        seen.append((call_id, args, signal.is_set()))
        return "ok"

    only = AgentTool(name="work", execute=execute, parameters=INTEGER)
    results, events = await run(Call("work", {"a": "3"}, id="t1"), tools=[only])
    assert seen == [("t1", {"a": 3}, False)]
    (start,) = [event for event in events if event.type == "tool_execution_start"]
    assert start.args == {"a": "3"}
    assert not results["t1"].is_error


async def test_wrong_arguments_are_an_error_for_the_model():
    result = await run_one(echo, {"a": "x"}, parameters=INTEGER)
    assert result.is_error
    assert 'Invalid arguments for tool "work"' in text_of(result)


async def test_arguments_are_repaired_before_they_are_validated():
    result = await run_one(
        echo,
        {"b": 1},
        parameters=INTEGER,
        prepare_arguments=lambda raw: {"a": raw["b"]},
    )
    assert text_of(result) == "{'a': 1}"


async def test_tool_without_function_is_an_error():
    result = await run_one(None)
    assert (result.is_error, text_of(result)) == (True, "Tool work has no execute function")


async def test_unknown_tool_names_the_known_ones():
    results, events = await run(Call("wrk", id="t1"), tools=[AgentTool(name="work", execute=echo)])
    assert text_of(results["t1"]) == "Tool wrk not found. Available tools: work"
    assert [e.type for e in events if e.type.startswith("tool")] == [
        "tool_execution_start",
        "tool_execution_end",
    ]


def test_two_tools_of_one_name_are_refused():
    with pytest.raises(OptionError, match="work"):
        Agent(model=MODEL, tools=[AgentTool(name="work"), AgentTool(name="work")])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ({"content": [{"type": "text", "text": "dict"}]}, "dict"),
        (result_of("result"), "result"),
    ],
)
async def test_return_values_become_results(value, text):
    async def execute(*_):
        return value

    result = await run_one(execute)
    assert (result.is_error, text_of(result)) == (False, text)


async def test_other_return_values_are_errors_that_name_the_type():
    async def execute(*_):
        return 3.5

    result = await run_one(execute)
    assert result.is_error
    assert "float" in text_of(result)


async def test_huge_result_is_cut_and_says_so():
    async def execute(*_):
        return "x" * 100_000_000

    result = await run_one(execute)
    assert not result.is_error
    kept, note = result.content
    assert kept.text == "x" * 1_000_000
    assert note.text == "(cut: 99,000,000 more characters)"


class QuitError(BaseException):
    """Neither an Exception nor a request to end the program."""


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("nope"), "nope"),
        (ValueError(), "ValueError"),
        (ToolError("try b", hint="It is cheaper."), "try b It is cheaper."),
        (QuitError("bye"), "bye"),
        (asyncio.CancelledError(), "Tool execution cancelled"),
        (asyncio.CancelledError("gave up"), "gave up"),
        (StopIteration("end"), "coroutine raised StopIteration"),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("kind", ["async", "plain"])
async def test_exceptions_become_error_results(error, text, kind):
    async def execute(*_):
        raise error

    def plain(*_):
        raise error

    result = await run_one(execute if kind == "async" else plain)
    assert result.is_error
    assert text_of(result) == text


async def test_failing_tool_does_not_disturb_its_siblings():
    other_began = asyncio.Event()

    async def fails(*_):
        await other_began.wait()
        raise ValueError("nope")

    async def works(*_):
        other_began.set()
        await asyncio.sleep(0.01)
        return "ok"

    results, _ = await run(
        Call("fails", id="t1"),
        Call("works", id="t2"),
        tools=[AgentTool(name="fails", execute=fails), AgentTool(name="works", execute=works)],
    )
    assert results["t1"].is_error
    assert text_of(results["t2"]) == "ok"


variable = contextvars.ContextVar("variable", default="unset")


async def test_plain_function_runs_in_a_thread_with_the_context():
    def execute(*_):
        return f"{variable.get()} {threading.current_thread() is threading.main_thread()}"

    variable.set("set")
    assert text_of(await run_one(execute)) == "set False"


async def test_plain_functions_run_together():
    barrier = threading.Barrier(12, timeout=5)

    def execute(*_):
        barrier.wait()
        return "ok"

    calls = [Call("work", id=f"t{number}") for number in range(12)]
    results, _ = await run(*calls, tools=[AgentTool(name="work", execute=execute)])
    assert not any(result.is_error for result in results.values())


class AsyncCallable:
    async def __call__(self, call_id, args, signal, on_update):
        return "object"


@pytest.mark.parametrize(
    ("execute", "text"),
    [
        (functools.partial(echo), "{}"),
        (AsyncCallable(), "object"),
        (lambda *args: echo(*args), "{}"),
    ],
    ids=["partial", "object", "lambda"],
)
async def test_async_functions_in_disguise_are_awaited(execute, text):
    assert text_of(await run_one(execute)) == text


async def test_decorated_functions_are_tools():
    @tool
    def add(a: int, b: int = 1) -> int:
        """Add two numbers."""
        return a + b

    @tool
    async def twice(text: str) -> str:
        """Say it twice."""
        return text * 2

    def triple(text: str) -> str:
        """Say it three times."""
        return text * 3

    results, _ = await run(
        Call("add", {"a": 2}, id="t1"),
        Call("twice", {"text": "x"}, id="t2"),
        Call("triple", {"text": "x"}, id="t3"),
        tools=[add, twice, triple],
    )
    assert [text_of(results[name]) for name in ("t1", "t2", "t3")] == ["3", "xx", "xxx"]


async def test_one_sequential_tool_makes_the_batch_sequential(notation):
    tools = [
        AgentTool(name="a", execute=echo),
        AgentTool(name="b", execute=echo, execution_mode="sequential"),
    ]
    _, events = await run(Call("a", id="t1"), Call("b", id="t2"), tools=tools)
    assert "X+(t1) X-(t1) M+(r:t1) M-(r:t1) X+(t2)" in notation(events)


async def test_timeout_names_the_limit():
    cleaned = []

    async def execute(*_):
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append(True)

    result = await run_one(execute, timeout=0.01)
    assert (result.is_error, text_of(result)) == (
        True,
        "Tool work exceeded its time limit of 0.01 s",
    )
    assert cleaned == [True]


async def test_timeout_of_a_plain_function_does_not_wait_for_it():
    release = threading.Event()
    result = await run_one(lambda *_: release.wait(), timeout=0.01)
    assert "time limit" in text_of(result)
    release.set()


async def test_timeout_of_a_stubborn_tool_leaves_it_behind(monkeypatch, caplog):
    monkeypatch.setattr(jackfield.run.tool_call, "GRACE_S", 0.01)
    release = asyncio.Event()

    async def execute(*_):
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    result = await run_one(execute, timeout=0.01)
    assert "time limit" in text_of(result)
    assert "left behind" in caplog.text
    release.set()


async def test_updates_come_between_start_and_end(notation):
    async def execute(call_id, args, signal, on_update):
        on_update(result_of("a"))
        await asyncio.sleep(0)
        on_update({"content": [{"type": "text", "text": "b"}]})
        return "ok"

    only = AgentTool(name="work", execute=execute)
    _, events = await run(Call("work", {"x": 1}, id="t1"), tools=[only])
    assert "X+(t1) Xu(t1) Xu(t1) X-(t1)" in notation(events)
    updates = [event for event in events if event.type == "tool_execution_update"]
    assert [update.partial_result.content[0].text for update in updates] == ["a", "b"]
    assert updates[0].args == {"x": 1}


async def test_updates_from_a_thread_are_in_order(notation):
    def execute(call_id, args, signal, on_update):
        for number in range(5):
            on_update(str(number))
        return "ok"

    _, events = await run(Call("work", id="t1"), tools=[AgentTool(name="work", execute=execute)])
    updates = [event for event in events if event.type == "tool_execution_update"]
    assert [update.partial_result.content[0].text for update in updates] == list("01234")
    assert "Xu(t1) X-(t1)" in notation(events)


async def test_late_updates_are_dropped():
    kept = []

    async def execute(call_id, args, signal, on_update):
        kept.append(on_update)
        return "ok"

    _, events = await run(Call("work", id="t1"), tools=[AgentTool(name="work", execute=execute)])
    count = len(events)
    kept[0]("late")
    thread = threading.Thread(target=kept[0], args=("late",))
    thread.start()
    thread.join()
    await asyncio.sleep(0)
    assert len(events) == count
    assert "tool_execution_update" not in [event.type for event in events]


def test_update_after_the_loop_is_closed_is_dropped():
    kept = []

    async def execute(call_id, args, signal, on_update):
        kept.append(on_update)
        return "ok"

    async def main():
        await run_one(execute)

    asyncio.run(main())
    thread = threading.Thread(target=kept[0], args=("late",))
    thread.start()
    thread.join()
