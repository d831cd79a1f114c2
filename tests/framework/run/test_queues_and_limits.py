"""Steering, follow-ups, and what ends a run. Source: spec/agent.md, 4.5 and 5."""

import pytest
from support.agent_runs import agent_of, collected, ok_tool, text_of, user

from jackfield.testing import Call, Error, ScriptedProvider
from jackfield.tools import AgentTool, AgentToolResult


async def test_steering_before_the_prompt_joins_the_first_turn(notation):
    provider = ScriptedProvider("fine")
    agent = agent_of(provider)
    agent.steer({"role": "user", "content": "typed while idle"})
    events = await collected(agent.stream("hi"))
    assert notation(events) == ("A+ T+ M+(u) M-(u) M+(u) M-(u) M+(a) Mu* M-(a) T-[] A-(stop)")
    assert [text_of(m) for m in provider.requests[0].messages] == ["hi", "typed while idle"]


async def test_steering_during_an_answer_makes_another_turn(notation):
    agent = agent_of(ScriptedProvider("one", "two"))

    def steer(event):
        if event.type == "message_update" and not agent.has_queued_messages():
            agent.steer("wait")
            unsubscribe()

    unsubscribe = agent.subscribe(steer)
    events = await collected(agent.stream("hi"))
    assert "T-[] T+ M+(u) M-(u) M+(a) Mu* M-(a) T-[] A-(stop)" in notation(events)


@pytest.mark.parametrize(("mode", "turns"), [("one-at-a-time", 3), ("all", 2)])
async def test_steering_mode_says_how_many_join_a_turn(mode, turns):
    agent = agent_of(ScriptedProvider(default="yes"), steering_mode=mode)

    def steer(event):
        if event.type == "message_update" and event.assistant_message_event.type == "text_end":
            agent.steer("a")
            agent.steer("b")
            unsubscribe()

    unsubscribe = agent.subscribe(steer)
    events = await collected(agent.stream("hi"))
    assert len([event for event in events if event.type == "turn_end"]) == turns


async def test_steering_wins_over_follow_ups():
    agent = agent_of(ScriptedProvider(default="yes"))
    agent.follow_up("later")

    def steer(event):
        if event.type == "message_update":
            unsubscribe()
            agent.steer("now")

    unsubscribe = agent.subscribe(steer)
    await agent.prompt("hi")
    said = [text_of(m) for m in agent.state.messages if m.role == "user"]
    assert said == ["hi", "now", "later"]


async def test_mode_changed_during_a_run_holds_from_the_next_poll():
    agent = agent_of(ScriptedProvider(default="yes"))
    for text in ("a", "b", "c"):
        agent.follow_up(text)
    agent.subscribe(
        lambda event: agent.set_follow_up_mode("all") if event.type == "turn_end" else None
    )
    events = await collected(agent.stream("hi"))
    assert len([event for event in events if event.type == "turn_end"]) == 2


@pytest.mark.parametrize("ending", ["error", "terminate", "should_stop", "max_turns"])
async def test_queues_are_kept_however_a_run_ends(ending):
    options = {
        "error": {},
        "terminate": {},
        "should_stop": {"should_stop_after_turn": lambda *_: True},
        "max_turns": {"max_turns": 1},
    }[ending]

    async def stops(*_):
        return AgentToolResult(terminate=ending == "terminate")

    script = Error("down") if ending == "error" else [Call("stops")]
    agent = agent_of(ScriptedProvider(script), AgentTool(name="stops", execute=stops), **options)
    agent.follow_up("f")
    agent.subscribe(lambda event: agent.steer("s") if event.type == "turn_end" else None)
    events = await collected(agent.stream("hi"))
    assert events[-1].reason == ending
    agent.clear_steering_queue()
    assert agent.has_queued_messages()
    agent.clear_follow_up_queue()
    assert not agent.has_queued_messages()


async def test_turn_limit_does_not_touch_a_run_that_is_over_anyway():
    agent = agent_of(ScriptedProvider("done"), max_turns=1)
    events = await collected(agent.stream("hi"))
    assert events[-1].reason == "stop"


async def test_turn_limit_counts_turns_of_queued_messages():
    agent = agent_of(ScriptedProvider("one"), max_turns=1)
    agent.follow_up("more")
    events = await collected(agent.stream("hi"))
    assert events[-1].reason == "max_turns"
    assert agent.has_queued_messages()


async def test_should_stop_sees_the_turn():
    seen = []

    def stop(message, results, context, new_messages, *, signal):
        seen.append((len(results), len(context.messages), len(new_messages), signal.is_set()))
        return False

    agent = agent_of(ScriptedProvider([Call("ok")], "done"), ok_tool(), should_stop_after_turn=stop)
    agent.append_message(user("before"))
    await agent.prompt("hi")
    assert seen == [(1, 4, 3, False), (0, 5, 4, False)]


async def test_failing_should_stop_ends_the_run_and_spares_the_history(roles):
    def stop(*_):
        raise RuntimeError("policy is down")

    agent = agent_of(ScriptedProvider("fine"), should_stop_after_turn=stop)
    events = await collected(agent.stream("hi"))
    assert (events[-1].reason, agent.state.error) == ("error", "policy is down")
    assert roles(agent.state.messages) == "u a"
    assert agent.state.messages[-1].stop_reason == "stop"


async def test_terminate_is_checked_before_should_stop():
    asked = []

    async def stops(*_):
        return AgentToolResult(terminate=True)

    agent = agent_of(
        ScriptedProvider([Call("stops"), Call("ok")]),
        AgentTool(name="stops", execute=stops),
        ok_tool(),
        should_stop_after_turn=lambda *_: asked.append(True),
    )
    events = await collected(agent.stream("hi"))
    assert (events[-1].reason, asked) == ("terminate", [])
