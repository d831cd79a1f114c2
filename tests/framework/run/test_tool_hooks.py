"""Hooks before and after a tool. Source: spec/agent.md, 7."""

import asyncio

import pytest
from support.agent_runs import result_of, text_of
from support.tool_runs import echo, run, run_one

from jackfield.messages import TextContent
from jackfield.testing import Call
from jackfield.tools import AgentTool, ToolLoopControl


async def test_before_hooks_run_in_source_order_before_any_tool():
    order = []

    async def before(call, tool, args):
        await asyncio.sleep(0)
        order.append(f"ask {call.id}")

    async def execute(call_id, args, signal, on_update):
        order.append(f"run {call_id}")
        return "ok"

    await run(
        Call("work", id="t1"),
        Call("work", id="t2"),
        tools=[AgentTool(name="work", execute=execute)],
        before_tool_call=before,
    )
    assert order == ["ask t1", "ask t2", "run t1", "run t2"]


async def test_before_hook_sees_unknown_tools_as_none():
    seen = []
    await run(
        Call("zzz", {"a": 1}, id="t1"),
        tools=[],
        before_tool_call=lambda call, tool, args: seen.append((call.name, tool, args)),
    )
    assert seen == [("zzz", None, {"a": 1})]


async def test_before_hook_may_change_the_arguments():
    def before(call, tool, args):
        args["a"] = 2

    result = await run_one(echo, {"a": 1}, options={"before_tool_call": before})
    assert text_of(result) == "{'a': 2}"


async def test_before_hook_may_answer_without_an_error():
    def before(call, tool, args):
        return ToolLoopControl(result=result_of("cached"), is_error=False)

    result = await run_one(None, options={"before_tool_call": before})
    assert (result.is_error, text_of(result)) == (False, "cached")


async def test_before_hook_may_let_the_tool_run_and_still_terminate():
    results, events = await run(
        Call("work", id="t1"),
        tools=[AgentTool(name="work", execute=echo)],
        before_tool_call=lambda *_: ToolLoopControl(terminate=True),
    )
    assert text_of(results["t1"]) == "{}"
    assert events[-1].reason == "terminate"


async def test_hooks_get_message_context_and_signal_if_they_want_them():
    seen = []

    def before(call, tool, args, *, message, signal):
        seen.append((message.tool_calls()[0].id, signal.is_set()))

    def after(call, result, **more):
        seen.append(sorted(more))

    await run_one(echo, options={"before_tool_call": before, "after_tool_call": after})
    assert seen == [("t1", False), ["context", "message", "signal"]]


@pytest.mark.parametrize("hook", ["before_tool_call", "after_tool_call"])
async def test_other_return_types_of_hooks_are_errors(hook):
    result = await run_one(echo, options={hook: lambda *_: "yes"})
    assert result.is_error
    assert f"{hook} must return a ToolLoopControl or None, not str" in text_of(result)


async def test_hook_may_return_a_dictionary():
    def before(*_):
        return {"result": {"content": [{"type": "text", "text": "no"}]}}

    result = await run_one(echo, options={"before_tool_call": before})
    assert (result.is_error, text_of(result)) == (True, "no")


async def test_after_hook_edits_and_replaces():
    def edit(call, result):
        result.content = [TextContent(text="edited")]

    def replace(call, result):
        return ToolLoopControl(result=result_of("new", details={"k": 1}), is_error=True)

    def flag(call, result):
        return ToolLoopControl(is_error=True)

    assert text_of(await run_one(echo, options={"after_tool_call": edit})) == "edited"
    replaced = await run_one(echo, options={"after_tool_call": replace})
    assert (text_of(replaced), replaced.details, replaced.is_error) == ("new", {"k": 1}, True)
    flagged = await run_one(echo, options={"after_tool_call": flag})
    assert (text_of(flagged), flagged.is_error) == ("{}", True)


async def test_after_hook_sees_blocked_and_unknown_calls_before_their_end():
    seen = []

    def block(call, tool, args):
        return ToolLoopControl(result=result_of("no")) if call.id == "t1" else None

    await run(
        Call("work", id="t1"),
        Call("zzz", id="t2"),
        tools=[AgentTool(name="work", execute=echo)],
        before_tool_call=block,
        after_tool_call=lambda call, result: seen.append((call.id, result.is_error)),
    )
    assert seen == [("t1", True), ("t2", True)]


async def test_failing_after_hook_becomes_the_result():
    def after(call, result):
        raise RuntimeError("audit is down")

    result = await run_one(echo, options={"after_tool_call": after})
    assert (result.is_error, text_of(result)) == (True, "audit is down")


async def test_any_result_that_terminates_ends_the_run_after_the_batch():
    async def stops(*_):
        return result_of("stop", terminate=True)

    results, events = await run(
        Call("stops", id="t1"),
        Call("work", id="t2"),
        tools=[AgentTool(name="stops", execute=stops), AgentTool(name="work", execute=echo)],
    )
    assert len(results) == 2
    assert events[-1].reason == "terminate"
    assert "terminate" not in results["t1"].to_dict()
