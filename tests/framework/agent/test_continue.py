"""How an agent continues without a prompt. Source: spec/agent.md, 2."""

import pytest
from support.agent_runs import agent_of, text_of, user

from jackfield.errors import (
    StateError,
)
from jackfield.testing import ScriptedProvider


async def test_continue_without_history_is_refused():
    with pytest.raises(StateError, match="No messages to continue from"):
        await agent_of(ScriptedProvider()).continue_()


async def test_continue_after_an_answer_is_refused():
    agent = agent_of(ScriptedProvider("one"))
    await agent.prompt("hi")
    with pytest.raises(StateError, match="Cannot continue from message role: assistant"):
        await agent.continue_()
    assert not agent.state.is_streaming


async def test_continue_after_a_user_message_adds_no_prompt(notation):
    agent = agent_of(ScriptedProvider("one"))
    agent.append_message(user("hi"))
    events = []
    agent.subscribe(events.append)
    await agent.continue_()
    assert notation(events) == "A+ T+ M+(a) Mu* M-(a) T-[] A-(stop)"
    assert len(events[-1].messages) == 1


async def test_continue_after_a_custom_message_runs():
    provider = ScriptedProvider("one")
    agent = agent_of(provider)
    agent.replace_messages([user("hi"), {"role": "note", "content": "x"}])
    await agent.continue_()
    assert [message.role for message in provider.requests[0].messages] == ["user"]


async def test_continue_takes_steering_first_and_does_not_poll_again(notation):
    agent = agent_of(ScriptedProvider("one", "two", "three", "four"))
    await agent.prompt("hi")
    agent.steer("s1")
    agent.steer("s2")
    agent.follow_up("f")
    events = []
    agent.subscribe(events.append)
    await agent.continue_()
    said = [text_of(m) for m in agent.state.messages if m.role == "user"]
    assert said == ["hi", "s1", "s2", "f"]
    assert notation(events).startswith("A+ T+ M+(u) M-(u) M+(a) Mu* M-(a) T-[] T+ M+(u)")


async def test_continue_takes_follow_ups_when_nothing_steers():
    agent = agent_of(ScriptedProvider("one", "two"))
    await agent.prompt("hi")
    agent.follow_up("f")
    await agent.continue_()
    assert [message.role for message in agent.state.messages] == ["user", "assistant"] * 2
