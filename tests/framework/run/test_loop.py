"""The order of a run: requests, state, hooks, failures. Source: spec/agent.md, 4.5 and 5."""

import asyncio

import pytest
from support.agent_runs import MODEL, agent_of, collected, ok_tool, text_of, user

from jackfield.agent.agent import Agent
from jackfield.errors import AgentRunError
from jackfield.models import Model, ThinkingBudgets, ThinkingLevel
from jackfield.testing import Call, Error, ScriptedProvider, Thinking
from jackfield.tools import AgentTool, AgentToolResult, ToolLoopControl


async def test_error_event_keeps_the_partial_answer(notation, roles):
    agent = agent_of(ScriptedProvider(["so far", Error("overloaded", kind="overloaded")]))
    events = await collected(agent.stream("hi"))
    assert notation(events) == "A+ T+ M+(u) M-(u) M+(a) Mu* M-(a) T-[] A-(error)"
    answer = agent.state.messages[-1]
    assert (text_of(answer), answer.error_message) == ("so far", "overloaded")
    assert answer.error.kind == "overloaded"
    assert agent.state.error == "overloaded"
    assert roles(events[-1].messages) == "u a"


async def test_calls_finished_before_an_error_get_results_but_do_not_run(notation):
    ran = []

    async def runs(*_):
        ran.append(True)

    agent = agent_of(
        ScriptedProvider([Call("runs", id="t1"), Error("down")]),
        AgentTool(name="runs", execute=runs),
    )
    events = await collected(agent.stream("hi"))
    assert notation(events).endswith("M-(a) M+(r:t1) M-(r:t1) T-[t1] A-(error)")
    assert ran == []
    assert agent.state.messages[-1].is_error


@pytest.mark.parametrize("hook", ["convert_to_llm", "transform_context", "get_api_key"])
@pytest.mark.parametrize("kind", ["plain", "async"])
async def test_failing_request_hook_fails_the_answer(notation, hook, kind):
    def plain(*args):
        raise LookupError("no luck")

    async def fails(*args):
        raise LookupError("no luck")

    agent = agent_of(ScriptedProvider("never"), **{hook: plain if kind == "plain" else fails})
    events = await collected(agent.stream("hi"))
    assert notation(events) == "A+ T+ M+(u) M-(u) M+(a) M-(a) T-[] A-(error)"
    answer = agent.state.messages[-1]
    assert (answer.content, answer.error_message) == ([], "no luck")
    assert (answer.provider, answer.api, answer.model) == ("p", "x", "m")
    assert answer.usage.total_tokens == 0


async def test_exception_without_text_is_named_by_its_class():
    def down(*_):
        raise TimeoutError

    agent = Agent(stream_fn=down, model=MODEL)
    assert (await agent.prompt("hi")).error_message == "TimeoutError"


async def test_error_of_a_run_is_gone_with_the_next():
    agent = agent_of(ScriptedProvider(Error("down"), "fine"))
    await agent.prompt("hi")
    assert agent.state.error == "down"
    await agent.prompt("hi")
    assert agent.state.error is None


async def test_stream_function_may_be_async():
    async def connect(model, context, options):
        await asyncio.sleep(0)
        return provider.stream(model, context, options)

    provider = ScriptedProvider("hello")
    assert await Agent(stream_fn=connect, model=MODEL).prompt_text("hi") == "hello"


async def test_request_passes_through_transform_then_convert():
    seen = []

    async def transform(messages, signal):
        seen.append(isinstance(signal, asyncio.Event))
        return [*messages, user("added")]

    def convert(messages):
        return [{"role": "user", "content": text_of(m).upper()} for m in messages]

    provider = ScriptedProvider("fine")
    agent = agent_of(provider, transform_context=transform, convert_to_llm=convert)
    await agent.prompt("hi")
    assert [text_of(m) for m in provider.requests[0].messages] == ["HI", "ADDED"]
    assert [text_of(m) for m in agent.state.messages] == ["hi", "fine"]
    assert seen == [True]


async def test_settings_reach_the_provider():
    budgets = ThinkingBudgets(low=7)
    provider = ScriptedProvider("fine")
    agent = agent_of(
        provider,
        ok_tool(),
        session_id="s1",
        thinking_budgets=budgets,
        temperature=0.5,
        max_tokens=9,
        tool_choice="required",
        cache_retention="long",
        response_schema={"type": "object"},
        get_api_key=lambda name: f"key-of-{name}",
    )
    agent.set_thinking_level("low")
    agent.set_system_prompt("be brief")
    await agent.prompt("hi")
    request = provider.requests[0]
    options = request.options
    assert request.system_prompt == "be brief"
    assert [tool.name for tool in request.tools] == ["ok"]
    assert (options.session_id, options.thinking_budgets) == ("s1", budgets)
    assert (options.temperature, options.max_tokens) == (0.5, 9)
    assert (options.tool_choice, options.cache_retention) == ("required", "long")
    assert options.response_schema == {"type": "object"}
    assert (options.reasoning, options.api_key) == (ThinkingLevel.LOW, "key-of-p")
    assert isinstance(options.signal, asyncio.Event)


@pytest.mark.parametrize(
    ("own", "of_model", "sent"),
    [("off", "off", None), ("off", "high", "high"), ("low", "high", "low")],
)
async def test_thinking_level_of_the_agent_beats_that_of_the_model(own, of_model, sent):
    provider = ScriptedProvider("fine")
    agent = agent_of(provider)
    agent.set_model(Model(provider="p", id="m", thinking_level=ThinkingLevel(of_model)))
    agent.set_thinking_level(own)
    await agent.prompt("hi")
    assert provider.requests[0].options.reasoning == sent


async def test_caching_marks_the_request_and_not_the_history():
    provider = ScriptedProvider("fine")
    agent = agent_of(provider, enable_prompt_caching=True, cache_retention="long")
    await agent.prompt("hi")
    assert provider.requests[0].messages[-1].content[0].cache_control.ttl == "1h"
    assert agent.state.messages[0].content[0].cache_control is None


async def test_run_has_an_id_and_the_session():
    agent = agent_of(ScriptedProvider("one", "two"), session_id="s1")
    first = (await collected(agent.stream("hi")))[0]
    second = (await collected(agent.stream("hi")))[0]
    assert len(first.run_id) == 32
    assert first.run_id != second.run_id
    assert first.session_id == "s1"


async def test_state_has_the_message_while_it_streams():
    agent = agent_of(ScriptedProvider("one two"))
    seen = []

    def listen(event):
        live = agent.state.stream_message
        seen.append((event.type, live is not None, agent.state.is_streaming))
        if event.type == "message_update":
            assert live is event.message

    agent.subscribe(listen)
    await agent.prompt("hi")
    assert ("message_update", True, True) in seen
    assert ("message_end", False, True) in seen
    assert seen[-1] == ("agent_end", False, True)
    assert not agent.state.is_streaming


async def test_pending_calls_are_a_new_set_each_time():
    agent = agent_of(ScriptedProvider([Call("ok", id="t1"), Call("ok", id="t2")], "x"), ok_tool())
    sets = []
    agent.subscribe(lambda event: sets.append(agent.state.pending_tool_calls))
    await agent.prompt("hi")
    assert {"t1", "t2"} in sets
    assert sets[-1] == set()
    assert len({id(each) for each in sets if each}) > 1


async def test_history_is_appended_to_in_place():
    agent = agent_of(ScriptedProvider("one"))
    history = agent.state.messages
    await agent.prompt("hi")
    assert agent.state.messages is history
    assert len(history) == 2


async def test_loop_waits_for_its_consumer():
    """5.14: an event is delivered before the next model call starts."""
    provider = ScriptedProvider([Call("ok")], "done")
    agent = agent_of(provider, ok_tool())
    async for event in agent.stream("hi"):
        await asyncio.sleep(0)
        if event.type == "turn_end" and event.tool_results:
            assert len(provider.requests) == 1
            agent.steer("in time")
    assert text_of(agent.state.messages[-2]) == "in time"


class PluginHooks:
    """What the kernel hands over: lists of functions."""

    def __init__(self, **lists):
        for name in ("transform_context", "before_tool_call", "after_tool_call",
                     "should_stop_after_turn", "on_event"):  # fmt: skip
            setattr(self, name, lists.get(name, []))


async def test_hooks_of_plugins_run_after_those_of_the_agent():
    order = []

    def own(messages, signal):
        order.append("own")
        return messages

    async def plugin(context):
        order.append("plugin")
        context.system_prompt = "changed"
        return context

    provider = ScriptedProvider("fine")
    seen = []
    hooks = PluginHooks(transform_context=[plugin, lambda context: None], on_event=[seen.append])
    agent = agent_of(provider, transform_context=own, hooks=[hooks])
    agent.set_system_prompt("first")
    events = await collected(agent.stream("hi"))
    assert order == ["own", "plugin"]
    assert provider.requests[0].system_prompt == "changed"
    assert agent.state.system_prompt == "first"
    assert seen == events


async def test_hooks_of_plugins_judge_tools_and_turns():
    asked = []

    def before(tool_call, tool, args):
        asked.append(tool_call.id)
        return ToolLoopControl(result=AgentToolResult(), is_error=False)

    async def after(tool_call, result):
        result.details["seen"] = True

    hooks = PluginHooks(
        before_tool_call=[before, lambda *_: asked.append("never")],
        after_tool_call=[after],
        should_stop_after_turn=[lambda message, results, context, new: bool(results)],
    )
    agent = agent_of(ScriptedProvider([Call("ok", id="t1")]), ok_tool(), hooks=[hooks])
    events = await collected(agent.stream("hi"))
    assert asked == ["t1"]
    assert (events[-1].reason, agent.state.messages[-1].details) == ("should_stop", {"seen": True})


async def test_text_of_thinking_is_not_text_of_the_answer():
    agent = agent_of(ScriptedProvider([Thinking("hm"), "yes"]))
    assert [text async for text in agent.stream_text("hi")] == ["yes"]


async def test_stream_text_has_all_turns_and_raises_on_failure():
    agent = agent_of(ScriptedProvider(["one", Call("ok")], ["two", Error("down")]), ok_tool())
    texts = agent.stream_text("hi")
    assert [await anext(texts), await anext(texts)] == ["one", "two"]
    with pytest.raises(AgentRunError, match="down"):
        await anext(texts)
