"""Streams that are not ours. Source: spec/agent.md, 5."""

import pytest
from support.agent_runs import MODEL, collected, text_of

from jackfield.agent.agent import Agent
from jackfield.agent.options import AgentOptions
from jackfield.errors import StateError
from jackfield.events import DoneEvent, ErrorEvent
from jackfield.messages import AssistantMessage, TextContent, extract_text
from jackfield.models import Model
from jackfield.stream import AnswerStream
from jackfield.testing import RawStream


def foreign_agent(stream):
    return Agent(stream_fn=lambda *_: stream, model=MODEL)


async def test_events_out_of_order_end_the_answer_and_name_the_rule():
    live = AssistantMessage(content=[TextContent(text="one")])
    agent = foreign_agent(
        RawStream(
            [
                {"type": "start", "partial": live},
                {"type": "text_start", "content_index": 0, "partial": live},
                {"type": "text_delta", "content_index": 0, "delta": "one", "partial": live},
                {"type": "thinking_start", "content_index": 1, "partial": live},
            ]
        )
    )
    answer = await agent.prompt("hi")
    assert (answer.stop_reason, answer.error.kind) == ("error", "contract")
    assert "'p' broke rule G2" in answer.error_message
    assert text_of(answer) == "one"


async def test_iterator_without_terminal_event_takes_the_result():
    final = AssistantMessage(content=[TextContent(text="all")])
    live = AssistantMessage()
    agent = foreign_agent(RawStream([{"type": "start", "partial": live}], result=final))
    answer = await agent.prompt("hi")
    assert answer is final
    assert (answer.stop_reason, answer.provider, answer.model) == ("stop", "p", "m")
    assert answer.timestamp


async def test_result_beats_the_message_of_the_terminal_event():
    first, final = (
        AssistantMessage(content=[TextContent(text=text)], stop_reason="stop")
        for text in ("event", "result")
    )
    agent = foreign_agent(RawStream([DoneEvent("stop", first)], result=final))
    assert await agent.prompt("hi") is final


@pytest.mark.parametrize("begun", [True, False])
async def test_terminal_event_without_a_message_names_the_rule_and_keeps_the_text(begun):
    async def stream():
        partial = {"role": "assistant", "content": [{"type": "text", "text": "hel"}]}
        if begun:
            yield {"type": "start", "partial": partial}
        yield {"type": "done", "reason": "stop"}

    agent = foreign_agent(stream())
    message = await agent.prompt("x")
    assert message.stop_reason == "error"
    assert message.error.kind == "contract"
    assert "broke rule G7 of assistant streams: done without" in message.error_message
    assert extract_text(message) == ("hel" if begun else "")
    assert len(agent.state.messages) == 2


async def test_error_event_of_a_foreign_stream_always_has_a_text():
    final = AssistantMessage(stop_reason="error")
    agent = foreign_agent(RawStream([ErrorEvent("error", final)]))
    assert (await agent.prompt("hi")).error_message


async def test_unknown_events_and_blocks_before_start_are_ignored(notation):
    final = AssistantMessage(content=[TextContent(text="all")], stop_reason="stop")
    steps = [
        {"type": "ping"},
        {"no": "type"},
        {"type": "start"},
        {"type": "text_delta", "content_index": 0, "delta": "x", "partial": final},
        {"type": "done", "reason": "stop", "message": final},
        {"type": "text_delta", "content_index": 0, "delta": "late", "partial": final},
    ]
    agent = foreign_agent(RawStream([steps]))
    events = await collected(agent.stream("hi"))
    assert notation(events) == "A+ T+ M+(u) M-(u) M+(a) M-(a) T-[] A-(stop)"


async def test_updates_without_deltas_give_the_new_text():
    def live(text):
        return {"role": "assistant", "content": [{"type": "text", "text": text}]}

    async def stream():
        yield {"type": "start", "partial": live("")}
        yield {"type": "text_start", "content_index": 0, "partial": live("")}
        for text in ("one", "one two"):
            yield {"type": "text_delta", "content_index": 0, "partial": live(text)}
        yield {"type": "text_end", "content_index": 0, "partial": live("one two")}
        yield {"type": "done", "reason": "stop", "message": live("one two")}

    agent = foreign_agent(stream())
    assert [text async for text in agent.stream_text("hi")] == ["one", " two"]


async def test_what_is_no_stream_is_named():
    agent = foreign_agent(["not", "async"])
    answer = await agent.prompt("hi")
    assert answer.error_message.startswith(
        "A stream function must return an async iterator of events, not list."
    )


async def test_loop_without_a_stream_function_says_so():
    agent = Agent(AgentOptions(), model=Model(id="m"))
    with pytest.raises(StateError, match="No stream function configured"):
        await agent.prompt("hi")


async def test_growing_answer_is_final_after_a_failure():
    async def source(answer):
        answer.text("one")
        yield
        raise OSError("gone")

    agent = Agent(stream_fn=lambda model, *_: AnswerStream(model, source), model=MODEL)
    answer = await agent.prompt("hi")
    assert not answer.content[0].is_open
