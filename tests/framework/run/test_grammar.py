"""The order of assistant events. Source: spec/agent.md, 4.4."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackfield.agent.agent import Agent
from jackfield.answer import Answer
from jackfield.errors import ContractError
from jackfield.events import (
    DoneEvent,
    ErrorEvent,
    StartEvent,
    TextDeltaEvent,
    TextEndEvent,
    TextStartEvent,
    ThinkingDeltaEvent,
    ThinkingEndEvent,
    ThinkingStartEvent,
    ToolCallDeltaEvent,
    ToolCallEndEvent,
    ToolCallStartEvent,
)
from jackfield.messages import AssistantMessage, TextContent, ToolCallContent
from jackfield.models import Model
from jackfield.run.grammar import EventOrder
from jackfield.stream import AnswerStream

M = AssistantMessage(content=[TextContent(text="x")])
CALL = ToolCallContent(id="c", name="n")
START = StartEvent(M)


def text(index, *steps):
    made = {
        "start": TextStartEvent(index, M),
        "delta": TextDeltaEvent(index, "x", M),
        "end": TextEndEvent(index, "x", M),
    }
    return [made[step] for step in steps]


def thinking(index, *steps):
    made = {
        "start": ThinkingStartEvent(index, M),
        "delta": ThinkingDeltaEvent(index, "x", M),
        "end": ThinkingEndEvent(index, "x", M),
    }
    return [made[step] for step in steps]


def call(index, *steps):
    made = {
        "start": ToolCallStartEvent(index, M),
        "delta": ToolCallDeltaEvent(index, "x", M),
        "end": ToolCallEndEvent(index, CALL, M),
    }
    return [made[step] for step in steps]


def done(reason="stop"):
    return DoneEvent(reason, AssistantMessage(stop_reason=reason))


WHOLE = ("start", "delta", "end")


@pytest.mark.parametrize(
    "events",
    [
        [START, *text(0, *WHOLE), done()],
        [START, *thinking(0, "start", "end"), *text(1, *WHOLE), done()],
        [START, *call(0, "start"), *call(1, "start", "delta"), *call(0, "end"), *call(1, "end"),
         done("tool_calls")],
        [START, *call(0, *WHOLE), *text(1, *WHOLE), done("tool_calls")],
        [START, *text(0, "start", "delta"), ErrorEvent("error", M)],
        [ErrorEvent("aborted", M)],
        [done()],
        [START, done()],
    ],
)  # fmt: skip
def test_legal_orders_are_accepted(events):
    order = EventOrder("p")
    for event in events:
        order.check(event)


def test_text_may_come_while_a_call_is_open():
    order = EventOrder("p")
    for event in [START, *call(0, "start"), *text(1, *WHOLE), *call(0, "end"), done()]:
        order.check(event)


@pytest.mark.parametrize(
    ("rule", "events"),
    [
        ("G1", [START, *text(1, "start")]),
        ("G1", [START, *text(0, *WHOLE), *text(0, "start")]),
        ("G2", [START, *text(0, "start", "delta"), *thinking(1, "start")]),
        ("G2", [START, *thinking(0, "start"), *call(1, "start")]),
        ("G3", [START, *call(0, "start"), *call(1, "start", "end"), *call(0, "end")]),
        ("G4", [START, START]),
        ("G4", [START, *text(0, *WHOLE), *text(0, "delta")]),
        ("G4", [START, *text(0, *WHOLE), *text(0, "end")]),
        ("G4", [START, *text(0, "start"), *thinking(0, "delta")]),
        ("G4", [START, done(), *text(0, "start")]),
        ("G5", [START, *text(0, "start", "delta"), done()]),
        ("G6", text(0, "start")),
        ("G7", [START, DoneEvent("stop", AssistantMessage(stop_reason="length"))]),
    ],
)
def test_illegal_orders_name_provider_and_rule(rule, events):
    order = EventOrder("wild")
    for event in events[:-1]:
        order.check(event)
    with pytest.raises(ContractError, match=f"'wild' broke rule {rule}") as caught:
        order.check(events[-1])
    assert caught.value.rule == rule


def moves():
    """What a provider may say, in any order; the builder makes a legal stream of it."""
    return st.lists(
        st.one_of(
            st.tuples(st.just("text"), st.text(min_size=1, max_size=4)),
            st.tuples(st.just("thinking"), st.text(min_size=1, max_size=4)),
            st.tuples(st.just("end"), st.just("")),
            st.tuples(st.just("call"), st.integers(0, 3)),
            st.tuples(st.just("arguments"), st.integers(0, 3)),
            st.tuples(st.just("end_call"), st.integers(0, 3)),
        ),
        max_size=25,
    )


def play(answer, steps, ending, size):
    """Act out the steps; pauses after every `size` of them."""
    for number, (kind, value) in enumerate(steps):
        say(answer, kind, value)
        if number % size == 0:
            yield
    if ending == "raise":
        raise OSError("gone")
    if ending == "done":
        answer.finish("stop")
    elif ending == "error":
        answer.fail("broken")
    yield


def say(answer, kind, value):
    if kind in ("text", "thinking"):
        answer.end_all()
        getattr(answer, kind)(value)
    elif kind == "call" and not answer.has_call(value):
        answer.open_call(value, name="missing")
    elif kind == "arguments" and answer.has_call(value):
        answer.arguments(value, "{}")
    elif kind in ("end", "end_call"):
        answer.end_all()


def provider(steps, ending, size, *, is_ours):
    """Plays the steps as the first answer, and an empty one after that."""

    def plays(context, answer):
        is_first = all(message.role == "user" for message in context.messages)
        return play(answer, steps, ending, size) if is_first else play(answer, [], "done", 1)

    def ours(model, context, options):
        async def source(answer):
            for _ in plays(context, answer):
                yield

        return AnswerStream(model, source)

    async def foreign(model, context, options):
        answer = Answer(model)
        for _ in plays(context, answer):
            for event in answer.take():
                yield event

    return ours if is_ours else foreign


@settings(max_examples=150, deadline=None)
@given(
    steps=moves(),
    ending=st.sampled_from(["done", "error", "nothing", "raise"]),
    size=st.integers(1, 5),
    is_ours=st.booleans(),
)
def test_any_legal_stream_makes_a_sound_run(steps, ending, size, is_ours):
    """4.4 and 5.1 hold for whatever a provider sends, however it is cut into reads."""

    stream_fn = provider(steps, ending, size, is_ours=is_ours)

    async def check():
        agent = Agent(stream_fn=stream_fn, model=Model(provider="p", id="m"))
        follower = Follower()
        async for event in agent.stream("hi"):
            follower(event)
        answer = follower.answers[0]
        if ending == "done":
            assert answer.stop_reason == "stop"
        else:
            assert (answer.stop_reason, bool(answer.error_message)) == ("error", True)
        assert_answered(agent.state.messages)
        assert not agent.state.is_streaming

    asyncio.run(check())


class Follower:
    """Checks the updates of each answer against the grammar and against its final text."""

    def __init__(self):
        self.answers = []

    def __call__(self, event):
        step = getattr(self, event.type, None)
        if step is not None and getattr(event, "message", None).role == "assistant":
            step(event)

    def message_start(self, event):
        self.order, self.told = EventOrder("p"), ""
        self.order.check(StartEvent(event.message))

    def message_update(self, event):
        update = event.assistant_message_event
        self.order.check(update)
        if update.type == "text_delta":
            self.told += update.delta

    def message_end(self, event):
        parts = event.message.content
        whole = "".join(part.text for part in parts if part.type == "text")
        assert whole.startswith(self.told)  # a stream that breaks may not have told the last
        assert whole == self.told or event.message.stop_reason == "error"
        assert event.message.timestamp
        assert event.message.usage
        self.answers.append(event.message)


def assert_answered(messages):
    due = []
    for message in messages:
        if message.role == "tool_result":
            assert message.tool_call_id == due.pop(0)
            continue
        assert due == []
        due = [call.id for call in message.tool_calls()] if message.role == "assistant" else []
    assert due == []
