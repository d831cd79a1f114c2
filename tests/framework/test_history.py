"""Histories as providers get them. Source: spec/agent.md, 9 and 16 (23, 24)."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.history import (
    NO_RESULT,
    CallIds,
    GrowingHistory,
    default_convert_to_llm,
    normalise,
    wire_dict,
)
from jackfield.messages import (
    AssistantMessage,
    CustomAgentMessage,
    ImageContent,
    TextContent,
    ThinkingContent,
    ToolCallContent,
    ToolResultMessage,
    UserMessage,
    extract_text,
)
from jackfield.models import Model
from jackfield.surrogates import without_surrogates

MODEL = Model(provider="p", api="a", id="m")
USER = UserMessage(content="hi")


def text(words):
    return TextContent(text=words)


def call(call_id="t1", name="add", **arguments):
    return ToolCallContent(id=call_id, name=name, arguments=arguments)


def own(*parts, stop_reason="stop"):
    return AssistantMessage(
        content=list(parts), provider="p", api="a", model="m", stop_reason=stop_reason
    )


def foreign(*parts):
    return AssistantMessage(content=list(parts), provider="q", api="a", model="m")


def result(call_id="t1", words="3", **fields):
    return ToolResultMessage(tool_call_id=call_id, tool_name="add", content=[text(words)], **fields)


def roles(messages):
    return [message.role for message in messages]


def test_a_valid_history_passes_as_the_same_objects():
    history = [
        USER,
        own(ThinkingContent(thinking="hm", thinking_signature="s"), call(a="x", b=[{"c": 1}])),
        result(),
        own(text("three")),
        UserMessage(content=[text("look: \u6f22\u00e9\U0001f600"), ImageContent(url="data:,x")]),
    ]
    assert all(a is b for a, b in zip(normalise(history, MODEL), history, strict=True))


@pytest.mark.parametrize("reason", ["error", "aborted"])
def test_failed_answers_go_with_their_results(reason):
    history = [USER, own(text("half"), call(), stop_reason=reason), result(), USER]
    assert normalise(history, MODEL) == [USER, USER]


def test_results_of_a_kept_answer_survive_a_failed_one_between():
    history = [own(call()), own(text("half"), stop_reason="error"), result()]
    assert normalise(history, MODEL) == [history[0], history[2]]


def test_calls_without_results_get_one_before_the_next_message():
    history = [own(call("t1"), call("t2")), result("t1"), USER]
    sent = normalise(history, MODEL)
    assert roles(sent) == ["assistant", "tool_result", "tool_result", "user"]
    assert (sent[2].tool_call_id, sent[2].is_error) == ("t2", True)
    assert extract_text(sent[2]) == NO_RESULT == "No result provided"


def test_calls_at_the_end_get_results_too():
    assert roles(normalise([own(call())], MODEL)) == ["assistant", "tool_result"]
    assert roles(normalise([own(call("a")), own(call("b"))], MODEL)) == [
        "assistant",
        "tool_result",
        "assistant",
        "tool_result",
    ]


@pytest.mark.parametrize(
    "history",
    [
        [USER, result()],
        [own(call()), result(), result(words="again")],
        [own(call()), result(), USER, result()],
        [own(call()), result(), result("other")],
    ],
    ids=["no call", "second", "too late", "stranger"],
)
def test_results_without_their_call_are_dropped(history):
    sent = normalise(history, MODEL)
    assert len([each for each in sent if each.role == "tool_result"]) <= 1
    assert len(sent) == len(history) - 1


def test_thinking_of_another_model_becomes_text():
    message = foreign(
        ThinkingContent(thinking="hm", thinking_signature="s"),
        ThinkingContent(thinking=""),
        ThinkingContent(thinking="hidden", redacted=True),
        TextContent(text="ok", text_signature="s"),
    )
    (sent,) = normalise([message], MODEL)
    assert sent.content == [text("hm"), text("ok")]
    assert message.content[3].text_signature == "s"


def test_a_chooser_among_models_gets_their_thinking_as_it_was():
    part = ThinkingContent(thinking="hm", thinking_signature="s")
    for via, kept in ((["p:m"], True), (["x:y", "p:m"], True), (["p:x"], False), ("p:m", False)):
        message = foreign(part)
        message.metadata["via"] = via
        [found] = normalise([message], MODEL)
        assert (found is message) is kept


@pytest.mark.parametrize("field", ["provider", "api", "model"])
def test_any_difference_makes_another_model(field):
    message = own(ThinkingContent(thinking="hm"))
    setattr(message, field, "other")
    assert normalise([message], MODEL)[0].content == [text("hm")]


def test_model_that_names_no_api_is_the_same_whatever_api_answered():
    history = [own(ThinkingContent(thinking="hm", thinking_signature="s"))]
    assert normalise(history, Model(provider="p", id="m"))[0] is history[0]


def test_thinking_of_the_same_model_is_kept_even_if_empty():
    history = [own(ThinkingContent(thinking="", thinking_signature="s", redacted=True))]
    assert normalise(history, MODEL)[0] is history[0]


def test_blank_text_of_assistants_is_dropped():
    history = [own(text(" \n"), call(), text("")), result()]
    assert normalise(history, MODEL)[0].content == [call()]
    assert len(history[0].content) == 3


def test_answers_left_with_nothing_are_dropped():
    assert normalise(
        [USER, own(text(" ")), own(), foreign(ThinkingContent(thinking=""))], MODEL
    ) == [USER]


def test_an_empty_answer_does_not_part_a_call_from_its_result():
    history = [own(call()), own(text("")), result()]
    assert normalise(history, MODEL) == [history[0], history[2]]


def test_lone_surrogates_leave_every_string():
    broken = "a\ud83db"
    history = [
        UserMessage(content=[text(broken), ImageContent(url="data:," + broken)]),
        own(
            TextContent(text=broken, text_signature=broken),
            ThinkingContent(thinking=broken, thinking_signature=broken),
            ToolCallContent(id="t1", name=broken, arguments={broken: [{"x": broken}], "n": 1}),
        ),
        result(words=broken),
    ]
    before = copy.deepcopy(history)
    sent = normalise(history, MODEL)
    for message in sent:
        json.dumps(wire_dict(message), ensure_ascii=False).encode()  # raises for surrogates
    assert sent[1].content[2].arguments == {"ab": [{"x": "ab"}], "n": 1}
    assert history == before


def test_two_halves_of_a_character_are_joined():
    assert without_surrogates("x\ud83d\ude00\ud83d") == "x\U0001f600"


@given(st.text(st.characters(exclude_categories=())))
def test_cleaned_text_can_always_be_encoded(words):
    cleaned = without_surrogates(words)
    cleaned.encode()
    assert without_surrogates(cleaned) is cleaned


@pytest.mark.parametrize("bad", ["", "x" * 65, "call:1", "caf\u00e9", "a b", "x\n"])
def test_unusable_ids_are_replaced_in_call_and_result(bad):
    history = [own(call(bad)), result(bad)]
    assistant, answer = normalise(history, MODEL)
    assert answer.tool_call_id == assistant.content[0].id
    assert CallIds().accepted(answer.tool_call_id)
    assert extract_text(answer) == "3"
    assert normalise(history, MODEL) == [assistant, answer]


def test_replaced_ids_stay_when_the_history_grows():
    history = [USER, own(call("")), result("")]
    first = normalise(history, MODEL)
    assert normalise([*history, USER, own(call("")), result("")], MODEL)[:3] == first


def test_equal_ids_in_one_answer_are_told_apart():
    history = [own(call("", a=1), call("", a=2), call("x"), call("x"))]
    history += [result("", "1"), result("", "2"), result("x", "3"), result("x", "4")]
    assistant, *answers = normalise(history, MODEL)
    ids = [part.id for part in assistant.content]
    assert len(set(ids)) == 4
    assert ids[2] == "x"
    assert [answer.tool_call_id for answer in answers] == ids
    assert [extract_text(answer) for answer in answers] == ["1", "2", "3", "4"]


def test_narrow_apis_get_narrow_ids():
    rule = CallIds(max_length=9, characters="A-Za-z0-9")
    assistant, answer = normalise(
        [own(call("call_1234567")), result("call_1234567")], MODEL, call_ids=rule
    )
    assert rule.accepted(assistant.content[0].id)
    assert answer.tool_call_id == assistant.content[0].id


def test_a_result_names_the_tool_that_was_called():
    answer = ToolResultMessage(tool_call_id="t1", tool_name="", content=[text("3")])
    assert normalise([own(call()), answer], MODEL)[1].tool_name == "add"


def test_private_fields_stay_out_of_wire_dictionaries():
    answer = result(details={"secret": 1}, timestamp=5, terminate=True)
    assert wire_dict(answer) == {
        "role": "tool_result",
        "tool_call_id": "t1",
        "tool_name": "add",
        "content": [{"type": "text", "text": "3"}],
        "is_error": False,
    }
    unparsed = ToolCallContent(id="1", name="t", partial_json='{"a')
    assert "partial_json" not in wire_dict(own(unparsed))["content"][0]


def test_dictionaries_that_hooks_left_in_messages_are_read():
    hello = {"type": "text", "text": "hello"}
    history = [
        UserMessage(content=[hello]),
        own(hello, {"type": "tool_call", "id": "t1", "name": "add"}),
        result(),
    ]
    sent = normalise(history, MODEL)
    assert sent[0].content == [text("hello")]
    assert sent[1].content == [text("hello"), call()]
    assert history[0].content == [hello]


def test_only_messages_for_models_are_converted():
    history = [USER, CustomAgentMessage(role="note"), own(text("x")), result()]
    assert roles(default_convert_to_llm(history)) == ["user", "assistant", "tool_result"]
    assert roles(normalise([CustomAgentMessage(role="note"), USER], MODEL)) == ["user"]


_IDS = st.sampled_from(["", "t1", "t2", "b:d", "y" * 70])
_TEXTS = st.sampled_from(["", " ", "x", "\ud800", "caf\u00e9"])
_PARTS = st.one_of(
    st.builds(TextContent, text=_TEXTS),
    st.builds(ThinkingContent, thinking=_TEXTS, redacted=st.booleans()),
    st.builds(ToolCallContent, id=_IDS, name=_TEXTS),
)
_MESSAGES = st.one_of(
    st.builds(UserMessage, content=st.lists(st.builds(TextContent, text=_TEXTS), max_size=2)),
    st.builds(
        AssistantMessage,
        content=st.lists(_PARTS, max_size=4),
        provider=st.sampled_from(["p", "q"]),
        api=st.just("a"),
        model=st.just("m"),
        stop_reason=st.sampled_from(["stop", "tool_calls", "error", "aborted"]),
    ),
    st.builds(ToolResultMessage, tool_call_id=_IDS, tool_name=_TEXTS),
    st.builds(CustomAgentMessage, role=st.just("note")),
)


def _assert_valid(history):
    due = []
    for message in history:
        if message.role == "tool_result":
            assert message.tool_call_id in due
            due.remove(message.tool_call_id)
            continue
        assert not due
        if message.role == "assistant":
            assert message.content
            assert message.stop_reason not in ("error", "aborted")
            due = [part.id for part in message.tool_calls()]
            assert len(due) == len(set(due))
            assert all(CallIds().accepted(each) for each in due)
    assert not due


@given(st.lists(_MESSAGES, max_size=10))
def test_any_history_becomes_valid_and_stays_as_it_is(history):
    before = copy.deepcopy(history)
    sent = normalise(history, MODEL)
    _assert_valid(sent)
    again = normalise(sent, MODEL)
    assert again == sent
    # Foreign answers lose nothing the second time either.
    assert all(a is b for a, b in zip(again, sent, strict=True))
    assert history == before


@given(st.lists(_MESSAGES, max_size=10), st.data())
def test_growing_history_is_normalised_like_a_whole_one(history, data):
    growing = GrowingHistory(MODEL)
    for length in range(len(history) + 1):
        assert growing.normalised(history[:length]) == normalise(history[:length], MODEL)
    other = data.draw(st.permutations(history))
    assert growing.normalised(other) == normalise(other, MODEL)
