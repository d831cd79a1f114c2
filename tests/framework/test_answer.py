"""Building an answer: the order of events. Source: spec/agent.md, 4.3 and 4.4."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.answer import ABORTED, Answer, close_content, error_info
from jackfield.errors import ContractError, ProtocolError, RateLimitError
from jackfield.messages import AssistantMessage, ErrorInfo, TextContent, ToolCallContent
from jackfield.models import Model

MODEL = Model(provider="p", id="m", api="a")


def types(answer):
    return [event.type for event in answer.take()]


def test_plain_text_has_every_event_once():
    answer = Answer(MODEL)
    answer.text("hel")
    answer.text("lo")
    answer.finish()
    expected = ["start", "text_start", "text_delta", "text_delta", "text_end", "done"]
    events = answer.take()
    assert [event.type for event in events] == expected
    assert events[4].content == "hello"
    assert events[-1].message is events[0].partial is events[-1].partial is answer.message
    assert answer.message.stop_reason == "stop"


def test_message_says_who_answered():
    message = Answer(MODEL).message
    assert (message.provider, message.model, message.api) == ("p", "m", "a")
    assert message.timestamp is not None
    assert message.usage.total_tokens == 0


def test_thinking_ends_before_text_starts():
    answer = Answer(MODEL)
    answer.thinking("hm")
    answer.end_block(signature="sig")
    answer.text("ok")
    answer.finish()
    assert types(answer) == [
        "start",
        "thinking_start",
        "thinking_delta",
        "thinking_end",
        "text_start",
        "text_delta",
        "text_end",
        "done",
    ]
    assert answer.message.content[0].thinking_signature == "sig"


def test_redacted_thinking_needs_no_text():
    answer = Answer(MODEL)
    answer.open_thinking()
    answer.end_block(signature="secret", redacted=True)
    answer.finish()
    assert types(answer) == ["start", "thinking_start", "thinking_end", "done"]
    part = answer.message.content[0]
    assert (part.thinking, part.redacted, part.thinking_signature) == ("", True, "secret")


def test_announced_text_opens_one_block():
    answer = Answer(MODEL)
    answer.open_text()
    answer.text("x")
    answer.open_text()
    answer.finish()
    assert types(answer) == ["start", "text_start", "text_delta", "text_end", "done"]
    answer.open_text()
    assert answer.take() == []


def test_empty_deltas_make_no_events():
    answer = Answer(MODEL)
    answer.text("")
    answer.thinking("")
    assert answer.take() == []


def test_calls_may_interleave_and_end_in_index_order():
    answer = Answer(MODEL)
    answer.open_call("x", id="1", name="a")
    answer.open_call("y", id="2", name="b")
    answer.arguments("y", '{"n"')
    answer.arguments("x", '{"m": 1}')
    answer.arguments("y", ": 2}")
    answer.finish("tool_calls")
    events = answer.take()
    ends = [event for event in events if event.type == "tool_call_end"]
    assert [(event.content_index, event.tool_call.arguments) for event in ends] == [
        (0, {"m": 1}),
        (1, {"n": 2}),
    ]
    assert events[-1].reason == answer.message.stop_reason == "tool_calls"


def test_call_without_id_gets_a_fresh_one():
    answer = Answer(MODEL)
    answer.open_call(0)
    answer.open_call(1)
    first, second = answer.message.content
    assert first.id.startswith("call_")
    assert first.id != second.id


def test_id_used_before_in_the_message_is_replaced():
    answer = Answer(MODEL)
    answer.open_call(0, id="same", name="t")
    answer.open_call(1, id="same", name="t")
    first, second = answer.message.content
    assert first.id == "same"
    assert second.id != "same"


def test_key_opened_again_ends_its_first_call():
    answer = Answer(MODEL)
    answer.open_call(0, id="1", name="a")
    answer.open_call(0, id="2", name="b")
    answer.finish("tool_calls")
    ends = [event.content_index for event in answer.take() if event.type == "tool_call_end"]
    assert ends == [0, 1]
    assert not any(part.is_open for part in answer.message.content)


def test_open_calls_can_be_read_and_named():
    answer = Answer(MODEL)
    answer.open_call("k")
    assert answer.has_call("k")
    answer.call("k").name = "late"
    answer.end_call("k")
    assert not answer.has_call("k")
    assert answer.message.content[0].name == "late"
    answer.end_call("k")
    with pytest.raises(KeyError):
        answer.arguments("k", "x")


def test_failure_before_the_start_is_a_bare_error():
    answer = Answer(MODEL)
    answer.fail(ProtocolError("torn"))
    assert types(answer) == ["error"]
    assert answer.message.error_message == "torn"
    assert answer.message.error.kind == "protocol"


def test_failure_keeps_what_had_arrived():
    answer = Answer(MODEL)
    answer.text("hel")
    answer.fail("down")
    events = answer.take()
    assert [event.type for event in events] == ["start", "text_start", "text_delta", "error"]
    assert answer.message.content == [TextContent(text="hel")]
    assert (events[-1].reason, answer.message.stop_reason) == ("error", "error")


@pytest.mark.parametrize("error", ["", ValueError()])
def test_failure_always_has_a_message(error):
    answer = Answer(MODEL)
    answer.fail(error)
    assert answer.message.error_message
    assert answer.message.error.message


def test_abort_removes_unfinished_calls_only():
    answer = Answer(MODEL)
    answer.text("so far")
    answer.open_call(0, id="1", name="whole")
    answer.arguments(0, "{}")
    answer.end_call(0)
    answer.open_call(1, id="2", name="half")
    answer.abort()
    kinds = [getattr(part, "name", part.type) for part in answer.message.content]
    assert kinds == ["text", "whole"]
    assert answer.message.stop_reason == "aborted"
    assert answer.message.error_message == ABORTED


def test_nothing_happens_after_the_end():
    answer = Answer(MODEL)
    answer.text("x")
    answer.finish()
    answer.take()
    answer.start()
    answer.text("y")
    answer.thinking("y")
    answer.open_thinking()
    answer.open_call(0)
    answer.end_all()
    answer.finish("length")
    answer.fail("late")
    answer.abort()
    assert answer.take() == []
    assert answer.message.stop_reason == "stop"
    assert answer.message.content == [TextContent(text="x")]


_STEPS = st.one_of(
    st.tuples(st.just("text"), st.text(max_size=3)),
    st.tuples(st.just("thinking"), st.text(max_size=3)),
    st.tuples(st.sampled_from(["open_thinking", "end_block", "end_all", "start"])),
    st.tuples(st.sampled_from(["open_call", "end_call"]), st.integers(0, 2)),
    st.tuples(st.just("arguments"), st.integers(0, 2), st.text(max_size=3)),
)


@given(
    st.lists(_STEPS, max_size=25),
    st.sampled_from([("finish",), ("finish", "length"), ("fail", "x"), ("abort",)]),
)
def test_any_order_of_steps_gives_legal_events(steps, last):
    answer = Answer(MODEL)
    for name, *arguments in [*steps, last]:
        if name == "arguments" and not answer.has_call(arguments[0]):
            continue
        getattr(answer, name)(*arguments)
    events = answer.take()
    _check_grammar(events)
    assert not any(part.is_open for part in answer.message.content)


def _check_grammar(events):
    """Check G1 to G7 by the letter, apart from the kernel's own checker."""
    first, *blocks, last = events if len(events) > 1 else [None, *events]
    assert first is None or first.type == "start"
    assert last.type in ("done", "error")
    still_open, seen = {}, 0
    for event in blocks:
        kind, _, step = event.type.rpartition("_")
        if step == "start":
            assert event.content_index == seen  # G1
            assert {"text", "thinking"}.isdisjoint(still_open.values())  # G2
            still_open[seen] = kind
            seen += 1
        else:
            assert still_open[event.content_index] == kind  # G4
        if step == "end":
            del still_open[event.content_index]
    if last.type == "done":
        assert not still_open  # G5
    assert last.reason == last.partial.stop_reason  # G7


def test_open_parts_close_when_an_answer_breaks_off():
    text, call = TextContent(text=""), ToolCallContent(id="1", name="t")
    text.open().append("abc")
    call.open()
    message = AssistantMessage(content=[text, call])
    close_content(message)
    assert message.content == [TextContent(text="abc")]


def test_details_of_provider_errors_are_kept():
    error = RateLimitError(
        "slow down",
        provider="p",
        status=429,
        request_id="r",
        retryable=True,
        retry_after_s=2.0,
        details={"code": "rl", "other": 1},
    )
    assert error_info(error) == ErrorInfo(
        kind="rate_limit",
        message="slow down",
        status=429,
        code="rl",
        provider_name="p",
        retryable=True,
        retry_after=2.0,
        request_id="r",
    )


def test_other_errors_are_ours_or_internal():
    assert error_info(ContractError("broke a rule")).kind == "contract"
    assert error_info(ZeroDivisionError()) == ErrorInfo(
        kind="internal", message="ZeroDivisionError"
    )
