"""Records, written by hand, into an answer."""

from typing import Any

import pytest
from support.chat_streams import compact

from jackfield.answer import Answer
from jackfield.errors import ProviderError, RateLimitError
from jackfield.messages import TextContent, ThinkingContent
from jackfield.models import Model
from jackfield.run.grammar import EventOrder
from jackfield_alchemy.binding import (
    DONE,
    ERROR,
    START,
    TEXT_DELTA,
    TEXT_END,
    TEXT_START,
    THINKING_DELTA,
    THINKING_END,
    THINKING_START,
    TOOL_CALL_DELTA,
    TOOL_CALL_END,
    TOOL_CALL_START,
)
from jackfield_alchemy.records import RecordReader

USAGE = {
    "input": 10,
    "output": 5,
    "cache_read": 4,
    "cache_write": 0,
    "total_tokens": 15,
    "reasoning": 2,
    "cost": {"input": 0.0, "output": 0.0, "total": 0.5},
}
META = {
    "usage": USAGE,
    "response_id": "g1",
    "response_model": "m-2",
    "raw_stop_reason": "end_turn",
    "thinking_signature": "reasoning",
    "metadata": {"provider": "P"},
}
INFO = {
    "kind": "rate_limit",
    "message": "lab 429: slower",
    "hint": "Wait.",
    "provider": "lab",
    "status": 429,
    "retryable": True,
    "retry_after": 7.0,
    "request_id": "r1",
    "details": {"code": "slow"},
}
TEXT = [(TEXT_START, 0), (TEXT_DELTA, 0, "Hel"), (TEXT_DELTA, 0, "lo"), (TEXT_END, 0)]


def read(*batches: list[Any]) -> Answer:
    answer = Answer(Model(provider="lab", id="m", api="openai-completions"))
    reader = RecordReader(answer)
    for batch in batches:
        reader.feed(batch)
    return answer


def told(answer: Answer) -> list[Any]:
    order = EventOrder("lab")
    for event in answer.events:
        order.check(event)
    return [compact(event) for event in answer.events]


def test_text_becomes_events_and_a_message():
    answer = read([(START, "g1"), *TEXT, (DONE, "stop", META)])
    assert told(answer) == [
        ["start"],
        ["text_start", 0],
        ["text_delta", 0, "Hel"],
        ["text_delta", 0, "lo"],
        ["text_end", 0, "Hello"],
        ["done", "stop"],
    ]
    message = answer.message
    assert message.content == [TextContent(text="Hello")]
    assert (message.response_id, message.response_model) == ("g1", "m-2")
    assert (message.raw_stop_reason, message.metadata) == ("end_turn", {"provider": "P"})
    assert (message.usage.input, message.usage.reasoning, message.usage.cost.total) == (10, 2, 0.5)


def test_each_batch_gives_its_own_events():
    answer = Answer(Model(id="m"))
    reader = RecordReader(answer)
    reader.feed([(START, None), *TEXT[:2]])
    assert [event.type for event in answer.take()] == ["start", "text_start", "text_delta"]
    assert answer.message.content[0].text == "Hel"
    reader.feed(TEXT[2:])
    assert [event.type for event in answer.take()] == ["text_delta", "text_end"]


def test_thinking_is_signed_at_the_end():
    thinking = [(THINKING_START, 0), (THINKING_DELTA, 0, "hm"), (THINKING_END, 0)]
    text = [(code, 1, *rest) for code, _, *rest in TEXT]
    answer = read([(START, "g1"), *thinking, *text, (DONE, "stop", META)])
    assert answer.message.content[0] == ThinkingContent(
        thinking="hm", thinking_signature="reasoning"
    )
    assert told(answer)[1:4] == [
        ["thinking_start", 0],
        ["thinking_delta", 0, "hm"],
        ["thinking_end", 0, "hm"],
    ]


def test_calls_side_by_side_get_their_own_arguments():
    answer = read(
        [(START, "g1"), (TOOL_CALL_START, 0, "a", "add"), (TOOL_CALL_START, 1, "b", "su")],
        [(TOOL_CALL_DELTA, 0, '{"x":'), (TOOL_CALL_DELTA, 1, "{}"), (TOOL_CALL_DELTA, 0, "1}")],
        [(TOOL_CALL_END, 0, "a", "add", '{"x":1}'), (TOOL_CALL_END, 1, "b2", "sub", "{}")],
        [(DONE, "tool_calls", META)],
    )
    assert told(answer)[-3:] == [
        ["tool_call_end", 0, {"id": "a", "name": "add", "arguments": {"x": 1}}],
        ["tool_call_end", 1, {"id": "b2", "name": "sub", "arguments": {}}],
        ["done", "tool_calls"],
    ]


def test_arguments_that_are_no_object_stay_as_they_came():
    answer = read(
        [(START, None), (TOOL_CALL_START, 0, "a", "add"), (TOOL_CALL_DELTA, 0, '{"x":')],
        [(TOOL_CALL_END, 0, "a", "add", '{"x":'), (DONE, "tool_calls", META)],
    )
    [call] = answer.message.tool_calls()
    assert (call.arguments, call.partial_json) == ({}, '{"x":')


def test_error_is_raised_with_all_that_is_known():
    answer = Answer(Model(id="m"))
    reader = RecordReader(answer)
    with pytest.raises(RateLimitError) as caught:
        reader.feed([(START, "g1"), *TEXT[:2], (ERROR, "error", INFO, META)])
    error = caught.value
    assert (error.kind, error.status, error.retry_after_s) == ("rate_limit", 429, 7.0)
    assert (error.retryable, error.request_id, error.details) == (True, "r1", {"code": "slow"})
    assert str(error) == "lab 429: slower Wait."
    assert answer.message.usage.input == 10
    assert [event.type for event in answer.events] == ["start", "text_start", "text_delta"]


@pytest.mark.parametrize(("begun", "events"), [(True, ["start"]), (False, [])])
def test_start_is_told_before_an_error_only_if_the_server_began(begun, events):
    answer = Answer(Model(id="m"))
    reader = RecordReader(answer)
    start = [(START, "g1")] if begun else []
    info = INFO | {"request_id": None, "provider": ""}
    with pytest.raises(ProviderError) as caught:
        reader.feed([*start, (ERROR, "error", info, META)])
    assert answer.events == []  # another attempt may follow
    reader.complete(caught.value, "lab")
    assert [event.type for event in answer.events] == events
    assert (caught.value.provider, caught.value.request_id) == ("lab", "g1")


def test_aborted_answer_loses_half_calls():
    answer = read(
        [(START, "g1"), *TEXT, (TOOL_CALL_START, 1, "a", "add"), (TOOL_CALL_DELTA, 1, "{")],
        [(ERROR, "aborted", INFO, META)],
    )
    assert told(answer)[-1] == ["error", "aborted"]
    assert answer.message.content == [TextContent(text="Hello")]


def test_another_attempt_forgets_what_the_first_one_said():
    answer = Answer(Model(id="m"))
    with pytest.raises(ProviderError):
        RecordReader(answer).feed([(START, "old"), (ERROR, "error", INFO, META)])
    other = META | {"response_id": "new", "response_model": None, "metadata": {}}
    RecordReader(answer).feed([(START, "new"), *TEXT, (DONE, "stop", other)])
    assert (answer.message.response_id, answer.message.response_model) == ("new", None)
    assert answer.message.metadata == {}
    assert [event.type for event in answer.events].count("start") == 1
