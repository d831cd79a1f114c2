"""Who is told of events, and when. Source: spec/agent.md, 5.14."""

import asyncio
import logging

from jackfield.agent.agent import Agent
from jackfield.models import Model
from jackfield.testing import ScriptedProvider


def agent_of(*scripts):
    return Agent(stream_fn=ScriptedProvider(*scripts).stream, model=Model(provider="p", id="m"))


async def test_listeners_are_told_in_the_order_of_subscription():
    agent = agent_of("one")
    order = []
    for name in "abcde":
        agent.subscribe(lambda event, name=name: order.append(name))
    await agent.prompt("hi")
    assert "".join(order) == "abcde" * (len(order) // 5)


async def test_same_function_twice_is_two_subscriptions():
    agent = agent_of("one", "two")
    seen = []
    first, _ = agent.subscribe(seen.append), agent.subscribe(seen.append)
    await agent.prompt("hi")
    assert [event.type for event in seen[:2]] == ["agent_start", "agent_start"]
    seen.clear()
    first()
    first()
    await agent.prompt("hi")
    assert [event.type for event in seen[:2]] == ["agent_start", "turn_start"]


async def test_async_listener_is_awaited_before_the_next_event():
    agent = agent_of("one")
    order = []

    async def slow(event):
        order.append(f"begin {event.type}")
        await asyncio.sleep(0)
        order.append(f"end {event.type}")

    agent.subscribe(slow)
    agent.subscribe(lambda event: order.append(f"then {event.type}"))
    await agent.prompt("hi")
    assert order[:4] == [
        "begin agent_start",
        "end agent_start",
        "then agent_start",
        "begin turn_start",
    ]


async def test_state_is_up_to_date_when_a_listener_is_called():
    agent = agent_of("one")
    lengths = []
    agent.subscribe(
        lambda event: (
            lengths.append(len(agent.state.messages)) if event.type == "message_end" else None
        )
    )
    await agent.prompt("hi")
    assert lengths == [1, 2]


async def test_consumer_of_the_stream_comes_after_the_listeners():
    agent = agent_of("one")
    told = []
    agent.subscribe(told.append)
    behind = [len(told) async for _ in agent.stream("hi")]
    assert behind == list(range(1, len(told) + 1))


async def test_unsubscribing_inside_a_listener_holds_from_the_next_event():
    agent = agent_of("one")
    seen = []

    def leaves(event):
        seen.append("leaves")
        unsubscribe()
        other()

    unsubscribe = agent.subscribe(leaves)
    other = agent.subscribe(lambda event: seen.append("other"))
    await agent.prompt("hi")
    assert seen == ["leaves", "other"]


async def test_subscribing_inside_a_listener_holds_from_the_next_event():
    agent = agent_of("one")
    seen = []

    def joins(event):
        if event.type == "agent_start":
            agent.subscribe(seen.append)

    agent.subscribe(joins)
    await agent.prompt("hi")
    assert seen[0].type == "turn_start"


async def test_failures_of_each_listener_are_reported_once(caplog):
    async def fails_too(event):
        raise LookupError("two")

    def fails(event):
        raise LookupError("one")

    agent = agent_of("fine")
    agent.subscribe(fails)
    agent.subscribe(fails_too)
    with caplog.at_level(logging.ERROR):
        assert await agent.prompt_text("hi") == "fine"
    assert len(caplog.records) == 2
    assert all(record.exc_info for record in caplog.records)
    assert agent.state.error is None


async def test_listener_that_cancels_itself_has_only_failed(caplog):
    async def cancels(event):
        raise asyncio.CancelledError

    agent = agent_of("fine")
    agent.subscribe(cancels)
    assert await agent.prompt_text("hi") == "fine"
    assert len(caplog.records) == 1
